//! Git's objects as such.

use std::fs;
use std::path::{Path, PathBuf};

use super::pack::damaged_indexes;
use super::program::{Git, complaint};
use super::repository::common_dir_of;
use super::{Oid, Repository, claim, durable, failure};
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
        let mut lines: Vec<String> = Vec::new();
        // A notice says that there is little to look at.
        for line in said.lines().filter(|line| !line.is_empty() && !line.starts_with("notice: ")) {
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

    /// Packs of the repository at `path` without an index that can be read, and what is wrong with it. Their objects are nothing to
    /// Git, and where an index is damaged the repository is not opened.
    ///
    /// # Errors
    /// When the folder cannot be read.
    pub fn packs_without_index(path: &Path) -> Result<Vec<(PathBuf, String)>> {
        let Some(common) = common_dir_of(path) else { return Ok(Vec::new()) };
        let mut packs: Vec<_> = damaged_indexes(&common)?
            .into_iter()
            .map(|(index, reason)| {
                (index.with_extension("pack"), format!("its index cannot be read: {reason}"))
            })
            .collect();
        for path in claim::entries(&common.join("objects/pack"))? {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            // Under other names are those that `git` has not finished.
            let is_pack = name.starts_with("pack-") && name.ends_with(".pack");
            if is_pack && !path.with_extension("idx").exists() {
                packs.push((path, "it has no index, so none of its objects is found".into()));
            }
        }
        Ok(packs)
    }

    /// Makes the index of a pack of the repository at `path` anew.
    ///
    /// # Errors
    /// [`Error::Git`] with what `git` says of a pack that is damaged.
    pub fn index_pack(path: &Path, pack: &Path) -> Result<()> {
        let common = common_dir_of(path).unwrap_or_else(|| path.to_owned());
        let (index, new) = (pack.with_extension("idx"), pack.with_extension("idx.new"));
        let action = format!("make the index of {}", pack.display());
        let arguments = ["index-pack".as_ref(), "-o".as_ref(), new.as_os_str(), pack.as_os_str()];
        Git::at(&common).run(action, &arguments)?;
        fs::rename(&new, &index).map_err(|error| Error::io("rename", &new, error))?;
        durable::sync_parent(&index)
    }
}
