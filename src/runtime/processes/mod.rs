//! Processes, as Python's `multiprocessing` has them: instances of the program with memories of their own.
//!
//! What crosses between them is bytes; packing and unpacking show in the trace, since that is what a process costs. A
//! process starts with a function that it finds by name, as Python pickles functions by name.

mod child;
mod entry;
mod process;

pub use child::run_child;
pub use entry::{Entry, EntryPoint, call};
pub(super) use process::ChildState;
pub use process::{Exit, Process, ended, failed};
