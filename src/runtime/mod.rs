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
//! as it is. The program is optimised for size, so the code that every event goes through, here and in `trace`, is
//! marked for speed (`#[optimize(speed)]`).
//!
//! What is the same for all types (starting threads, tasks and processes, sending and receiving) is in non-generic
//! functions, behind thin generic ones. Otherwise it would be compiled once for each type.
//!
//! # Invariants
//!
//! - **A lane's states have one writer at a time.** When a lane resumes, it records that it was ready, and since when;
//!   a lane's definition means that it is ready. So spans follow from changes of state alone: they touch, and cannot
//!   overlap.
//! - **A resource's events have one order.** What happens to a lock, queue or semaphore is recorded while its own mutex
//!   (or the lock itself) is held, each event at least a nanosecond after the one before, whatever the clock's steps.
//!   So the holder can be read off at any time, and no two holders overlap.
//! - **Causes travel with what they free.** A permit, an item, a free slot or a result carries who gave it and when,
//!   under the mutex of its primitive; a lane that takes it after a wait was woken by that. A lane that took it without
//!   a wait records the cause as well (`Passed`, and `Acquired` with its cause). So every hand-over has an arrow, and
//!   the happens-before order can be read from the trace. `tests/native/givers.rs` checks these causes against the
//!   order of each resource's events.
//! - **A line of source is a file and a line** (`Site`), numbered in each stream at its first use. It is where a
//!   primitive was called, or a line of a file that the run has defined: [`at`] lets an interpreter name the lines of
//!   the reader's program.
//! - **A killed lane does not know it yet.** The lane that kills a daemon (or a process) records its end. What the
//!   killed lane still recorded after that is dropped, and is not an anomaly.

mod context;
pub mod disk;
mod freed;
pub mod host;
pub mod input;
pub mod lane;
mod main_lane;
mod membership;
mod order;
mod poison;
pub mod printed;
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
