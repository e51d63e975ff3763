// This project's SQL over any of its storages.
import { author } from '../../report.mjs'
import { UPDATE } from './index.mjs'
import { PreparedDatabase } from './prepared.mjs'

export class Prolly extends PreparedDatabase {
  async ready() {
    await this.#commit('All')
  }

  /** What is to be run after one commit more: reads how it differs from the one before. */
  async diff(changes) {
    await this.#commit('What other lines changed')
    this.#change(changes)
    await this.#commit('Some')
    const statement = this.inner.prepare("SELECT * FROM prolly_diff('items', 'HEAD~1', 'HEAD')")
    return () => statement.all().length
  }

  /** What is to be run when two branches have changes each: merges them. */
  async merge(ours, theirs) {
    const { store } = this.inner
    await store.createBranch('side')
    this.#change(ours)
    await this.#commit('Ours')
    await store.checkout('side')
    this.#change(theirs)
    await this.#commit('Theirs')
    await store.checkout('main')
    return () => this.inner.query("CALL prolly_merge('side')").length
  }

  async merged() {
    await this.inner.store.deleteBranch('side')
  }

  #change(changes) {
    const update = this.inner.prepare(UPDATE)
    this.inner.transaction(() => changes.forEach((parameters) => update.run(...parameters)))()
  }

  async #commit(message) {
    await this.inner.store.commit(message, { author, allowEmpty: true })
  }
}
