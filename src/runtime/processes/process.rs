//! Starting a process and joining it, from its parent's side.

use std::panic::Location;
use std::sync::Arc;
use std::task::Waker;

use futures::task::AtomicWaker;
use serde::{Deserialize, Serialize};

use super::entry::{Entry, pack};
use crate::runtime::Run;
use crate::runtime::host::{self, Monitor, ProcessRequest};
use crate::runtime::lane::{self, scope};
use crate::runtime::run::unpoisoned;
use crate::trace::{Cause, Ending, LOCAL_BITS, LaneId, LaneKind, State, Target};

/// A process that was started: in Python, `multiprocessing.Process`.
pub struct Process {
    /// Its number in the run. The main program is 0, so the first process is 1.
    pub pid: u16,
    state: Arc<ChildState>,
}

/// What is known of a process that ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// 0 if its function returned; 1 if it failed.
    pub code: i32,
    /// What its function returned, packed; empty if it failed.
    pub result: Vec<u8>,
    /// What went wrong, if it failed.
    pub error: Option<String>,
}

/// What a parent and the engine share of a process.
#[derive(Default)]
pub struct ChildState {
    exit: Monitor<Option<(Exit, Cause)>>,
    /// A task that waits for its end.
    task: AtomicWaker,
}

/// The lane of a process's main thread.
pub(super) fn main_lane(process: u16) -> LaneId {
    LaneId(u32::from(process) << LOCAL_BITS)
}

impl Process {
    /// Starts a process that calls `entry` with `arguments`: in Python,
    /// `Process(target=entry, args=arguments, name=name).start()`. Returns at once.
    ///
    /// # Panics
    /// If the arguments cannot be packed, or no process can be started here.
    pub fn start<A: Serialize>(name: impl Into<String>, entry: &Entry<A>, arguments: A) -> Process {
        let name = name.into();
        let arguments = scope("pack the arguments", || pack(&arguments)).unwrap_or_else(|error| panic!("{error}"));
        let state = Arc::new(ChildState::default());
        let (run, request) = lane::with(|context| {
            let run = context.run.clone();
            let number = run.new_process();
            let started_by = context.define_lane(main_lane(number), LaneKind::Process, &name);
            let request = ProcessRequest {
                number,
                name: name.clone(),
                entry: entry.name.to_owned(),
                arguments,
                speed: run.config.speed,
                started_by,
            };
            (run, request)
        });
        let pid = request.number;
        unpoisoned(&run.children).insert(pid, state.clone());
        if let Err(error) = host::start_process(request) {
            lane::with(|context| context.end_of(main_lane(pid), Ending::Failed, &error));
            panic!("cannot start process “{name}”: {error}");
        }
        Process { pid, state }
    }

    /// Waits until the process has ended: in Python, `process.join()`, then `process.exitcode`.
    #[track_caller]
    pub fn join(&self) -> Exit {
        let site = Some(Location::caller());
        let on = Target::Lane(main_lane(self.pid));
        let mut exit = self.state.exit.lock();
        if let Some((exit, end)) = &*exit {
            lane::with(|context| context.passed(on, Some(*end), site));
            return exit.clone();
        }
        let waited_since = lane::with(|context| context.state(State::Blocked, Some(on), site));
        loop {
            exit.wait();
            if let Some((exit, end)) = &*exit {
                lane::with(|context| context.resumed(waited_since, Some(*end), site));
                return exit.clone();
            }
        }
    }
}

impl Process {
    /// What is known of the process, once it has ended, for a task; until then `waker` is kept for its end.
    pub(in crate::runtime) fn poll_end(&self, waker: &Waker) -> Option<Exit> {
        // Before the look, so that an end in between is not missed.
        self.state.task.register(waker);
        self.state.exit.lock().as_ref().map(|(exit, _)| exit.clone())
    }

    pub(in crate::runtime) fn lane(&self) -> LaneId {
        main_lane(self.pid)
    }
}

/// Tells the parent of process `number` that it has ended. For the engine, which hears of it.
pub fn ended(run: &Run, number: u16, exit: Exit, end: Cause) {
    let child = unpoisoned(&run.children).get(&number).cloned();
    if let Some(child) = child {
        let end = child.exit.lock().get_or_insert((exit, end)).1;
        child.exit.notify_all();
        // Where nobody runs on this worker, no task waits either.
        lane::try_with(|context| context.act_for(end));
        child.task.wake();
        lane::try_with(|context| context.act_for_myself());
    }
}

/// Tells the parent of process `number` that it died, and when that was noticed. For the engine.
pub fn failed(run: &Run, number: u16, noticed: Cause, error: String) {
    ended(run, number, Exit { code: 1, result: Vec::new(), error: Some(error) }, noticed);
}
