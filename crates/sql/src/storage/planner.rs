//! Planning, with indexes.

use gluesql_core::error::Result;
use gluesql_core::plan::StatementPlan;
use gluesql_core::planner::{
    fetch_schema_map, plan_aggregate, plan_hash_join, plan_index, plan_primary_key, plan_schemaless, validate,
};
use gluesql_core::store::Planner;

use super::SqlStorage;

impl Planner for SqlStorage {
    fn plan(&self, statement: StatementPlan) -> Result<StatementPlan> {
        let schemas = fetch_schema_map(self, &statement)?;
        validate(&schemas, &statement)?;
        let statement = plan_schemaless(&schemas, statement)?;
        let statement = plan_primary_key(&schemas, statement);
        let statement = plan_index(&schemas, statement);
        let statement = plan_hash_join(&schemas, statement);
        Ok(plan_aggregate(statement))
    }
}
