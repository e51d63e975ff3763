//! What is asked: see `bench/sql/contenders/index.mjs`.

use gluesql_core::translate::{IntoParamLiteral, ParamLiteral};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(tag = "do", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Request {
    Open,
    Ready,
    Run {
        sql: String,
    },
    Load {
        table: String,
        rows: Vec<Vec<Scalar>>,
    },
    Query {
        sql: String,
        parameters: Vec<Vec<Scalar>>,
        #[serde(default)]
        take: Take,
        budget: f64,
    },
    Change {
        sql: String,
        parameters: Vec<Vec<Scalar>>,
        budget: f64,
    },
    Insert {
        table: String,
        transactions: Vec<Vec<Vec<Scalar>>>,
        budget: f64,
    },
}

/// What is wanted of the rows of a query. They are all made in any case.
#[derive(Clone, Copy, Default, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "camelCase")]
pub enum Take {
    #[default]
    All,
    One,
    First,
}

/// A value of a row or a parameter.
#[derive(Clone, Deserialize)]
#[serde(untagged)]
pub enum Scalar {
    Number(i64),
    Text(String),
}

impl Scalar {
    /// As it stands in a statement. The texts of the benchmark have no quotes.
    pub fn written(&self) -> String {
        match self {
            Self::Number(number) => number.to_string(),
            Self::Text(text) => format!("'{text}'"),
        }
    }

    pub fn into_value(self) -> gluesql_core::data::Value {
        match self {
            Self::Number(number) => gluesql_core::data::Value::I64(number),
            Self::Text(text) => gluesql_core::data::Value::Str(text),
        }
    }
}

impl IntoParamLiteral for Scalar {
    fn into_param_literal(self) -> ParamLiteral {
        match self {
            Self::Number(number) => number.into_param_literal(),
            Self::Text(text) => text.into_param_literal(),
        }
    }
}
