//! Cursors: what they walk over goes to JavaScript in pages.

use std::sync::Arc;

use napi::Env;
use napi::bindgen_prelude::{PromiseRaw, Uint8Array, Uint8ArraySlice};
use napi_derive::napi;

use crate::blocking::{Threads, promise_on};
use crate::exclusive::Exclusive;
use crate::fault::{Fault, Result};
use crate::live::Live;
use crate::page::PageWriter;
use crate::records::{Records, Written};
use crate::scratch::bytes_of;

/// Walks over records. It holds what it reads from until it is closed.
#[napi]
pub struct NativeCursor {
    shared: Arc<Exclusive<State>>,
    threads: Threads,
}

struct State {
    fields: usize,
    records: Box<dyn Records>,
    /// What went wrong when records were read that were handed out first.
    fault: Option<Fault>,
    _live: Live,
}

impl NativeCursor {
    pub(crate) fn new(fields: usize, records: Box<dyn Records>) -> Self {
        Self::on(Threads::shared(), fields, records)
    }

    /// One whose pages are made on these threads.
    pub(crate) fn on(threads: Threads, fields: usize, records: Box<dyn Records>) -> Self {
        let state = State { fields, records, fault: None, _live: Live::new() };
        Self { shared: Arc::new(Exclusive::new("iterator", state)), threads }
    }
}

#[napi]
impl NativeCursor {
    /// Writes the next page into `target` and returns its bytes. When not even one record fits, returns how many bytes
    /// it needs, negated.
    #[napi(catch_unwind)]
    pub fn fill(&self, mut target: Uint8ArraySlice<'_>, max_records: u32) -> napi::Result<i64> {
        let filled = self.shared.work(|state| state.fill(bytes_of(&mut target), max_records))?;
        Ok(match filled {
            Filled::Page(bytes) => i64::try_from(bytes),
            Filled::Needs(bytes) => i64::try_from(bytes).map(i64::wrapping_neg),
        }
        .map_err(|error| Fault::internal(error.to_string()))?)
    }

    /// The next page, made off the event loop: at most `max_records` records and, but for a single one that is larger,
    /// `max_bytes` bytes.
    #[napi(catch_unwind)]
    pub fn fill_async<'env>(
        &self,
        env: &'env Env,
        max_records: u32,
        max_bytes: u32,
    ) -> napi::Result<PromiseRaw<'env, Uint8Array>> {
        let shared = Arc::clone(&self.shared);
        promise_on(env, &self.threads, move || {
            let page = shared.work(|state| state.page(max_records, max_bytes as usize))?;
            Ok(Uint8Array::from(page))
        })
    }

    /// Lets go of what it reads from.
    #[napi(catch_unwind)]
    pub fn close(&self) {
        self.shared.close();
    }
}

enum Filled {
    Page(usize),
    Needs(usize),
}

impl State {
    fn page(&mut self, max_records: u32, max_bytes: usize) -> Result<Vec<u8>> {
        let mut page = vec![0; max_bytes.max(PageWriter::HEADER)];
        loop {
            match self.fill(&mut page, max_records)? {
                Filled::Page(bytes) => {
                    page.truncate(bytes);
                    return Ok(page);
                }
                Filled::Needs(bytes) => page.resize(bytes, 0),
            }
        }
    }

    fn fill(&mut self, target: &mut [u8], max_records: u32) -> Result<Filled> {
        let mut page = PageWriter::new(target, self.fields)?;
        if let Some(fault) = self.fault.take() {
            return Err(fault);
        }
        while page.records() < max_records {
            match self.records.write(&mut page) {
                Ok(Written::Record) => {}
                Ok(Written::End) => return Ok(Filled::Page(page.finish(true))),
                Ok(Written::Needs(bytes)) if page.records() == 0 => return Ok(Filled::Needs(bytes)),
                Ok(Written::Needs(_)) => break,
                Err(fault) if page.records() == 0 => return Err(fault),
                Err(fault) => {
                    self.fault = Some(fault);
                    break;
                }
            }
        }
        Ok(Filled::Page(page.finish(false)))
    }
}
