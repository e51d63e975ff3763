//! What rows come from.

use std::borrow::Cow;
use std::cell::RefCell;
use std::sync::Arc;

use gluesql_core::ast::DataType;
use gluesql_core::data::Value;
use gluesql_core::executor::{FetchError, QueryError};
use gluesql_core::plan::{SourcePlan, TableAliasPlan, plan_scalar_expr};

use prolly_tree::KeyRange;

use super::access::{Path, Restriction, Span, Target, intersect, range_of};
use super::compile::expression;
use super::expression::{Expression, as_type};
use super::run::Run;
use super::scope::{Columns, MAP_COLUMN, Scope};
use super::table::TableSource;
use super::{Query, RowIter};
use crate::error::{Error, Result};
use crate::table::record::IndexRecord;
use crate::versions::{Found, GivenRows, ReadRows};

/// A table, or what stands in the place of one.
pub(super) struct Source {
    /// Where its values begin in the row.
    pub(super) offset: usize,
    pub(super) width: usize,
    pub(super) kind: Kind,
}

pub(super) enum Kind {
    Table(Box<TableSource>),
    Series(Expression),
    Given(Arc<[Vec<Value>]>),
    Read(ReadSource),
    /// A query, and what it takes from around.
    Derived(Arc<Query>, Vec<Expression>),
    /// `VALUES`: every row has the types of the first.
    Values(Vec<Vec<Expression>>),
}

/// Rows that are read from elsewhere, perhaps by a key.
pub(super) struct ReadSource {
    read: ReadRows,
    /// The type of the column that they can be found by, and what it is in the row of the query.
    key: Option<(DataType, [(Target, Expression); 1])>,
    restrictions: Vec<Restriction>,
}

impl ReadSource {
    fn open(&self, run: &Run) -> Result<RowIter> {
        let mut left = vec![Span::ALL];
        if let Some((data_type, _)) = &self.key {
            for restriction in &self.restrictions {
                if let Some(spans) = restriction.spans(data_type, run)? {
                    left = intersect(&left, &spans);
                }
            }
        }
        let ranges: Vec<KeyRange> = left.iter().map(|span| range_of(Path::Key, span)).collect();
        (self.read)(&ranges)
    }
}

impl Source {
    pub(super) fn compile(plan: &SourcePlan, offset: usize, around: &Scope<'_>) -> Result<(Self, Columns)> {
        match plan {
            SourcePlan::Table(table) => {
                let (alias, renames) = match &table.alias {
                    Some(TableAliasPlan { name, columns }) => (name, &columns[..]),
                    None => (&table.name, &[][..]),
                };
                let source = match around.database.tables.get(&table.name) {
                    Some(found) => TableSource::new(Arc::clone(found)),
                    None => match (around.database.elsewhere)(&table.name)? {
                        Some(Found::Past(found, keyspaces)) => TableSource::of_version(found, keyspaces),
                        Some(Found::Rows(rows)) => {
                            return Self::of_rows(rows, &table.name, table.alias.as_ref(), offset);
                        }
                        None => {
                            let name = table.name.split('\0').next().unwrap_or_default();
                            return Err(Error::Sql(FetchError::TableNotFound(name.to_owned()).into()));
                        }
                    },
                };
                Self::of_table(source, alias, renames, offset, around)
            }
            SourcePlan::Series(series) => {
                let size = expression(&series.size, around)?;
                let names = renamed(vec!["N".to_owned()], &series.alias)?;
                let columns = Columns {
                    alias: series.alias.name.clone(),
                    names,
                    types: vec![Some(DataType::Int)],
                    offset,
                };
                Ok((Self { offset, width: 1, kind: Kind::Series(size) }, columns))
            }
            SourcePlan::Dictionary(dictionary) => {
                let (names, rows) = (around.database.dictionary)(dictionary)?;
                let (width, names) = (names.len(), renamed(names, &dictionary.alias)?);
                let alias = dictionary.alias.name.clone();
                let columns = Columns { alias, names, types: vec![None; width], offset };
                Ok((Self { offset, width, kind: Kind::Given(rows.into()) }, columns))
            }
            SourcePlan::Derived(derived) => {
                let (query, outer) = Query::within(&derived.query, around)?;
                let names = renamed(query.labels.clone(), &derived.alias)?;
                let (alias, types) = (derived.alias.name.clone(), query.types.clone());
                let columns = Columns { alias, names, types, offset };
                let width = columns.names.len();
                Ok((Self { offset, width, kind: Kind::Derived(Arc::new(query), outer) }, columns))
            }
        }
    }

    fn of_rows(
        rows: GivenRows,
        name: &str,
        alias: Option<&TableAliasPlan>,
        offset: usize,
    ) -> Result<(Self, Columns)> {
        let alias = alias.cloned().unwrap_or(TableAliasPlan { name: name.to_owned(), columns: Vec::new() });
        let (names, types): (Vec<_>, Vec<_>) =
            rows.columns.into_iter().map(|(name, data_type)| (name, Some(data_type))).unzip();
        let (width, names) = (names.len(), renamed(names, &alias)?);
        let key = rows.key.and_then(|place| {
            let data_type = types.get(place).cloned().flatten()?;
            Some((data_type, [(Target::Column(place), Expression::Column(offset + place))]))
        });
        let columns = Columns { alias: alias.name, names, types, offset };
        let source = ReadSource { read: rows.rows, key, restrictions: Vec::new() };
        Ok((Self { offset, width, kind: Kind::Read(source) }, columns))
    }

