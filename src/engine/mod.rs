//! Where programs run: an engine in a worker of its own, and the window's handle to it.
//!
//! The [`protocol`] is what window, engine and processes say to each other; `role` tells an instance which of them it
//! is. The window never shares memory with a running engine, so no lock of a program can block the page, and a run can
//! be stopped at any moment by terminating its engine. An engine serves one run; a fresh one is warmed up meanwhile.
//!
//! This module knows nothing of the page, and no demo: the binary hands it a table of what can be run.
//!
//! # Invariants
//!
//! - **The engine's loop is free during blocking demos.** That is why processes learn the time by messages: an engine
//!   that spins to answer them takes a core from the very process that is starting.
//! - **A run on the window's side is one value** (`ShownRun`): it grows, then is complete; the session has it, or it
//!   has been taken out of the session.

pub mod protocol;

#[cfg(target_arch = "wasm32")]
mod changes;
#[cfg(target_arch = "wasm32")]
mod children;
#[cfg(target_arch = "wasm32")]
mod client;
#[cfg(target_arch = "wasm32")]
mod decoding;
#[cfg(target_arch = "wasm32")]
mod disturbances;
#[cfg(target_arch = "wasm32")]
mod files;
#[cfg(target_arch = "wasm32")]
mod given;
#[cfg(target_arch = "wasm32")]
mod intake;
#[cfg(target_arch = "wasm32")]
mod link;
#[cfg(target_arch = "wasm32")]
mod outbox;
#[cfg(target_arch = "wasm32")]
mod process;
#[cfg(target_arch = "wasm32")]
pub mod role;
#[cfg(target_arch = "wasm32")]
mod run;
#[cfg(target_arch = "wasm32")]
mod session;
#[cfg(target_arch = "wasm32")]
mod spares;
#[cfg(target_arch = "wasm32")]
mod warm;
#[cfg(target_arch = "wasm32")]
mod worker;

#[cfg(target_arch = "wasm32")]
pub use given::GivenFile;
#[cfg(target_arch = "wasm32")]
pub use intake::Delivery;
#[cfg(target_arch = "wasm32")]
pub use run::{Judge, Phase, Problem, ShownRun};
#[cfg(target_arch = "wasm32")]
pub use session::Session;
