import { gluesql } from 'gluesql/gluesql.node.js'
import { numberOf, numberOfFirst } from '../answer.mjs'

/** It takes no parameters: values are written into statements. One statement is one transaction, since it knows no others. */
class Gluesql {
  #database

  constructor(database) {
    this.#database = database
  }

  async run(sql) {
    await this.#database.query(sql)
  }

  load(table, rows) {
    return this.insert(table)(rows)
  }

  prepare(sql, take) {
    const parts = sql.split('?')
    return async (parameters) => {
      const text = parts.map((part, index) => part + (index < parameters.length ? parameters[index] : ''))
      const [{ type, rows, affected }] = await this.#database.query(text.join(''))
      if (type !== 'SELECT') return affected
      return take === 'first' ? numberOfFirst(rows[0]) : numberOf(rows)
    }
  }

  insert(table) {
    return async (rows) => {
      const values = rows.map((row) => `(${row.map(written).join(', ')})`)
      const [{ affected }] = await this.#database.query(`INSERT INTO ${table} VALUES ${values.join(', ')}`)
      return affected
    }
  }
}

export function open() {
  return new Gluesql(gluesql())
}

function written(value) {
  return typeof value === 'string' ? `'${value}'` : value
}
