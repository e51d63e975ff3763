// The process of one contender, and what it is asked.
import { spawn } from 'node:child_process'
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { author } from '../report.mjs'
import { root, run, rustEnvironment } from '../../scripts/environment.mjs'

const CHILD = join(import.meta.dirname, 'child.mjs')
const MANIFEST = join('bench', 'sql', 'glue', 'Cargo.toml')

/** Compiles the program that has GlueSQL's own storages. */
export function build() {
  run('cargo', ['build', '--release', '--manifest-path', MANIFEST], rustEnvironment())
}

export class Participant {
  contender
  pid
  /** Milliseconds it has taken to load. */
  loading = 0
  /** Why it takes no part any more. */
  fault
  #child
  #lines

  constructor(contender, folder) {
    mkdirSync(folder)
    const { id, glue } = contender
    const stdio = ['pipe', 'pipe', 'inherit']
    // The merges of ours are commits of whom Git names.
    const name = { GIT_AUTHOR_NAME: author.name, GIT_COMMITTER_NAME: author.name }
    const env = { ...process.env, ...name, GIT_AUTHOR_EMAIL: author.email, GIT_COMMITTER_EMAIL: author.email }
    const cargo = ['run', '--quiet', '--release', '--manifest-path', MANIFEST, '--', glue, folder]
    this.contender = contender
    this.#child = glue
      ? spawn('cargo', cargo, { cwd: root, env: rustEnvironment(env), stdio })
      : spawn(process.execPath, ['--expose-gc', '--max-old-space-size=8192', CHILD, id, folder], {
          env,
          stdio,
        })
    this.pid = this.#child.pid
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]()
  }

  /** Asks for something and waits for the answer. */
  async ask(request) {
    this.#child.stdin.write(`${JSON.stringify(request)}\n`)
    const { value, done } = await this.#lines.next()
    if (done) throw new Error(`${this.contender.name}: its process ended during ${request.do}`)
    const answer = JSON.parse(value)
    if (answer.error !== undefined) throw new Error(`${this.contender.name}: ${request.do}: ${answer.error}`)
    return answer
  }

  end() {
    this.#child.kill()
  }
}
