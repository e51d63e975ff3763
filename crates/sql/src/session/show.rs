//! `SHOW CREATE TABLE`: the statements that make a table as it is.

use gluesql_core::ast::ToSql;
use gluesql_core::data::{Schema, SchemaIndex};

/// One statement a line for the table, with a line for each column and foreign key, and one for each index. A default that joins texts with
/// `||` reads as a sum: GlueSQL writes it so.
pub(super) fn create_statements(schema: &Schema) -> String {
    let Schema { table_name, column_defs, indexes, foreign_keys, engine, comment } = schema;
    let name = quoted(table_name);
    let mut text = format!("CREATE TABLE {name}");
    if let Some(columns) = column_defs {
        let parts = columns.iter().map(ToSql::to_sql).chain(foreign_keys.iter().map(ToSql::to_sql));
        let lines = parts.map(|part| format!("  {part}")).collect::<Vec<_>>().join(",\n");
        text.push_str(&format!(" (\n{lines}\n)"));
    }
    if let Some(engine) = engine {
        text.push_str(&format!(" ENGINE = {engine}"));
    }
    if let Some(comment) = comment {
        text.push_str(&format!(" COMMENT = '{}'", comment.replace('\'', "''")));
    }
    text.push(';');
    for SchemaIndex { name: index, expr, .. } in indexes {
        text.push_str(&format!("\nCREATE INDEX {} ON {name} ({});", quoted(index), expr.to_sql()));
    }
    text
}

fn quoted(name: &str) -> String {
    format!("\"{}\"", name.replace('"', "\"\""))
}
