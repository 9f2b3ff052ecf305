//! Which process this is, and which processes it has.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::{active_children, current_process, parent_process};
//! use weft::runtime::run_main;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     assert_eq!(current_process().name, "MainProcess");
//!     assert_eq!(parent_process(), None);
//!     assert!(active_children().is_empty());
//!     Ok(())
//! })
//! .unwrap();
//! ```

use super::process::{Children, Process};
use crate::runtime::lane;
use crate::runtime::poison::unpoisoned;

/// A process's name and number.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProcessId {
    /// Its name; the main program's is `MainProcess`, as in Python.
    pub name: String,
    /// Its number in the run; the main program is 0.
    pub pid: u16,
}

impl ProcessId {
    fn main() -> ProcessId {
        ProcessId { name: "MainProcess".to_owned(), pid: 0 }
    }
}

/// The process that the current lane is in: in Python, `multiprocessing.current_process()`.
pub fn current_process() -> ProcessId {
    lane::with(|context| match Children::of(&context.run).own_name.get() {
        Some(name) => ProcessId { name: name.clone(), pid: context.run.config.process },
        None => ProcessId::main(),
    })
}

/// The process that has started this one, which is the main program, or `None` in that: in Python,
/// `multiprocessing.parent_process()`.
pub fn parent_process() -> Option<ProcessId> {
    let own = lane::with(|context| context.run.config.process);
    (own != 0).then(ProcessId::main)
}

/// The processes that this one has started and that have not ended, in that order: in Python,
/// `multiprocessing.active_children()`.
pub fn active_children() -> Vec<Process> {
    let run = lane::with(|context| context.run.clone());
    let alive = unpoisoned(&Children::of(&run).alive);
    let mut children: Vec<_> =
        alive.iter().map(|(number, state)| Process { pid: *number, state: state.clone() }).collect();
    children.sort_by_key(|child| child.pid);
    children
}
