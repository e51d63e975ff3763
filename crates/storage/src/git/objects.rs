//! Git's objects as such.

use std::path::{Path, PathBuf};

use super::program::{Git, complaint};
use super::{Oid, Repository, claim, failure};
use crate::Result;

impl Repository {
    /// Whether an object is there.
    ///
    /// # Errors
    /// When the objects cannot be opened.
    pub fn has_object(&self, id: Oid) -> Result<bool> {
        let look = |handle: &git2::Repository| {
            let objects = handle.odb().map_err(failure::git("open the objects"))?;
            Ok(objects.exists(id.git()))
        };
        // A handle that has seen the packs of before may not know the object yet, or not any more.
        Ok(self.inner.handles.with(look)? || self.inner.handles.with_fresh(look)?)
    }

    /// What `git fsck --strict` finds wrong with the objects, a line each.
    ///
    /// # Errors
    /// When there is no `git` program.
    pub fn check_objects(&self) -> Result<Vec<String>> {
        let arguments = ["fsck", "--strict", "--full", "--no-dangling", "--no-progress"];
        let output = Git::at(self.common_dir()).output("check the objects", &arguments)?;
        if output.status.success() {
            return Ok(Vec::new());
        }
        let said = [output.stdout.as_slice(), &output.stderr].map(String::from_utf8_lossy).concat();
        let mut lines: Vec<String> = Vec::new();
        for line in said.lines().filter(|line| !line.is_empty()) {
            match lines.last_mut() {
                // It goes on from the line before.
                Some(last) if line.starts_with(' ') => {
                    last.push(' ');
                    last.push_str(line.trim());
                }
                _ => lines.push(line.to_owned()),
            }
        }
        Ok(if lines.is_empty() { vec![complaint(&output)] } else { lines })
    }

    /// Packs without an index, which are nothing to Git.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn packs_without_index(&self) -> Result<Vec<PathBuf>> {
        let mut packs = claim::entries(&self.common_dir().join("objects/pack"))?;
        packs.retain(|path| {
            path.extension().is_some_and(|extension| extension == "pack")
                && !path.with_extension("idx").exists()
        });
        Ok(packs)
    }

    /// Makes the index of a pack anew.
    ///
    /// # Errors
    /// [`Error::Git`](crate::Error::Git) with what `git` says of a pack that is damaged.
    pub fn index_pack(&self, pack: &Path) -> Result<()> {
        let action = format!("make the index of {}", pack.display());
        Git::at(self.common_dir()).run(action, &["index-pack".as_ref(), pack.as_os_str()])?;
        self.inner.handles.forget();
        Ok(())
    }
}
