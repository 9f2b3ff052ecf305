//! Weft: a concurrency playground in the browser.

pub mod timeline;
pub mod trace;
pub mod demos;
pub mod runtime;
