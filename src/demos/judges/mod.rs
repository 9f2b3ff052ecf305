//! What can be seen in several demos that do the same in different models: demos do not use each other.

pub mod additions;
pub mod flag;
pub mod permits;
