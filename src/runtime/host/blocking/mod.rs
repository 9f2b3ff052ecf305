//! Blocking a thread until a word of shared memory changes, and ending a lane that is not to go on. The lowest part of the host:
//! monitors and shared words stand on it.

#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
mod web;

#[cfg(not(target_arch = "wasm32"))]
pub use native::*;
#[cfg(target_arch = "wasm32")]
pub use web::*;
