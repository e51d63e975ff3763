//! Storages whose methods are written in JavaScript.
//!
//! A thread that needs a node asks the event loop for it and waits for the answer (`bridge`): `ts/tree/custom-requests.ts`
//! runs the method of the user and answers. So nothing here is ever asked on the event loop itself, and whoever asks
//! holds no lock that the event loop may want.

mod bridge;
mod garbage;
mod storage;
mod waiting;

pub use bridge::NativeStorageRequest;
pub use waiting::NativeAnswers;

pub(crate) use storage::{CustomStorage, threads_of};
