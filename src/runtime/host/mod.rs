//! The one door to what differs between a browser and a native process: time, blocking, threads, timers, the local
//! event loop, other processes, and what a program can reach outside: addresses of the site, files, a database, a
//! server in another worker.
//!
//! Both sides offer the same names, except for what makes a native thread a process. Nothing here knows lanes, events or
//! runs. A native thread cannot be ended from outside, so its waits check a flag, which its lane hands over.

mod answers;
mod blocking;
mod command;
mod exchange;
mod monitor;
#[cfg(not(target_arch = "wasm32"))]
mod native;
mod packet;
#[cfg(target_arch = "wasm32")]
pub mod web;
mod words;

pub use answers::is_answered_here;
pub use blocking::*;
pub use command::{ProcessCommand, ProcessRequest};
pub use exchange::{Arrived, Exchange, Head, Request};
pub use monitor::{Monitor, MonitorGuard, Signal};
#[cfg(not(target_arch = "wasm32"))]
pub use native::*;
pub use packet::Packet;
#[cfg(target_arch = "wasm32")]
pub use web::*;
pub use words::{Change, LocalWords, Words};
