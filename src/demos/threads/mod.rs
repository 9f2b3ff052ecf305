//! Demos of threads on shared memory.

pub mod busy;
pub mod failing;
pub mod start_join;
