//! What a timeline shows beyond its spans: lanes that wait for each other for ever, updates that were lost, what was
//! waited for and how long.
//!
//! Pure, like the timeline: no browser, no demo, no runtime. What is said here was computed from the trace, and is said
//! only if the trace proves it.

mod deadlock;
mod race;
mod waiting;

pub use deadlock::{Deadlock, DeadlockWatch, deadlock};
pub use race::{LostUpdate, lost_updates};
pub use waiting::{Awaited, Both, Waits, waits, waits_of_both};
