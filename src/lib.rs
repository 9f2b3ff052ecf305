//! Weft: a concurrency playground in the browser. Short programs really run, on threads, processes and event loops,
//! and a chart shows who ran when, who waited for whom, and why.
//!
//! From the bottom up:
//!
//! - [`trace`]: what can happen in a run, and recording it without anyone waiting.
//! - [`timeline`]: from events to lanes of spans, statistics, and Chrome's trace format.
//! - [`analysis`]: what a timeline shows beyond its spans: deadlocks, lost updates, waits.
//! - [`chart`]: from a timeline and a view of it to shapes, for a canvas or an SVG file.
//! - [`runtime`]: what a demo is written in; its [`host`](runtime::host) is the one door to the platform.
//! - [`demos`]: the programs, with their parameters and what can be seen in them.
//! - [`engine`]: where a demo runs in a browser, and the window's handle on it.
//! - [`app`]: the page.
//!
//! Each uses only what stands above it here; `tests/native/layers.rs` sees to that. ARCHITECTURE.md has the picture.

// The program is optimised for size; what every event goes through is not.
#![feature(optimize_attribute)]
// Waiting on a word of memory. Threads in WebAssembly need this compiler's unstable parts anyway.
#![cfg_attr(target_arch = "wasm32", feature(stdarch_wasm_atomic_wait))]

pub mod analysis;
pub mod app;
pub mod chart;
pub mod demos;
pub mod engine;
pub mod runtime;
pub mod timeline;
pub mod trace;
