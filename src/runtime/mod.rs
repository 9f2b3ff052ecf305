//! What a demo is written in: threads, tasks and processes under Python's names, each recording in the trace what it
//! does.
//!
//! Blocking and scheduling are the platform's own; this module adds the tracing. A program runs inside a [`Run`], on a
//! lane that it finds in its thread ([`lane`]). Time, workers and everything else that differs between a browser and a
//! native process comes through one door, [`host`]; the rest knows neither browser nor demos, so a program needs no
//! demo around it.
//!
//! Functions that a program's loop calls again and again are not inlined (`#[inline(never)]`): browsers optimise
//! functions that are called often, but leave a long loop that is entered only once, with everything inlined into it,
//! as it is.

mod context;
mod freed;
pub mod host;
pub mod lane;
mod main_lane;
mod membership;
mod poison;
pub mod processes;
mod run;
pub mod tasks;
pub mod threads;
mod traced;

use serde::{Deserialize, Serialize};

pub use host::read_clock;
pub use lane::{at, now, print, scope, set_recording};
pub use main_lane::run_main;
pub use run::{Config, Run};

/// Why a program failed: an uncaught exception, in Python.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{lane}: {message}")]
pub struct Failure {
    /// The lane that failed, by name.
    pub lane: String,
    /// What was wrong, in a sentence.
    pub message: String,
}
