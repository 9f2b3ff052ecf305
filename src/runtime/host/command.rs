//! What lanes ask of the part that starts and ends the processes of a run.

use serde::{Deserialize, Serialize};

use crate::trace::Cause;

/// What a lane asks of the part that starts the processes of its run.
#[derive(Clone, Debug, PartialEq)]
pub enum ProcessCommand {
    /// To start it.
    Start(ProcessRequest),
    /// To end it, wherever it is.
    Terminate {
        /// Its number.
        number: u16,
        /// Its last moment, as the trace has it.
        end: Cause,
    },
}

/// What it takes to start a process.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// The address, in the main program's memory, of the word that decides how it ends.
    pub life: usize,
    /// When its parent started it, and which lane that was.
    pub started_by: Cause,
}
