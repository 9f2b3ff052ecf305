//! Demos of tasks on one event loop.

pub mod sequential_gather;
