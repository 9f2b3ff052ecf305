//! What can be run: a program, and a run of it with given parameters at a given speed.
//!
//! A demo is one kind of program; what a reader writes is another. This module knows neither, nor how a run is shown: a
//! [`Program`] says what an engine must know to run it, and a [`RunSpec`] is what address, form, window and engine pass
//! on.

mod exit;
mod params;
mod spec;
pub mod write;

use std::fmt;
use std::time::Duration;

use futures::future::LocalBoxFuture;
use strum::{EnumString, IntoStaticStr};

pub use exit::{ErrorReport, ExitReport, Place};
pub use params::{CORES, Param, ParamKind, Value, Values};
pub use spec::{LONGEST_RUN, RunSpec};

use crate::runtime::disk::Disk;
use crate::runtime::processes::EntryPoint;
use crate::runtime::{Failure, Run};
use crate::trace::LaneKind;

/// Something that can be run.
pub struct Program {
    /// Its name in addresses and in messages to an engine; part of the contract.
    pub id: &'static str,
    /// A few words.
    pub title: &'static str,
    /// What it is written in.
    pub language: Language,
    /// Its source files, the main program's first, from the top of the repository. Of each, the reader sees the part
    /// between its two markers.
    pub files: &'static [&'static str],
    /// What it needs from the browser.
    pub needs: &'static [Need],
    /// What the reader can change.
    pub params: &'static [Param],
    /// The most threads it has at the same time, including its main lane. 0 if all its lanes are tasks or processes of
    /// their own.
    pub workers: fn(&Values) -> usize,
    /// About how long a run takes; what depends on the machine is estimated for a slow one.
    pub estimate: fn(&Values) -> Estimate,
    /// What its main lane does.
    pub main: Main,
    /// Functions that its processes start with.
    pub entries: &'static [&'static dyn EntryPoint],
}

/// Two programs with one id are the same program.
impl PartialEq for Program {
    fn eq(&self, other: &Program) -> bool {
        self.id == other.id
    }
}

impl fmt::Debug for Program {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.id)
    }
}

/// What a program is written in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Language {
    /// Rust, on this runtime.
    Rust,
    /// Python, on an interpreter that stands on this runtime.
    Python,
}

/// What a program's main lane is and does.
#[derive(Clone, Copy)]
pub enum Main {
    /// A thread, which may block.
    Thread(fn(&Values) -> Result<(), Failure>),
    /// The main process of several, which may block.
    Process(fn(&Values) -> Result<(), Failure>),
    /// The first task of an event loop, which awaits.
    Task(fn(&Values) -> LocalBoxFuture<'static, Result<(), Failure>>),
    /// A thread that runs the source of the specification.
    Source {
        /// Called on a run that is about to begin, outside any lane.
        define: fn(&Run),
        /// The files that it reads and writes: those of the one run that there is.
        disk: fn() -> &'static Disk,
        /// What the thread does with the source; returns when its threads have ended, too.
        run: fn(&str, &Values) -> ExitReport,
    },
    /// Another artefact runs it, so an engine of that one.
    Elsewhere,
}

impl Main {
    /// The kind of the lane.
    pub fn kind(self) -> LaneKind {
        match self {
            Main::Thread(_) | Main::Source { .. } | Main::Elsewhere => LaneKind::Thread,
            Main::Process(_) => LaneKind::Process,
            Main::Task(_) => LaneKind::Task,
        }
    }
}

/// What a program needs from the browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Need {
    /// Threads with shared memory, so a page that is cross-origin isolated.
    Isolation,
    /// Workers with memories of their own.
    Processes,
    /// Fetching addresses of the site; slow ones need a service worker.
    Http,
    /// Files that only this site sees.
    Files,
    /// A database that only this site sees.
    Database,
    /// A server in a worker of its own.
    Server,
}

impl Need {
    /// The name in the scripting interface.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// About how long a run takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// How much of it is waiting, at speed 1: sleeps, time-outs, simulated I/O.
    pub waits: Duration,
    /// How much of it is computation, at any speed.
    pub work: Duration,
}

impl Estimate {
    /// A run that mostly waits.
    pub fn waits(waits: Duration) -> Estimate {
        Estimate { waits, work: Duration::ZERO }
    }

    /// A run that mostly computes.
    pub fn work(work: Duration) -> Estimate {
        Estimate { waits: Duration::ZERO, work }
    }

    /// How long it takes at this speed.
    pub fn at(self, speed: f64) -> Duration {
        self.waits.div_f64(speed) + self.work
    }
}

/// How a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumString, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
pub enum Status {
    /// Its main program returned.
    Finished,
    /// It failed, or something in it died.
    Failed,
    /// It was stopped from outside.
    Stopped,
}

impl Status {
    /// The name in the scripting interface.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What an engine can run. The binary that starts it says what that is.
#[derive(Clone, Copy)]
pub struct Table {
    /// The program with this id.
    pub program: fn(&str) -> Option<&'static Program>,
    /// The function with this name that a process can start with, of any program.
    pub entry: fn(&str) -> Option<&'static dyn EntryPoint>,
}
