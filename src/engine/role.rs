//! Which of the three roles an instance of the program has.

use crate::runtime::host::web::{ROLE_ENGINE, ROLE_PROCESS, role};

/// Starts what this instance is for. Where that is the window, `window` starts it.
pub fn start(window: impl FnOnce()) {
    match role().as_deref() {
        Some(ROLE_ENGINE) => super::worker::start(),
        Some(ROLE_PROCESS) => super::process::start(),
        _ => window(),
    }
}
