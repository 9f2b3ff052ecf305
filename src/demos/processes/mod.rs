//! Demos of processes.

pub mod start_join;
