//! Demos of threads on shared memory.

pub mod busy;
pub mod start_join;
