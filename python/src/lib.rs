//! Weft's Python: programs that readers write, run by RustPython on Weft's runtime.
//!
//! - [`program`]: what an engine can run: one program, whose source comes with the run.
//! - `interpreter`: starts RustPython, and runs a program as the main lane.
//! - `reader`: the reader's file: its lines, and the names it gives to what it makes.
//! - `errors`: tracebacks, and what the page is told of an error.
//! - `gil`: joins the runtime's GIL to the interpreter's threads.
//! - `modules`: the modules that are ours: `_thread`'s threads and locks, the clock, what asyncio's event loop stands on,
//!   and what the trace is told.
//!
//! The library is CPython's own, on these modules. It knows nothing of the page, nor how a run is shown.

mod errors;
mod gil;
mod interpreter;
mod modules;
pub mod program;
mod reader;

pub use interpreter::prepare;
