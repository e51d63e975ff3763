//! Joining what two branches made of a table's columns.

use std::collections::HashSet;

use prolly_versioning::{MergeSides, three_way};

use crate::table::record::{Column, ForeignKeyRecord, Layout, TableRecord};

/// What a table is made of when both sides changed that; `None` when they contradict each other. Columns and foreign keys are joined one by
/// one, by id and by name; those that the source added come behind the destination's.
pub(super) fn join(sides: &MergeSides<Option<TableRecord>>) -> Option<TableRecord> {
    let (base, left, right) = (sides.base.as_ref(), sides.destination.as_ref()?, sides.source.as_ref()?);
    // A table whose rows are maps has nothing to be joined by, and neither have rows that got other keys.
    let columns = match (&left.columns, &right.columns) {
        (Some(ours), Some(theirs)) => {
            if key_of(ours) != key_of(theirs) {
                return None;
            }
            Some(join_columns(base.and_then(|base| base.columns.as_deref()), ours, theirs)?)
        }
        (None, None) => None,
        _ => return None,
    };
    let mut joined = TableRecord {
        columns: None,
        layouts: join_layouts(&left.layouts, &right.layouts)?,
        current: left.current,
        foreign_keys: join_by(
            base.map(|base| &base.foreign_keys[..]),
            &left.foreign_keys,
            &right.foreign_keys,
            |key: &ForeignKeyRecord| key.name.clone(),
        )?,
        engine: three_way(base.map(|base| &base.engine), &left.engine, &right.engine)?.clone(),
        comment: three_way(base.map(|base| &base.comment), &left.comment, &right.comment)?.clone(),
    };
    if let Some(columns) = columns {
        joined.set_columns(columns);
    }
    Some(joined)
}

/// The column that is the primary key.
fn key_of(columns: &[Column]) -> Option<u32> {
    let is_key = |column: &&Column| column.definition.unique.is_some_and(|unique| unique.is_primary);
    columns.iter().find(is_key).map(|column| column.id)
}

fn join_columns(base: Option<&[Column]>, left: &[Column], right: &[Column]) -> Option<Vec<Column>> {
    let ids = left.iter().chain(right.iter().filter(|column| find(left, column.id).is_none()));
    let mut joined = Vec::new();
    for Column { id, .. } in ids {
        let base = base.map(|base| find(base, *id));
        let (left, right) = (find(left, *id), find(right, *id));
        joined.extend(join_column(base.flatten(), left, right)?);
    }
    let mut names = HashSet::new();
    joined.iter().all(|column| names.insert(&column.definition.name)).then_some(joined)
}

fn find(columns: &[Column], id: u32) -> Option<&Column> {
    columns.iter().find(|column| column.id == id)
}

/// The outer `None` stands for a contradiction, the inner one for a column that goes. Of a column that both have, name, default and all
/// the rest are joined each for itself.
fn join_column(
    base: Option<&Column>,
    left: Option<&Column>,
    right: Option<&Column>,
) -> Option<Option<Column>> {
    let (Some(ours), Some(theirs)) = (left, right) else {
        return three_way(Some(&base), &left, &right).map(|column| column.cloned());
    };
    let mut joined = ours.clone();
    macro_rules! join {
        ($($field:ident),*) => {
            $(joined.definition.$field = three_way(
                base.map(|base| &base.definition.$field),
                &ours.definition.$field,
                &theirs.definition.$field,
            )?.clone();)*
        };
    }
    join!(name, data_type, nullable, default, unique, comment);
    joined.missing = three_way(base.map(|base| &base.missing), &ours.missing, &theirs.missing)?.clone();
    Some(Some(joined))
}

/// All layouts that rows of either side may have. Equal numbers must stand for equal layouts, or a row could not be read.
fn join_layouts(left: &[Layout], right: &[Layout]) -> Option<Vec<Layout>> {
    let mut joined = left.to_vec();
    for layout in right {
        match left.iter().find(|known| known.number == layout.number) {
            Some(known) if known == layout => {}
            Some(_) => return None,
            None => joined.push(layout.clone()),
        }
    }
    Some(joined)
}

