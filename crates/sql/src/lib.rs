//! SQL over a versioned store: tables live in the same tree as keys, and are branched, committed and merged with them.

mod arithmetic;
mod encoding;
mod error;
mod interrupt;
mod merge;
mod numbers;
mod query;
mod session;
mod storage;
mod table;
mod versions;
mod wording;

pub use error::{Error, Result};
pub use gluesql_core::data::{Interval, Value};
pub use gluesql_core::executor::Payload;
pub use interrupt::Interrupt;
pub use merge::register;
pub use session::{Column, Parameter, Parameters, Rows, Session, split};
pub use storage::SqlStorage;
