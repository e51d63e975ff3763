import type { Command, CommandUnknownOpts } from '@commander-js/extra-typings'
import type { Session } from '../session.js'

/** What a command's file exports: it adds the command's arguments, options, help and action. */
export interface CommandModule {
  configure(command: Command, session: Session): void
}

/** A command as `git-prolly help` lists it. Its file is loaded when it is called. */
export interface CommandEntry {
  readonly name: string
  readonly summary: string
  readonly group: string
  load(): Promise<CommandModule>
}

const START = 'Start a store:'
const DATA = 'Read and change data:'
const HISTORY = 'Stage, commit and look back:'
const BRANCHES = 'Branch and merge:'
const REMOTES = 'Work with other stores:'
const PROOFS = 'Prove to others:'
const OTHER = 'More:'

/** Every command, in the order of the help. */
export const COMMANDS: readonly CommandEntry[] = [
  { name: 'init', group: START, summary: 'make an empty store', load: () => import('./init.js') },
  {
    name: 'migrate',
    group: START,
    summary: 'keep the data in another storage',
    load: () => import('./migrate.js'),
  },
  {
    name: 'clone',
    group: START,
    summary: 'copy a store into a new folder',
    load: () => import('./clone.js'),
  },

  { name: 'set', group: DATA, summary: 'stage a value under a key', load: () => import('./set.js') },
  { name: 'get', group: DATA, summary: 'print the value of a key', load: () => import('./get.js') },
  { name: 'delete', group: DATA, summary: 'stage the removal of keys', load: () => import('./delete.js') },
  { name: 'list', group: DATA, summary: 'list keys and values in order', load: () => import('./list.js') },
  { name: 'import', group: DATA, summary: 'stage the records of a file', load: () => import('./import.js') },
  { name: 'export', group: DATA, summary: 'write the entries to a file', load: () => import('./export.js') },
  { name: 'sql', group: DATA, summary: 'read and change tables', load: () => import('./sql.js') },

  { name: 'status', group: HISTORY, summary: 'show what is staged', load: () => import('./status.js') },
  { name: 'commit', group: HISTORY, summary: 'record what is staged', load: () => import('./commit.js') },
  {
    name: 'reset',
    group: HISTORY,
    summary: 'drop what is staged, or move the branch',
    load: () => import('./reset.js'),
  },
  { name: 'log', group: HISTORY, summary: 'show the commits', load: () => import('./log.js') },
  { name: 'show', group: HISTORY, summary: 'show a commit and its changes', load: () => import('./show.js') },
  { name: 'diff', group: HISTORY, summary: 'show changes between versions', load: () => import('./diff.js') },
  {
    name: 'history',
    group: HISTORY,
    summary: 'show the commits that changed a key',
    load: () => import('./history.js'),
  },
  {
    name: 'reflog',
    group: HISTORY,
    summary: 'show where a branch was before',
    load: () => import('./reflog.js'),
  },
  {
    name: 'keys-at',
    group: HISTORY,
    summary: 'list the keys of a version',
    load: () => import('./keys-at.js'),
  },
  {
    name: 'stats',
    group: HISTORY,
    summary: 'count what a version is made of',
    load: () => import('./stats.js'),
  },

  {
    name: 'branch',
    group: BRANCHES,
    summary: 'list, make, rename and delete branches',
    load: () => import('./branch.js'),
  },
  {
    name: 'checkout',
    group: BRANCHES,
    summary: 'switch to another branch',
    load: () => import('./checkout.js'),
  },
  {
    name: 'merge',
    group: BRANCHES,
    summary: 'join another branch into this one',
    load: () => import('./merge.js'),
  },
  {
    name: 'conflicts',
    group: BRANCHES,
    summary: 'list what a merge left to settle',
    load: () => import('./conflicts.js'),
  },
  {
    name: 'resolve',
    group: BRANCHES,
    summary: 'settle a conflict of a merge',
    load: () => import('./resolve.js'),
  },
  {
    name: 'revert',
    group: BRANCHES,
    summary: 'undo a commit with a new one',
    load: () => import('./revert.js'),
  },
  {
    name: 'cherry-pick',
    group: BRANCHES,
    summary: 'make the changes of a commit again',
    load: () => import('./cherry-pick.js'),
  },
  {
    name: 'worktree',
    group: BRANCHES,
    summary: 'work on several branches side by side',
    load: () => import('./worktree.js'),
  },
  { name: 'tag', group: BRANCHES, summary: 'list, make and delete tags', load: () => import('./tag.js') },

  {
    name: 'push',
    group: REMOTES,
    summary: 'send a branch to another store',
    load: () => import('./push.js'),
  },
  { name: 'pull', group: REMOTES, summary: 'fetch a branch and merge it', load: () => import('./pull.js') },

  {
    name: 'prove',
    group: PROOFS,
    summary: 'write a proof of what a version holds',
    load: () => import('./prove.js'),
  },
  {
    name: 'verify',
    group: PROOFS,
    summary: 'check a proof, with no store at hand',
    load: () => import('./verify.js'),
  },

  { name: 'gc', group: OTHER, summary: 'delete what nothing reaches', load: () => import('./gc.js') },
  { name: 'fsck', group: OTHER, summary: 'check that all data is whole', load: () => import('./fsck.js') },
  {
    name: 'textconv',
    group: OTHER,
    summary: 'print a node as lines, for git diff',
    load: () => import('./textconv.js'),
  },
  {
    name: 'completion',
    group: OTHER,
    summary: 'print a completion script',
    load: () => import('./completion.js'),
  },
  { name: 'help', group: OTHER, summary: 'show help', load: () => import('./help.js') },
]

/** Adds a command's arguments, options and action from its file. */
export async function configureCommand(command: CommandUnknownOpts, session: Session): Promise<void> {
  const module = await COMMANDS.find(({ name }) => name === command.name())?.load()
  command.showHelpAfterError(`hint: "git-prolly help ${command.name()}" shows how it is used`)
  module?.configure(command as Command, session)
}
