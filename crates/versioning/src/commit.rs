//! Committing what is staged.

use prolly_storage::git::{NewCommit, Oid, Signature, StoreLock, Time};
use prolly_tree::Tree;

use crate::fault::{self, Point};
use crate::journal::Record;
use crate::shared::{Appending, Shared};
use crate::view::{Entries, Position, View};
use crate::{Author, CommitInfo, CommitOptions, Error, Result, VersionedStore};

impl VersionedStore {
    /// Commits all that is staged now, by whoever staged it in this worktree, and moves the branch. Reads and writes go
    /// on meanwhile; what is staged meanwhile stays staged.
    ///
    /// # Errors
    /// [`Error::NothingToCommit`](crate::Error::NothingToCommit),
    /// [`Error::IdentityMissing`](crate::Error::IdentityMissing), or
    /// [`Error::Conflict`](crate::Error::Conflict) when the branch moved and both changed a key.
    pub fn commit(&self, options: &CommitOptions) -> Result<CommitInfo> {
        let shared = &self.shared;
        let draft = |view: &View| shared.draft(view, options);
        let commit = shared.exclusively(|store| shared.commit_staged(store, draft))?;
        shared.tidy();
        shared.info(commit)
    }

    /// Drops all that is staged. Cost: O(1).
    ///
    /// # Errors
    /// When the journal cannot be replaced.
    pub fn discard(&self) -> Result<()> {
        let shared = &self.shared;
        shared.exclusively(|store| {
            let mut appending = shared.appending()?;
            shared.reload(&mut appending)?;
            shared.start_clean(store, &mut appending, shared.position()?)
        })
    }
}

/// A commit to be made of what is staged.
pub(crate) struct Draft {
    pub(crate) tree: Tree,
    pub(crate) commit: NewCommit,
    /// What the reflog says of it.
    pub(crate) reflog: String,
}

impl Shared {
    fn draft(&self, view: &View, options: &CommitOptions) -> Result<Draft> {
        if let Some(pending) = view.working.merging()? {
            return Err(Error::MergePending { operation: "commit", pending });
        }
        let tree = view.working.tree.tree().clone();
        if tree == view.base && !options.allow_empty {
            return Err(Error::NothingToCommit { head: view.position.name().to_owned() });
        }
        let commit = self.new_commit(options, view.position.commit.into_iter().collect())?;
        let kind = if view.position.commit.is_some() { "commit" } else { "commit (initial)" };
        Ok(Draft { tree, commit, reflog: format!("{kind}: {}", summary(&options.message)) })
    }

    /// Commits what `draft` makes of the working state, in which nothing is pending, and moves the branch.
    pub(crate) fn commit_staged(
        &self,
        store: &StoreLock,
        draft: impl FnOnce(&View) -> Result<Draft>,
    ) -> Result<Oid> {
        let (view, offset) = {
            let mut appending = self.appending()?;
            self.settle(store, &mut appending)?;
            self.flush()?;
            (self.view(), appending.writer.journal.as_ref().map_or(0, |journal| journal.end()))
        };
        let position = Position::clone(&view.position);
        let Draft { tree, commit, reflog } = draft(&view)?;
        let (written, stored) = self.backend.write(store, &tree, &commit)?;
        let id = written.commit;
        fault::reach(Point::CommitWritten)?;
        let mut appending = self.appending()?;
        self.catch_up(&mut appending)?;
        let moved = self
            .append(&mut appending, &Record::Intent { commit: id, offset }, self.syncs())
            .and_then(|()| fault::reach(Point::IntentWritten))
            .and_then(|()| self.move_head(store, &position, id, &reflog))
            .and_then(|()| fault::reach(Point::BranchMoved));
        if let Err(error) = moved {
            // The intent is in the journal, and the branch may or may not have moved: find out next time.
            appending.writer.journal = None;
            return Err(error);
        }
        drop(written);
        self.start_after(store, &mut appending, Position { commit: Some(id), ..position }, stored, offset)?;
        Ok(id)
    }

