//! Tasks, as Python's `asyncio` has them: futures on one event loop.
//!
//! Rust's futures do nothing until they are awaited or spawned, as Python's coroutines do. Where the two differ: a Rust
//! task is cancelled by dropping its future at the `await` it waits in, so no `CancelledError` arrives there; its
//! destructors are its clean-up.

mod error;
mod executor;
mod gather;
mod sleep;
mod task;

pub use error::Error;
pub use executor::run_main;
pub use gather::{Gather, gather};
pub use sleep::{Sleep, sleep};
pub use task::{Join, Task, spawn};
