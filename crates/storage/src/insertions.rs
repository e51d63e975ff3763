//! What is put while garbage is collected, for storages that keep no times and have one process.

use parking_lot::{Mutex, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::Address;

/// Takes note of what is put since a collection of garbage began, and can hold off whoever puts.
#[derive(Debug, Default)]
pub struct Insertions {
    /// `None` when there is no collection. Whoever puts holds it shared.
    noted: RwLock<Option<Mutex<Vec<Address>>>>,
}

/// Held while nodes are put.
#[derive(Debug)]
pub struct Insertion<'a>(RwLockReadGuard<'a, Option<Mutex<Vec<Address>>>>);

/// As long as it lives, nobody puts.
#[derive(Debug)]
pub struct HeldOff<'a>(#[expect(dead_code, reason = "holds the lock")] Guard<'a>);

type Guard<'a> = RwLockWriteGuard<'a, Option<Mutex<Vec<Address>>>>;

impl Insertions {
    /// To be called before nodes are put; each is then noted before it is there.
    #[must_use]
    pub fn begin(&self) -> Insertion<'_> {
        Insertion(self.noted.read())
    }

    /// Takes note from now on.
    pub fn watch(&self) {
        *self.noted.write() = Some(Mutex::default());
    }

    /// Waits for those who are putting, lets nobody else begin, and gives what was noted.
    #[must_use]
    pub fn hold_off(&self) -> (HeldOff<'_>, Vec<Address>) {
        let mut guard = self.noted.write();
        let noted = guard.take().map(Mutex::into_inner).unwrap_or_default();
        (HeldOff(guard), noted)
    }
}

impl Insertion<'_> {
    /// Takes note of a node that is about to be put.
    pub fn note(&self, address: Address) {
        if let Some(noted) = &*self.0 {
            noted.lock().push(address);
        }
    }
}
