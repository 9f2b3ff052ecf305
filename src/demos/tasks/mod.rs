//! Demos of tasks on one event loop.

pub mod failing;
pub mod sequential_gather;
