//! What window, engine and processes say to each other.
//!
//! All of them are of one build, so messages need no versions beyond [`BUILD`]; it catches the one case in which they
//! differ, a cache that mixes two deployments.

use serde::{Deserialize, Serialize};

use crate::program::{ExitReport, RunSpec};
use crate::runtime::Failure;
use crate::runtime::disk::Change as FileChange;
use crate::runtime::host::ProcessRequest;
use crate::runtime::processes::Exit;
use crate::trace::clock::Patience;
use crate::trace::reader::Piece;
use crate::trace::{Cause, Nanos};

/// A number for this build's sources.
pub const BUILD: &str = env!("WEFT_BUILD");

/// A number for the sources that an engine of another artefact shares with the page; its own [`BUILD`].
pub const ENGINE_BUILD: &str = env!("WEFT_ENGINE_BUILD");

/// From the window to an engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToEngine {
    /// Prepare for a run with threads, for which so many workers stand ready.
    Prepare {
        /// How many; 0 if it has none.
        threads: usize,
        /// Whether it starts processes.
        processes: bool,
    },
    /// What is the time? Comes several times before a run.
    Ping {
        /// The window's clock, in milliseconds.
        asked: f64,
    },
    /// Run this.
    Start(RunSpec<String>),
    /// These records have arrived.
    Confirm(Vec<Position>),
    /// The program to be run finds this file of the reader's. Comes before its start.
    Give {
        /// Its name.
        name: String,
        /// What is in it.
        bytes: Vec<u8>,
    },
    /// The reader has typed this line; without one, there will be no more.
    Typed(Option<String>),
}

/// A position in a stream, up to which everything has arrived.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Position {
    /// Whose memory the stream is in.
    pub process: u16,
    /// Its number there.
    pub stream: u16,
    /// The first record that is not included.
    pub end: u32,
}

/// From an engine to the window.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromEngine {
    /// The instance is up.
    Ready {
        /// Its [`BUILD`].
        build: String,
    },
    /// A run can start.
    Prepared,
    /// The answer to a ping.
    Pong {
        /// As asked.
        asked: f64,
        /// The engine's clock, in milliseconds.
        answer: f64,
    },
    /// The run has begun. Comes with the engine's memory, to be read if the engine is stopped.
    Started {
        /// Address of the recorder's root there.
        root: usize,
        /// When it began, on the engine's clock, in milliseconds.
        began: f64,
    },
    /// A process is up. Comes with its memory, for the same purpose.
    ProcessStarted {
        /// Its number.
        number: u16,
        /// Address of the recorder's root there.
        root: usize,
    },
    /// Everything that the process recorded has been sent; its memory is no longer needed.
    ProcessOver {
        /// Its number.
        number: u16,
    },
    /// A process died without being able to report it.
    ProcessDied {
        /// Its number.
        number: u16,
        /// When.
        time: Nanos,
        /// Why.
        message: String,
    },
    /// What was recorded since the last batch.
    Batch {
        /// The records.
        pieces: Vec<Piece>,
    },
    /// The cap was reached, so nothing after this time was recorded.
    RecordingEnded {
        /// When.
        time: Nanos,
    },
    /// A lane waits for a line that the reader types.
    InputWanted {
        /// Its name.
        lane: String,
        /// What it shows before the line.
        prompt: String,
    },
    /// The program has written or removed a file.
    File(FileChange),
    /// More was printed than is recorded.
    OutputCut {
        /// How many lines more, by now.
        lines: u64,
    },
    /// The run is over, and everything recorded has been sent.
    Ended {
        /// When.
        time: Nanos,
        /// Why it failed, if it did.
        failure: Option<Failure>,
        /// Whether that is a mistake of Weft's, not the program's.
        internal: bool,
        /// How the reader's program ended, if it was one and ended by itself.
        exit: Option<ExitReport>,
    },
}

/// From the engine to a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum ToProcess {
    /// What to do. The first message it gets. Comes with the main program's memory.
    Start {
        /// What to run.
        request: ProcessRequest,
        /// When the run began, on the engine's clock, in milliseconds.
        began: f64,
    },
    /// To a worker that was added to a process: it is to run that process's threads. The first message it gets. Comes with
    /// the main program's memory.
    Join {
        /// Address of the process's life word there.
        life: usize,
    },
    /// The answer to a ping.
    Pong {
        /// As asked.
        asked: f64,
        /// The engine's clock, in milliseconds.
        answer: f64,
    },
}

/// From a process to the engine.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum FromProcess {
    /// Its worker is up, and waits to be told what to do.
    Waiting,
    /// The instance is up. Comes with its memory.
    Ready {
        /// Address of the recorder's root there.
        root: usize,
    },
    /// What is the time? Comes several times before it runs, and before each of its threads does.
    Ping {
        /// The process's clock, in milliseconds.
        asked: f64,
    },
    /// It needs one more worker for its threads.
    AddThread,
    /// It is over.
    Ended {
        /// What it leaves to its parent.
        exit: Exit,
        /// Its last moment.
        end: Cause,
        /// Whether daemon threads of it are left, which may still compute.
        daemons: bool,
    },
    /// It has panicked.
    Panicked {
        /// With this message.
        message: String,
        /// Its last moment, if it had got far enough to have one.
        end: Option<Cause>,
    },
}

/// How long one worker asks another for the time, by messages, before a run: usually five times. When many processes
/// start at once, their answers are late. Lifting effects to their causes takes care of the remaining error.
pub const PATIENCE: Patience = Patience { pings: 5..40, certain: 0.2 };
