//! What tables are made of, and what becomes of them.

use gluesql_core::ast::{ColumnDef, ColumnUniqueOption, DataType};
use gluesql_core::data::Value;

use super::is_kept_by_keys;
use super::record::{Column, Layout, TableRecord, can_be_kept};
use crate::encoding::row::NUMBERS;
use crate::error::{Error, Result};

impl TableRecord {
    /// A table with these columns; with none, its rows are maps.
    ///
    /// # Errors
    /// When the default of a column cannot be kept.
    pub(crate) fn new(columns: Option<&[ColumnDef]>) -> Result<Self> {
        let mut record = Self {
            columns: columns.map(|_| Vec::new()),
            layouts: vec![Layout { number: 0, columns: Vec::new() }],
            current: 0,
            foreign_keys: Vec::new(),
            engine: None,
            comment: None,
        };
        let mut made: Vec<Column> = Vec::new();
        for definition in columns.unwrap_or_default() {
            let column = record.new_column(&made, definition.clone(), Value::Null)?;
            made.push(column);
        }
        record.layouts[0].columns = kept(&made);
        record.columns = columns.map(|_| made);
        Ok(record)
    }

    /// The column with this name.
    pub(crate) fn column(&self, name: &str) -> Option<&Column> {
        self.columns.as_ref()?.iter().find(|column| column.definition.name == name)
    }

    /// A column that is to stand beside `others`: its id is the start of BLAKE3 over its name and the least number with which the table
    /// never had that id. So two branches that add the same column agree.
    ///
    /// # Errors
    /// When its default cannot be kept.
    pub(crate) fn new_column(
        &self,
        others: &[Column],
        definition: ColumnDef,
        missing: Value,
    ) -> Result<Column> {
        if let Some(default) = definition.default.as_ref().filter(|default| !can_be_kept(default)) {
            return Err(Error::invalid(
                format!("the default of {:?}", definition.name),
                format!("cannot be kept: {default:?}"),
            ));
        }
        let taken = |id: u32| {
            let laid_out =
                self.layouts.iter().flat_map(|layout| &layout.columns).any(|(known, _)| *known == id);
            laid_out || others.iter().any(|column| column.id == id)
        };
        let id = (0_u32..)
            .map(|number| start_of_hash(&[definition.name.as_bytes(), &number.to_be_bytes()]))
            .find(|id| !taken(*id))
            .unwrap_or_default();
        Ok(Column { id, definition, missing })
    }

    /// Gives the table other columns. Rows stay as they are: each says how it is laid out.
    pub(crate) fn set_columns(&mut self, columns: Vec<Column>) {
        let kept = kept(&columns);
        self.columns = Some(columns);
        if let Some(known) = self.layouts.iter().position(|layout| layout.columns == kept) {
            self.current = known;
            return;
        }
        let types = kept.iter().flat_map(|(id, _)| id.to_be_bytes()).collect::<Vec<_>>();
        let taken = |number: u32| number == 0 || self.layouts.iter().any(|layout| layout.number == number);
        let number = (0_u32..)
            .map(|attempt| start_of_hash(&[&types, &attempt.to_be_bytes()]) % NUMBERS)
            .find(|number| !taken(*number))
            .unwrap_or_default();
        self.layouts.push(Layout { number, columns: kept });
        self.current = self.layouts.len() - 1;
    }
}

/// The columns whose values rows hold: all but a primary key that the row's key tells.
fn kept(columns: &[Column]) -> Vec<(u32, DataType)> {
    let is_key = |definition: &ColumnDef| {
        definition.unique == Some(ColumnUniqueOption { is_primary: true })
            && is_kept_by_keys(&definition.data_type)
    };
    let kept = columns.iter().filter(|column| !is_key(&column.definition));
    kept.map(|column| (column.id, column.definition.data_type.clone())).collect()
}

fn start_of_hash(fields: &[&[u8]]) -> u32 {
    let mut hasher = blake3::Hasher::new();
    for field in fields {
        hasher.update(&(field.len() as u64).to_be_bytes());
        hasher.update(field);
    }
    let [a, b, c, d, ..] = *hasher.finalize().as_bytes();
    u32::from_be_bytes([a, b, c, d])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn definition(name: &str, is_primary: bool) -> ColumnDef {
        ColumnDef {
            name: name.into(),
            data_type: DataType::Int,
            nullable: true,
            default: None,
            unique: is_primary.then_some(ColumnUniqueOption { is_primary: true }),
            comment: None,
        }
    }

    fn add(record: &mut TableRecord, name: &str) {
        let mut columns = record.columns.clone().unwrap();
        columns.push(record.new_column(&columns, definition(name, false), Value::Null).unwrap());
        record.set_columns(columns);
    }

    fn drop(record: &mut TableRecord, name: &str) {
        let mut columns = record.columns.clone().unwrap();
        columns.retain(|column| column.definition.name != name);
        record.set_columns(columns);
    }

    #[test]
    fn a_dropped_columns_id_is_not_given_again() {
        let mut record = TableRecord::new(Some(&[definition("id", true), definition("a", false)])).unwrap();
        let first = record.column("a").unwrap().id;
        drop(&mut record, "a");
        add(&mut record, "a");
        assert_ne!(record.column("a").unwrap().id, first);
        assert_eq!(record.layouts.len(), 3);
    }

    #[test]
    fn what_was_undone_is_laid_out_as_before() {
        let mut record = TableRecord::new(Some(&[definition("id", true), definition("a", false)])).unwrap();
        add(&mut record, "b");
        assert_eq!((record.current, record.layouts[1].number == 0), (1, false));
        drop(&mut record, "b");
        assert_eq!(record.current, 0);
    }

    #[test]
    fn branches_that_add_the_same_column_agree_and_others_do_not() {
        let base = TableRecord::new(Some(&[definition("id", true)])).unwrap();
        let [mut one, mut same, mut other] = [(); 3].map(|()| base.clone());
        add(&mut one, "a");
        add(&mut same, "a");
        add(&mut other, "b");
        assert_eq!(one, same);
        assert_ne!(one.layouts[1].number, other.layouts[1].number);
        // Part of the format: these must never change.
        assert_eq!((one.column("a").unwrap().id, one.layouts[1].number), (FIRST_ID, FIRST_NUMBER));
    }

    const FIRST_ID: u32 = 2_263_737_403;
    const FIRST_NUMBER: u32 = 16_669_887;
}
