//! Hashing and writing beside the edit pass, on a thread of their own once there is enough of both.
//!
//! Nodes are cut and encoded on the thread that edits. Hashing them takes almost as long, and a storage that writes files
//! takes longer; neither decides what the pass does next, but for the addresses that the level above waits for.

use std::mem;
use std::panic::resume_unwind;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{Builder, JoinHandle};

use prolly_storage::{NewNode, Node, NodeStore};

use crate::Result;

/// New nodes are handed to the store when they have this many bytes together.
const WRITE_BATCH: usize = 1024 * 1024;

/// Hashes and writes what it is handed, in that order.
///
/// The first batch of nodes is hashed where it comes from. A pass that has another one begins the thread, which ends
/// with it; where there can be no thread, everything is done at once.
pub(super) struct Background {
    store: NodeStore,
    writes: Vec<Node>,
    write_bytes: usize,
    has_sealed: bool,
    worker: Option<Worker>,
}

/// A batch of nodes that is being hashed.
pub(super) enum Sealing {
    Done(Vec<Node>),
    Expected(Receiver<Vec<Node>>),
}

struct Worker {
    jobs: Sender<Job>,
    /// Ends when there are no more jobs, or with the first write that fails.
    thread: JoinHandle<prolly_storage::Result<()>>,
}

enum Job {
    Seal(Vec<NewNode>, Sender<Vec<Node>>),
    Write(Vec<Node>),
}

impl Background {
    /// Writes to `store`.
    pub(super) const fn new(store: NodeStore) -> Self {
        Self { store, writes: Vec::new(), write_bytes: 0, has_sealed: false, worker: None }
    }

    /// Begins to hash nodes.
    pub(super) fn seal(&mut self, nodes: Vec<NewNode>) -> Result<Sealing> {
        let is_worth_a_thread = nodes.len() >= NewNode::BEST_TOGETHER;
        if is_worth_a_thread && self.has_sealed && self.worker.is_none() {
            self.worker = Worker::begin(self.store.clone());
        }
        self.has_sealed |= is_worth_a_thread;
        if !is_worth_a_thread || self.worker.is_none() {
            return Ok(Sealing::Done(NewNode::seal_all(nodes)));
        }
        let (answer, sealed) = channel();
        self.send(Job::Seal(nodes, answer))?;
        Ok(Sealing::Expected(sealed))
    }

    /// The nodes that [`Background::seal`] was handed.
    pub(super) fn sealed(&mut self, sealing: Sealing) -> Result<Vec<Node>> {
        match sealing {
            Sealing::Done(nodes) => Ok(nodes),
            Sealing::Expected(nodes) => match nodes.recv() {
                Ok(nodes) => Ok(nodes),
                // Nobody else holds the other end.
                Err(_) => self.join().map(|()| Vec::new()),
            },
        }
    }

    /// Takes a node to be written.
    pub(super) fn write(&mut self, node: Node) {
        self.write_bytes += node.bytes().len();
        self.writes.push(node);
    }

    /// Writes the nodes taken so far if there are many.
    pub(super) fn write_if_due(&mut self) -> Result<()> {
        if self.write_bytes < WRITE_BATCH { Ok(()) } else { self.flush() }
    }

    /// Returns once all nodes are written.
    pub(super) fn finish(&mut self) -> Result<()> {
        self.flush()?;
        self.join()
    }

    fn flush(&mut self) -> Result<()> {
        self.write_bytes = 0;
        let nodes = mem::take(&mut self.writes);
        if self.worker.is_some() && self.store.writes_on_any_thread() {
            self.send(Job::Write(nodes))
        } else {
            Ok(self.store.put_many(nodes)?)
        }
    }

    fn send(&mut self, job: Job) -> Result<()> {
        match &self.worker {
            Some(worker) if worker.jobs.send(job).is_err() => self.join(),
            _ => Ok(()),
        }
    }

    /// Waits until all is done, and passes on how it ended.
    fn join(&mut self) -> Result<()> {
        let Some(Worker { jobs, thread }) = self.worker.take() else { return Ok(()) };
        drop(jobs);
        match thread.join() {
            Ok(done) => Ok(done?),
            Err(panic) => resume_unwind(panic),
        }
    }
}

impl Drop for Background {
    /// Whoever gives up an edit must not find it writing afterwards.
    fn drop(&mut self) {
        if let Some(Worker { jobs, thread }) = self.worker.take() {
            drop(jobs);
            let _ = thread.join();
        }
    }
}

impl Worker {
    /// `None` when the system has no thread to give.
    fn begin(store: NodeStore) -> Option<Self> {
        let (jobs, work) = channel();
        let run = move || -> prolly_storage::Result<()> {
            for job in work {
                match job {
                    // Whoever does not wait for the answer has given up the edit.
                    Job::Seal(nodes, answer) => drop(answer.send(NewNode::seal_all(nodes))),
                    Job::Write(nodes) => store.put_many(nodes)?,
                }
            }
            Ok(())
        };
        let thread = Builder::new().name("prolly-edit".into()).spawn(run).ok()?;
        Some(Self { jobs, thread })
    }
}
