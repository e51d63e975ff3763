/**
 * What a value is, in bytes: a byte that says so, and what that takes. Numbers are little-endian; texts and bytes have their length
 * in four bytes before them. `crates/node/src/sql/value.rs` is the other side.
 */
export const NULL = 0
export const FALSE = 1
export const TRUE = 2
export const INT32 = 3
export const FLOAT = 4
export const INT64 = 5
export const LARGE = 6
export const TEXT = 7
export const BYTES = 8
export const DECIMAL = 9
export const DATE = 10
export const TIMESTAMP = 11
export const TIME = 12
export const MONTHS = 13
export const MICROSECONDS = 14
export const UUID = 15
export const INET = 16
export const MAP = 17
export const LIST = 18
export const POINT = 19