    /// Starts a journal at `position`, whose tree is `base`, with what the old journal has from `offset` on, and shows
    /// it.
    fn start_after(
        &self,
        store: &StoreLock,
        appending: &mut Appending<'_>,
        position: Position,
        base: Tree,
        offset: u64,
    ) -> Result<()> {
        let batches = match &mut appending.writer.journal {
            Some(journal) => journal.batches_from(offset)?,
            None => Vec::new(),
        };
        self.start_journal(store, appending, &position, None, batches.clone())?;
        let mut working = Entries::new(base.clone());
        working.take_all(batches.into_iter().flatten(), self.options.overlay_bytes)?;
        *self.view.write() = View { position: position.into(), base, working, conflict: None };
        Ok(())
    }

    /// Starts a journal at `position` with nothing staged, and shows it.
    pub(crate) fn start_clean(
        &self,
        store: &StoreLock,
        appending: &mut Appending<'_>,
        position: Position,
    ) -> Result<()> {
        let base = self.tree_of(position.commit)?;
        self.start_journal(store, appending, &position, None, Vec::new())?;
        *self.view.write() = View::clean(position, base);
        Ok(())
    }

    /// Moves the branch that HEAD is on, or HEAD when it is detached, to `commit`.
    pub(crate) fn move_head(
        &self,
        store: &StoreLock,
        from: &Position,
        commit: Oid,
        message: &str,
    ) -> Result<()> {
        let repository = self.repository();
        match &from.branch {
            Some(branch) => {
                let name = format!("refs/heads/{branch}");
                repository.update_ref(store, &name, from.commit, Some(commit), message)?;
            }
            None if self.position()? != *from => {
                return Err(Error::Moved { branch: "HEAD".into(), operation: "commit" });
            }
            None => repository.set_head_to_commit(store, commit, message)?,
        }
        Ok(())
    }

    /// A commit as the caller wants it.
    pub(crate) fn new_commit(&self, options: &CommitOptions, parents: Vec<Oid>) -> Result<NewCommit> {
        if options.message.trim().is_empty() {
            return Err(Error::invalid("the commit message", "is empty"));
        }
        if options.message.contains('\0') {
            return Err(Error::invalid("the commit message", "has a NUL character"));
        }
        let author = match &options.author {
            Some(author) => signature(author)?,
            None => self.repository().author().map_err(identity)?,
        };
        let committer = match (&options.committer, &options.author) {
            (Some(committer), _) => signature(committer)?,
            // Who passes an author need not have told Git who they are.
            (None, Some(author)) => match self.repository().committer() {
                Ok(committer) => committer,
                Err(_) => Signature { time: Time::now(), ..signature(author)? },
            },
            (None, None) => self.repository().committer().map_err(identity)?,
        };
        Ok(NewCommit { parents, author, committer, message: options.message.clone() })
    }

    /// Who commits when nobody is named.
    pub(crate) fn committer(&self) -> Result<Author> {
        let Signature { name, email, time } = self.repository().committer().map_err(identity)?;
        Ok(Author { name, email, time: Some(time) })
    }

    /// A commit in full.
    pub(crate) fn info(&self, commit: Oid) -> Result<CommitInfo> {
        Ok(self.repository().commit(commit)?)
    }

    /// Rolls up packs when there are many. What was asked for is done, so a failure here is not reported.
    pub(crate) fn tidy(&self) {
        let _ = self.repository().roll_up_packs();
    }
}

/// The first line of a message.
pub(crate) fn summary(message: &str) -> &str {
    message.trim_start().lines().next().unwrap_or_default()
}

fn signature(author: &Author) -> Result<Signature> {
    for (what, text) in [("name", &author.name), ("email", &author.email)] {
        if text.trim().is_empty() || text.contains(['<', '>', '\n', '\0']) {
            let reason = "must not be empty nor have <, > or a line break";
            return Err(Error::invalid(format!("the author's {what} {text:?}"), reason));
        }
    }
    let time = author.time.unwrap_or_else(Time::now);
    Ok(Signature { name: author.name.clone(), email: author.email.clone(), time })
}

fn identity(error: prolly_storage::Error) -> Error {
    match error {
        prolly_storage::Error::NoIdentity { .. } => Error::IdentityMissing,
        other => other.into(),
    }
}
