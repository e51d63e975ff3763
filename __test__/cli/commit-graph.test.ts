import { describe, expect, it } from 'vitest'
import { CommitGraph } from '../../ts/cli/commit-graph.js'

/** Draws commits given as `id: parents`, newest first. */
function drawn(...lines: string[]): string {
  const commits = lines.map((line) => {
    const [id = '', parents = ''] = line.split(':')
    return { id, parents: parents.split(' ').filter((parent) => parent !== '') }
  })
  const graph = new CommitGraph(commits)
  return commits
    .flatMap((commit) => {
      const { first, after } = graph.next(commit)
      return [`${first} ${commit.id}`, ...after]
    })
    .join('\n')
}

describe('the graph of commits', () => {
  it('is a line without branches', () => {
    expect(drawn('c: b', 'b: a', 'a:')).toBe('* c\n* b\n* a')
  })

  it('forks at a merge and joins where the branch began', () => {
    expect(drawn('m: b f', 'b: a', 'f: a', 'a:')).toBe(`* m
|\\
* | b
| * f
|/
* a`)
  })

  it('draws branches that were not merged', () => {
    expect(drawn('b: a', 'f: a', 'a:')).toBe(`* b
| * f
|/
* a`)
  })

  it('draws a branch in a branch', () => {
    expect(drawn('m: b f', 'f: a g', 'g: a', 'b: a', 'a:')).toBe(`* m
|\\
| * f
| |\\
| | * g
| |/
* | b
|/
* a`)
  })

  it('ends lines to commits that are not printed, and those of unrelated histories', () => {
    expect(drawn('m: b f', 'b: x', 'f: y')).toBe(`* m
|\\
* | b
 /
* f`)
    expect(drawn('b:', 'a:')).toBe('* b\n* a')
  })

  it('crosses other columns', () => {
    expect(drawn('t1: a', 't2: b', 't3: a', 'b: a', 'a:')).toBe(`* t1
| * t2
| | * t3
|_|/
| * b
|/
* a`)
    expect(drawn('z: x y', 'x: b a', 'y: a b', 'a: r', 'b: r', 'r:')).toBe(`* z
|\\
* | x
|\\ \\
| | * y
|_|/|
| |/
| * a
* | b
|/
* r`)
  })

  it('draws a merge of three', () => {
    expect(drawn('o: a b c', 'c: r', 'b: r', 'a: r', 'r:')).toBe(`* o
|\\
|\\ \\
| | * c
| * | b
| |/
* | a
|/
* r`)
  })
})