fn join_by<T: Clone + PartialEq>(
    base: Option<&[T]>,
    left: &[T],
    right: &[T],
    name: impl Fn(&T) -> String,
) -> Option<Vec<T>> {
    let find = |list: &[T], wanted: &T| list.iter().find(|known| name(known) == name(wanted)).cloned();
    let mut joined = Vec::new();
    for known in left.iter().chain(right.iter().filter(|known| find(left, known).is_none())) {
        let base = base.and_then(|base| find(base, known));
        joined.extend(three_way(Some(&base), &find(left, known), &find(right, known))?.clone());
    }
    Some(joined)
}

#[cfg(test)]
mod tests {
    use gluesql_core::ast::{ColumnDef, DataType};
    use gluesql_core::data::Value;

    use super::*;

    fn definition(name: &str, data_type: DataType) -> ColumnDef {
        ColumnDef { name: name.into(), data_type, nullable: true, default: None, unique: None, comment: None }
    }

    fn table() -> TableRecord {
        TableRecord::new(Some(&[definition("a", DataType::Int), definition("b", DataType::Text)])).unwrap()
    }

    fn added(record: &TableRecord, name: &str, data_type: DataType) -> TableRecord {
        let mut record = record.clone();
        let mut columns = record.columns.clone().unwrap();
        columns.push(record.new_column(&columns, definition(name, data_type), Value::Null).unwrap());
        record.set_columns(columns);
        record
    }

    fn changed(record: &TableRecord, change: impl FnOnce(&mut Vec<Column>)) -> TableRecord {
        let mut record = record.clone();
        let mut columns = record.columns.clone().unwrap();
        change(&mut columns);
        record.set_columns(columns);
        record
    }

    fn joined(base: &TableRecord, left: &TableRecord, right: &TableRecord) -> Option<TableRecord> {
        let [base, destination, source] = [base, left, right].map(|record| Some(record.clone()));
        join(&MergeSides { base, destination, source })
    }

    fn names(record: &TableRecord) -> Vec<&str> {
        record.columns.iter().flatten().map(|column| &*column.definition.name).collect()
    }

    #[test]
    fn columns_of_both_sides_are_kept_and_laid_out_together() {
        let base = table();
        let (left, right) = (added(&base, "left", DataType::Int), added(&base, "right", DataType::Text));
        let record = joined(&base, &left, &right).unwrap();
        assert_eq!(names(&record), ["a", "b", "left", "right"]);
        assert_eq!(record.layouts.len(), 4, "the first, one of each side and that of all columns");
        assert_eq!(record.layouts[record.current].columns.len(), 4);
    }

    #[test]
    fn dropped_and_renamed_columns_are_so_after_the_merge() {
        let base = table();
        let left = changed(&base, |columns| columns[0].definition.name = "renamed".into());
        let right = changed(&base, |columns| drop(columns.remove(1)));
        assert_eq!(names(&joined(&base, &left, &right).unwrap()), ["renamed"]);
        assert_eq!(joined(&base, &left, &left).unwrap(), left);
    }

    #[test]
    fn what_contradicts_itself_is_not_joined() {
        let base = table();
        let [one, other] =
            ["one", "other"].map(|name| changed(&base, |columns| columns[0].definition.name = name.into()));
        assert_eq!(joined(&base, &one, &other), None, "two names");
        let gone = changed(&base, |columns| drop(columns.remove(0)));
        assert_eq!(joined(&base, &one, &gone), None, "renamed and dropped");
        let (number, text) = (added(&base, "c", DataType::Int), added(&base, "c", DataType::Text));
        assert_eq!(joined(&base, &number, &text), None, "two types under one id and layout");
        let named = changed(&base, |columns| columns[0].definition.name = "c".into());
        assert_eq!(joined(&base, &number, &named), None, "one name for two columns");
    }
}
