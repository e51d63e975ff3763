import type { SqlQueries } from '../../index.js'
import type { Session } from '../session.js'
import { EXACT } from './values.js'

/** The tables of the store at hand, or of one of its versions. */
export interface Database extends AsyncDisposable {
  readonly queries: SqlQueries
  /** Whether a transaction is under way, which only statements on this thread belong to. */
  readonly inTransaction: boolean
}

/**
 * Opens the tables that are staged, or those of a version, which cannot be written to.
 *
 * @param revision Any revision of Git. The checkout stays as it is.
 */
export async function openDatabase(session: Session, revision: string | undefined): Promise<Database> {
  const { ProllySqlStore } = await session.library()
  const db = ProllySqlStore.over(await session.store(), { values: EXACT })
  if (revision === undefined) {
    return {
      queries: db,
      get inTransaction() {
        return db.inTransaction
      },
      [Symbol.asyncDispose]: () => db.close(),
    }
  }
  const version = await db.at(revision)
  return {
    queries: version,
    inTransaction: false,
    [Symbol.asyncDispose]: async () => {
      version.close()
      await db.close()
    },
  }
}
