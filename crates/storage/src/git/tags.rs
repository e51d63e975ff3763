//! Makes and removes tags.

use super::pack::{ObjectKind, PackWriter, PackedObject};
use super::{Oid, Repository, Signature, StoreLock};
use crate::{Error, Result};

impl Repository {
    /// Tags the commit `target` with `name`; with an annotation, by a tag object that says who and why.
    ///
    /// # Errors
    /// [`AlreadyExists`](Error::AlreadyExists), [`InvalidName`](Error::InvalidName), or when `target` is no commit.
    pub fn create_tag(
        &self,
        lock: &StoreLock,
        name: &str,
        target: Oid,
        annotation: Option<(&Signature, &str)>,
    ) -> Result<()> {
        let full = tag_ref(name)?;
        if self.ref_target(&full)?.is_some() {
            return Err(Error::AlreadyExists { what: format!("the tag {name}") });
        }
        self.commit(target)?;
        let Some((tagger, message)) = annotation else {
            return self.update_ref(lock, &full, None, Some(target), "");
        };
        let message = message.trim_end();
        let tagger = tagger.line();
        let text = format!("object {target}\ntype commit\ntag {name}\ntagger {tagger}\n\n{message}\n");
        let tag = PackedObject::new(ObjectKind::Tag, text.as_bytes())?;
        let mut pack = PackWriter::new(self, lock, 1)?;
        pack.append(&tag)?;
        let _kept = pack.finish()?;
        self.update_ref(lock, &full, None, Some(tag.id), "")
    }

    /// Deletes the tag `name`; says whether there was one.
    ///
    /// # Errors
    /// [`InvalidName`](Error::InvalidName), and as [`Repository::update_ref`].
    pub fn delete_tag(&self, lock: &StoreLock, name: &str) -> Result<bool> {
        let full = tag_ref(name)?;
        let Some(found) = self.ref_target(&full)? else { return Ok(false) };
        self.update_ref(lock, &full, Some(found), None, "")?;
        Ok(true)
    }
}

fn tag_ref(name: &str) -> Result<String> {
    let full = format!("refs/tags/{name}");
    if name.starts_with('-') || !git2::Reference::is_valid_name(&full) {
        let reason = "Git allows no tag with this name (see `git help check-ref-format`)".into();
        return Err(Error::InvalidName { name: name.into(), reason });
    }
    Ok(full)
}
