//! The Git storage, with the stock `git` program beside it.

mod common;

mod crash;
mod interoperation;
mod packs;
mod queries;
mod refs;
mod repositories;
mod versions;
