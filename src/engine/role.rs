//! Which of the three roles an instance of the program has.

use crate::program::Table;
use crate::runtime::host::web::{ROLE_ENGINE, ROLE_PROCESS, role};

/// Starts what this instance is for: an engine or a process, which runs programs from the table; or, in a window,
/// `window`.
pub fn start(table: Table, window: impl FnOnce()) {
    match role().as_deref() {
        Some(ROLE_ENGINE) => super::worker::start(table),
        Some(ROLE_PROCESS) => super::process::start(table),
        _ => window(),
    }
}
