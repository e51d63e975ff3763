/** Where HEAD is. */
export interface Head {
  /** The current branch; left out when HEAD is detached. */
  readonly branch?: string
  /** The id of the commit; left out before the first one. */
  readonly commit?: string
}

/** A branch. */
export interface Branch {
  /** Its name: `main`, or `origin/main` for one of a remote. */
  readonly name: string
  /** The id of its last commit; left out for the current branch before its first one. */
  readonly commit?: string
  /** Whether HEAD is on it. */
  readonly current: boolean
  /** Whether it says where a remote's branch was when it was last fetched. */
  readonly remote: boolean
  /** The folder of the other worktree that has it checked out. */
  readonly checkedOutAt?: string
}

/** A tag. */
export interface Tag {
  /** Its name. */
  readonly name: string
  /** The id of the commit it leads to. */
  readonly commit: string
}
