//! Weft: a concurrency playground in the browser. Short programs really run, on threads, processes and event loops,
//! and a chart shows who ran when, who waited for whom, and why.
//!
//! From the bottom up:
//!
//! - [`trace`]: what can happen in a run, and recording it without making anyone wait.
//! - [`timeline`]: from events to lanes of spans, statistics, and Chrome's trace format.
//! - [`analysis`]: what a timeline shows beyond its spans: deadlocks, lost updates, waits.
//! - [`chart`]: from a timeline and a view of it to shapes, for a canvas or an SVG file.
//! - [`runtime`]: what a demo is written in; its [`host`](runtime::host) is the one door to the platform.
//! - [`program`]: what can be run, and the request for a run.
//! - [`demos`]: the programs that come with Weft, each with what can be seen in it.
//! - [`engine`]: where a program runs in a browser, and the window's handle to it.
//! - [`app`]: the page.
//!
//! Each uses only what is above it in this list; `tests/native/layers` checks that. ARCHITECTURE.md has the picture.

// The crate is optimised for size, except for the code that every event goes through.
#![feature(optimize_attribute)]
// Atomic waits. Threads in WebAssembly need unstable features of the compiler anyway.
#![cfg_attr(target_arch = "wasm32", feature(alloc_error_hook, stdarch_wasm_atomic_wait))]

pub mod analysis;
#[cfg(feature = "page")]
pub mod app;
#[cfg(feature = "page")]
pub mod chart;
#[cfg(feature = "page")]
pub mod demos;
pub mod engine;
pub mod program;
pub mod runtime;
pub mod timeline;
pub mod trace;
