/**
 * What the command hands back to the shell, as Git does.
 *
 * 0 all is well; 1 the answer is "no" (not found, differs, conflicts, nothing to commit); 2 the
 * command line itself is wrong; 128 the work could not be done; 130 it was interrupted.
 */
export const ExitCode = {
  ok: 0,
  no: 1,
  usage: 2,
  fatal: 128,
  interrupted: 130,
} as const

export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode]
