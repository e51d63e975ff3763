//! Worktrees of a store.

use napi::Env;
use napi::bindgen_prelude::PromiseRaw;
use napi_derive::napi;
use prolly_versioning::{AddWorktreeOptions, WorktreeInfo};

use crate::commit::NativeHead;
use crate::store::NativeStore;

/// A worktree.
#[napi(object, object_from_js = false)]
pub struct NativeWorktree {
    /// Its name; none for the main one.
    pub name: Option<String>,
    /// Its folder.
    pub path: String,
    /// Where its HEAD is, unless its folder is gone.
    pub head: Option<NativeHead>,
    /// Why it must not be removed.
    pub locked: Option<String>,
    /// Whether its folder is gone.
    pub missing: bool,
    /// Whether it is that of the handle.
    pub current: bool,
}

impl From<WorktreeInfo> for NativeWorktree {
    fn from(worktree: WorktreeInfo) -> Self {
        Self {
            name: worktree.name,
            path: worktree.path.to_string_lossy().into_owned(),
            head: worktree.head.map(Into::into),
            locked: worktree.locked,
            missing: worktree.missing,
            current: worktree.current,
        }
    }
}

#[napi]
impl NativeStore {
    /// All worktrees, the main one first.
    #[napi(catch_unwind)]
    pub fn worktrees<'env>(&self, env: &'env Env) -> napi::Result<PromiseRaw<'env, Vec<NativeWorktree>>> {
        self.work(env, |store| Ok(store.worktrees()?.into_iter().map(Into::into).collect()))
    }

    /// Makes a worktree.
    #[napi(catch_unwind)]
    pub fn add_worktree<'env>(
        &self,
        env: &'env Env,
        path: String,
        target: Option<String>,
        create: Option<String>,
        detach: bool,
    ) -> napi::Result<PromiseRaw<'env, NativeWorktree>> {
        let options = AddWorktreeOptions { target, create, detach };
        self.work(env, move |store| Ok(store.add_worktree(path, &options)?.into()))
    }

    /// Removes a worktree.
    #[napi(catch_unwind)]
    pub fn remove_worktree<'env>(
        &self,
        env: &'env Env,
        worktree: String,
        force: bool,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        self.work(env, move |store| Ok(store.remove_worktree(&worktree, force)?))
    }

    /// Keeps a worktree from being removed.
    #[napi(catch_unwind)]
    pub fn lock_worktree<'env>(
        &self,
        env: &'env Env,
        worktree: String,
        reason: String,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        self.work(env, move |store| Ok(store.lock_worktree(&worktree, &reason)?))
    }

    /// Lets a worktree be removed again.
    #[napi(catch_unwind)]
    pub fn unlock_worktree<'env>(
        &self,
        env: &'env Env,
        worktree: String,
    ) -> napi::Result<PromiseRaw<'env, ()>> {
        self.work(env, move |store| Ok(store.unlock_worktree(&worktree)?))
    }
}
