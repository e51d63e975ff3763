import { type AbortOptions } from './signal.js'

/** How far long work is. It goes through stages, of which each counts its own things. */
export interface StageProgress {
  /**
   * What is being done: `receiving objects`, `marking nodes`. What the `git` program does is named in its words, and so in the
   * language it speaks.
   */
  readonly stage: string
  /** How many of what the stage names are done; 0 while nothing is counted. */
  readonly done: number
  /** How many there are; left out where that is not known. */
  readonly total?: number | undefined
}

/**
 * The options of long work. Aborting the signal ends it also when it has begun: the `git` program is ended, and a step that
 * writes is done whole.
 */
export interface ProgressOptions extends AbortOptions {
  /**
   * Is told how far the work is, now and then: not of every step, but of as many as it has time for. What it throws ends the work,
   * which rejects with that.
   */
  readonly onProgress?: ((progress: StageProgress) => void) | undefined
}
