import { SqlQueries } from './sql-queries.js'

/** What runs within a transaction: its statements see what it wrote, and nobody else does until it is committed. */
export class SqlTransaction extends SqlQueries {}