    pub(super) fn of_table(
        mut source: TableSource,
        alias: &str,
        renames: &[String],
        offset: usize,
        around: &Scope<'_>,
    ) -> Result<(Self, Columns)> {
        let table = Arc::clone(&source.table);
        let (own, types): (Vec<String>, Vec<Option<DataType>>) = match &table.schema.column_defs {
            Some(_) => table
                .columns()
                .iter()
                .map(|column| (column.definition.name.clone(), Some(column.definition.data_type.clone())))
                .unzip(),
            None => (vec![MAP_COLUMN.to_owned()], vec![Some(DataType::Map)]),
        };
        let width = own.len();
        // An index speaks of columns by their own names.
        let taken = RefCell::default();
        let columns = [Columns { alias: alias.to_owned(), names: own, types, offset }];
        let scope = Scope::new(around.database, &columns, None, &taken);
        if let Some(key) = table.key {
            source.targets.push((Target::Column(key), Expression::Column(offset + key)));
        }
        for (place, index) in table.indexes.iter().enumerate() {
            match (index.column(), &index.record) {
                (Some(column), _) => {
                    source.targets.push((Target::Column(column), Expression::Column(offset + column)));
                }
                (None, IndexRecord::Expression { expr, .. }) => {
                    let expr = expression(&plan_scalar_expr(expr.clone()), &scope)?;
                    source.targets.push((Target::Index(place), expr));
                }
                (None, IndexRecord::Unique { .. }) => {}
            }
        }
        let [columns] = columns;
        let alias = TableAliasPlan { name: alias.to_owned(), columns: renames.to_vec() };
        let columns = Columns { names: renamed(columns.names, &alias)?, ..columns };
        Ok((Self { offset, width, kind: Kind::Table(Box::new(source)) }, columns))
    }

    /// Its rows, without what is left and right of them.
    pub(super) fn open(&self, run: &Arc<Run>) -> Result<RowIter> {
        match &self.kind {
            Kind::Table(table) => Ok(table.open(&table.access(run, None)?, run)),
            Kind::Series(size) => {
                let size = i64::try_from(size.evaluate(&[], run)?.into_owned());
                let size = size.map_err(gluesql_core::error::Error::from)?;
                if size < 0 {
                    return Err(Error::Sql(QueryError::InvalidSeriesSize(size).into()));
                }
                Ok(run.until_interrupted((1..=size).map(|number| Ok(vec![Value::I64(number)]))))
            }
            Kind::Given(rows) => {
                let rows = Arc::clone(rows);
                Ok(Box::new((0..rows.len()).map(move |place| Ok(rows[place].clone()))))
            }
            Kind::Read(rows) => Ok(run.until_interrupted(rows.open(run)?)),
            Kind::Derived(query, outer) => {
                let outer = outer.iter().map(|taken| taken.evaluate(&[], run).map(Cow::into_owned));
                Query::open(query, run.within(outer.collect::<Result<_>>()?))
            }
            Kind::Values(rows) => {
                let mut types: Vec<Option<DataType>> = vec![None; self.width];
                let mut read = |row: &Vec<Expression>| {
                    let value = |(expression, data_type): (&Expression, &mut Option<DataType>)| {
                        if let Some(data_type) = data_type {
                            return as_type(expression, &[], run, data_type, true);
                        }
                        let value = expression.evaluate(&[], run)?.into_owned();
                        *data_type = value.get_type();
                        Ok(value)
                    };
                    row.iter().zip(&mut types).map(value).collect::<Result<Vec<_>>>()
                };
                let rows = rows.iter().map(&mut read).collect::<Result<Vec<_>>>()?;
                Ok(Box::new(rows.into_iter().map(Ok)))
            }
        }
    }

    /// What a condition says about its rows.
    pub(super) fn restrict(&mut self, condition: &Expression) {
        match &mut self.kind {
            Kind::Table(table) => table.restrictions.extend(Restriction::of(condition, &table.targets)),
            Kind::Read(ReadSource { key: Some((_, targets)), restrictions, .. }) => {
                restrictions.extend(Restriction::of(condition, targets));
            }
            _ => {}
        }
    }
}

/// The names of columns, the first of which may have others.
fn renamed(names: Vec<String>, alias: &TableAliasPlan) -> Result<Vec<String>> {
    if alias.columns.len() > names.len() {
        let fault = QueryError::TooManyColumnAliases(alias.name.clone(), names.len(), alias.columns.len());
        return Err(Error::Sql(fault.into()));
    }
    Ok(alias.columns.iter().cloned().chain(names.into_iter().skip(alias.columns.len())).collect())
}
