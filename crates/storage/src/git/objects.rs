//! Git's objects as such.

use std::fs;
use std::path::{Path, PathBuf};

use super::program::{Git, complaint};
use super::{Oid, Repository, failure};
use crate::{Error, Result};

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
        let lines: Vec<String> = said.lines().filter(|line| !line.is_empty()).map(str::to_owned).collect();
        Ok(if lines.is_empty() { vec![complaint(&output)] } else { lines })
    }

    /// Packs without an index, which are nothing to Git.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn packs_without_index(&self) -> Result<Vec<PathBuf>> {
        let folder = self.common_dir().join("objects/pack");
        let listing = fs::read_dir(&folder).map_err(|error| Error::io("list", &folder, error))?;
        let mut packs = Vec::new();
        for entry in listing {
            let path = entry.map_err(|error| Error::io("list", &folder, error))?.path();
            let is_pack = path.extension().is_some_and(|extension| extension == "pack");
            if is_pack && !path.with_extension("idx").exists() {
                packs.push(path);
            }
        }
        Ok(packs)
    }

    /// Makes the index of a pack anew.
    ///
    /// # Errors
    /// [`Error::Git`] with what `git` says of a pack that is damaged.
    pub fn index_pack(&self, pack: &Path) -> Result<()> {
        let action = format!("make the index of {}", pack.display());
        Git::at(self.common_dir()).run(action, &["index-pack".as_ref(), pack.as_os_str()])?;
        self.inner.handles.forget();
        Ok(())
    }
}
