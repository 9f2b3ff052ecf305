//! What a demo is written in: threads, tasks and processes under Python's names, each telling the trace what it does.
//!
//! Blocking and scheduling are the platform's own; this module adds the tracing. A program runs inside a [`Run`], on a
//! lane that it finds in its thread ([`lane`]). Time, workers and everything else that differs between a browser and a
//! native process comes through one door, [`host`]; the rest knows neither browser nor demos, so a program needs no
//! demo around it.
//!
//! What a loop of a program calls again and again is a function that is not inlined (`#[inline(never)]`): browsers
//! compile for speed what is called often, and run a long loop that is entered once, with all that was inlined into
//! it, as it stands.

pub mod host;
pub mod lane;
pub mod processes;
mod run;
pub mod tasks;
pub mod threads;

use std::fmt;

use serde::{Deserialize, Serialize};

pub use host::read_clock;
pub use lane::{now, print, scope, set_recording};
pub use run::{Config, Run};

/// Why a program failed: what Python would raise to the top.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The lane that failed, by name.
    pub lane: String,
    /// What was wrong, in a sentence.
    pub message: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.lane, self.message)
    }
}

impl std::error::Error for Failure {}
