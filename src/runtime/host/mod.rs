//! The one door to what differs between a browser and a native process: time, blocking, threads, timers, the local
//! event loop, other processes, and what a program can reach outside: addresses of the site, files, a database, a
//! server in another worker.
//!
//! Both sides offer the same names. Nothing here knows lanes or events, except that a native wait looks at the run's
//! cancel flag, since a native thread cannot be ended from outside.

mod monitor;
#[cfg(not(target_arch = "wasm32"))]
mod native;
#[cfg(target_arch = "wasm32")]
pub mod web;
mod words;

pub use monitor::{Monitor, MonitorGuard, Signal};
#[cfg(not(target_arch = "wasm32"))]
pub use native::*;
#[cfg(target_arch = "wasm32")]
pub use web::*;
pub use words::{Change, LocalWords, Words};

/// What a lane asks of the engine about a process.
#[derive(Clone, Debug, PartialEq)]
pub enum ProcessCommand {
    /// To start it.
    Start(ProcessRequest),
    /// To end it, wherever it is.
    Terminate {
        /// Its number.
        number: u16,
        /// Its last moment, as the trace has it.
        end: crate::trace::Cause,
    },
}

/// What a client and an echo server say to each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Packet {
    /// The server is there.
    Open,
    /// Bytes, to the server or back from it.
    Bytes(Vec<u8>),
    /// So many bytes of the other side's have been taken, and there is room for as many more.
    Taken(usize),
    /// No more bytes come from this side.
    End,
}

/// What it takes to start a process.
#[derive(Clone, Debug, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct ProcessRequest {
    /// Its number in the run, from 1.
    pub number: u16,
    /// Its name in the code.
    pub name: String,
    /// The name of the function it starts with.
    pub entry: String,
    /// That function's arguments, packed.
    pub arguments: Vec<u8>,
    /// How fast waits pass in it.
    pub speed: f64,
    /// Where the word is, in the main program's memory, by which it is decided how it ends.
    pub life: usize,
    /// When its parent started it, and which lane that was.
    pub started_by: crate::trace::Cause,
}
