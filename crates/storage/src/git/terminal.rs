//! A terminal for a program that tells how far it is to terminals alone.

use std::fs::File;

/// The end that is read, and the one for the program; `None` where there are no such terminals.
#[cfg(target_os = "linux")]
pub(super) fn open() -> Option<(File, File)> {
    use rustix::fs::{Mode, OFlags, open};
    use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
    // This process may be one that takes the first terminal it opens for its own.
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY | OpenptFlags::CLOEXEC).ok()?;
    grantpt(&master).ok()?;
    unlockpt(&master).ok()?;
    let name = ptsname(&master, Vec::new()).ok()?;
    let slave = open(name, OFlags::RDWR | OFlags::NOCTTY | OFlags::CLOEXEC, Mode::empty()).ok()?;
    Some((master.into(), slave.into()))
}

/// As above.
#[cfg(not(target_os = "linux"))]
pub(super) const fn open() -> Option<(File, File)> {
    None
}
