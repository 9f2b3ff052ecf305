//! Starting a process, joining it, ending it: from its parent's side.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, processes::Processes, run_main};
//! # use weft::trace::LaneKind;
//! use weft::runtime::print;
//! use weft::runtime::processes::{Entry, Process, call};
//!
//! const GREET: Entry<String> = Entry { name: "greetings/greet", call: |arguments| call(greet, arguments) };
//!
//! fn greet(name: String) {
//!     print(format!("hello, {name}"));
//! }
//!
//! fn program() {
//!     let process = Process::start("process-1", &GREET, "world".to_owned());
//!     assert_eq!(process.join().code, 0);
//! }
//! # let run = Run::new(Config::default(), Clock::start());
//! # let _processes = Processes::serve(&run, |_| Some(&GREET));
//! # run_main(&run, LaneKind::Process, || Ok(program())).unwrap();
//! ```
//!
//! As Python's `multiprocessing.Process`:
//!
//! - Its exit code is 0 when its function has returned, 1 when it has failed, −15 when it was terminated, −9 when it was
//!   killed. A panic is a
//!   failure of that process alone: its memory is its own, so the others go on.
//! - Arguments are packed here and unpacked there. A name that no function has, or arguments that do not unpack, are
//!   failures of the process, and its parent learns what was wrong.
//! - A process may start threads, and waits for them when its function has returned, except daemons.
//! - When the main program has returned, the run waits for the processes that still live, except daemons (the workers of
//!   a pool, a manager's server), which are terminated.
//!
//! Every process starts from scratch, as with Python's start method `spawn`. Unlike Python, where only daemonic processes
//! cannot, no process can start another one, for in a browser only the main program's loop can.

use std::collections::HashMap;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::Waker;
use std::time::Duration;

use futures::task::AtomicWaker;
use serde::{Deserialize, Serialize};

use super::bell::Bell;
use super::entry::{Entry, pack};
use super::passing::{HandedOut, packing};
use crate::runtime::Run;
use crate::runtime::host::{LocalWords, Monitor, ProcessCommand, ProcessRequest, Words};
use crate::runtime::lane::{self, Site};
use crate::runtime::poison::unpoisoned;
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::{Cause, Ending, LaneId, LaneKind, Target};

/// The exit code of a process that was terminated, as on POSIX: the signal's number, negative.
pub const TERMINATED: i32 = -15;

/// The exit code of a process that was killed, likewise.
pub const KILLED_CODE: i32 = -9;

/// In a process's life word: how it ends is not decided yet.
pub(super) const ALIVE: u32 = 0;
/// It ends by itself.
pub(super) const ENDS: u32 = 1;
/// It is terminated.
pub(super) const KILLED: u32 = 2;

/// A process that was started: in Python, `multiprocessing.Process`. Dropping the handle does not end it.
pub struct Process {
    /// Its number in the run. The main program is 0, so the first process is 1.
    pub pid: u16,
    pub(super) state: Arc<ChildState>,
}

/// What is known about a process that has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exit {
    /// 0 if its function returned; 1 if it failed; −15 if it was terminated, −9 if it was killed.
    pub code: i32,
    /// What its function returned, packed; empty if it did not.
    pub result: Vec<u8>,
    /// What went wrong, if it failed.
    pub error: Option<String>,
}

/// The processes of a run, as their parent knows them.
#[derive(Default)]
pub(super) struct Children {
    /// Those that live, by their numbers.
    pub(super) alive: Mutex<HashMap<u16, Arc<ChildState>>>,
    graves: Mutex<Vec<Grave>>,
    /// The name of the process that this is, unless it is the main program.
    pub(super) own_name: OnceLock<String>,
    /// What lanes sleep at that wait for several connections: the main program's, if this process was handed any.
    pub(super) bell: OnceLock<Bell>,
}

impl Children {
    pub(super) fn of(run: &Run) -> &Children {
        run.kept_by_processes()
    }
}

/// What is known of a process before it has ended.
pub(super) struct ChildState {
    name: String,
    daemon: bool,
    /// Its exit code, if it is ended from outside.
    signal: AtomicI32,
    /// The life word: the first change decides whether the process ends by itself or is terminated.
    life: Arc<LocalWords>,
    handed_out: Mutex<Vec<Box<dyn HandedOut>>>,
    exit: Monitor<Option<(Exit, Cause)>>,
    /// A task that waits for its end.
    task: AtomicWaker,
}

/// What a process that was killed could still write to, kept until the run is over.
struct Grave {
    _life: Arc<LocalWords>,
    _handed_out: Vec<Box<dyn HandedOut>>,
}

impl Process {
    /// Starts a process that calls `entry` with `arguments`: in Python,
    /// `Process(target=entry, args=arguments, name=name).start()`. Returns at once.
    ///
    /// # Panics
    /// If the arguments cannot be packed, or no process can be started here: this is a process itself (in Python, an
    /// `AssertionError`), or the run has had 4095 of them.
    pub fn start<A: Serialize, R>(name: impl Into<String>, entry: &Entry<A, R>, arguments: A) -> Process {
        Process::start_entry(name.into(), entry.name, &arguments, false)
    }

    /// The same for a process that is terminated when the main program has returned: in Python,
    /// `Process(target=entry, args=arguments, name=name, daemon=True).start()`.
    ///
    /// # Panics
    /// As [`Process::start`].
    pub fn start_daemon<A: Serialize, R>(name: impl Into<String>, entry: &Entry<A, R>, arguments: A) -> Process {
        Process::start_entry(name.into(), entry.name, &arguments, true)
    }

    /// Starts a process that calls the function with this name.
    pub(super) fn start_entry<A: Serialize>(name: String, entry: &str, arguments: &A, daemon: bool) -> Process {
        Process::launch(name, entry, &|| pack(arguments), daemon)
    }

    /// The part of starting a process that is the same for all arguments, so it is not generic.
    fn launch(name: String, entry: &str, pack: &dyn Fn() -> Result<Vec<u8>, String>, daemon: bool) -> Process {
        let run = lane::with(|context| context.run.clone());
        let cannot = |error: String| -> ! { panic!("cannot start process “{name}”: {error}") };
        if run.config.process != 0 {
            cannot("AssertionError: daemonic processes are not allowed to have children, and here each is one".into());
        }
        let Some(number) = run.new_process() else { cannot("a run has 4095 processes at most".to_owned()) };
        let (arguments, handed_out) = packing(number, pack).unwrap_or_else(|error| cannot(error));
        let life = LocalWords::new(1);
        let handed_out = Mutex::new(handed_out);
        let state = Arc::new(ChildState {
            name: name.clone(),
            daemon,
            signal: AtomicI32::new(TERMINATED),
            life,
            handed_out,
            exit: Monitor::new(None),
            task: AtomicWaker::new(),
        });
        let started_by = lane::with(|context| context.define_lane(LaneId::main_of(number), LaneKind::Process, &name));
        let request = ProcessRequest {
            number,
            name: name.clone(),
            entry: entry.to_owned(),
            arguments,
            speed: run.config.speed,
            life: state.life.address(),
            started_by,
        };
        unpoisoned(&Children::of(&run).alive).insert(number, state.clone());
        if let Err(error) = run.command_process(ProcessCommand::Start(request)) {
            let end = lane::with(|context| context.end_of(LaneId::main_of(number), Ending::Failed, &error));
            ended(&run, number, Exit { code: 1, result: Vec::new(), error: Some(error.clone()) }, end);
            cannot(error);
        }
        Process { pid: number, state }
    }

    /// Waits until the process has ended: in Python, `process.join()`, then `process.exitcode`.
    #[track_caller]
    pub fn join(&self) -> Exit {
        self.join_at(Site::caller(), None).expect("without a time-out it waits until the process has ended")
    }

    /// Waits until the process has ended, at most `timeout`: in Python, `process.join(timeout)`. `None` if it has not.
    #[track_caller]
    pub fn join_timeout(&self, timeout: Duration) -> Option<Exit> {
        self.join_at(Site::caller(), Some(timeout))
    }

    /// Its name: in Python, `process.name`.
    pub fn name(&self) -> &str {
        &self.state.name
    }

    /// Whether it is terminated when the main program has returned: in Python, `process.daemon`.
    pub fn is_daemon(&self) -> bool {
        self.state.daemon
    }

    /// Its exit code, if it has ended: in Python, `process.exitcode`.
    pub fn exit_code(&self) -> Option<i32> {
        self.exit().map(|exit| exit.code)
    }

    /// Whether it has not ended yet: in Python, `process.is_alive()`.
    pub fn is_alive(&self) -> bool {
        self.exit().is_none()
    }

    /// Ends the process, whatever it is doing: in Python, `process.terminate()`. Does nothing if it has ended already.
    /// Returns at once; `join` waits until it is really gone.
    ///
    /// What it was in the middle of is not completed. A lock that it holds stays held, and the trace says so.
    pub fn terminate(&self) {
        terminate(self.pid, &self.state, TERMINATED);
    }

    /// The same as [`Process::terminate`], with another exit code: in Python, `process.kill()`. No process can refuse
    /// either here.
    pub fn kill(&self) {
        terminate(self.pid, &self.state, KILLED_CODE);
    }

    /// What is known about its end, if it has ended.
    pub(super) fn exit(&self) -> Option<Exit> {
        self.state.exit.lock().as_ref().map(|(exit, _)| exit.clone())
    }

    /// It was handed something more, after its start.
    pub(super) fn hand_out(&self, more: Box<dyn HandedOut>) {
        unpoisoned(&self.state.handed_out).push(more);
    }

    pub(super) fn join_at(&self, site: Site, timeout: Option<Duration>) -> Option<Exit> {
        let on = Target::Lane(LaneId::main_of(self.pid));
        let mut exit = self.state.exit.lock();
        if let Some((exit, end)) = &*exit {
            lane::with(|context| context.passed(on, Some(*end), Some(site)));
            return Some(exit.clone());
        }
        let wait = BlockingWait::begin(on, Some(site), timeout);
        loop {
            let in_time = wait.sleep(&mut exit, None);
            if let Some((exit, end)) = &*exit {
                wait.over(Some(*end));
                return Some(exit.clone());
            }
            if !in_time {
                wait.over(None);
                return None;
            }
        }
    }
}

impl Process {
    /// What is known about the process, once it has ended, for a task; until then `waker` is kept for its end.
    pub(in crate::runtime) fn poll_end(&self, waker: &Waker) -> Option<Exit> {
        // Before checking, so that an end in between is not missed.
        self.state.task.register(waker);
        self.state.exit.lock().as_ref().map(|(exit, _)| exit.clone())
    }

    pub(in crate::runtime) fn lane(&self) -> LaneId {
        LaneId::main_of(self.pid)
    }
}

fn terminate(number: u16, state: &ChildState, signal: i32) {
    if !state.life.replace(0, ALIVE, KILLED) {
        return;
    }
    state.signal.store(signal, SeqCst);
    let lane = LaneId::main_of(number);
    let held: Vec<_> = unpoisoned(&state.handed_out).iter().filter_map(|had| had.held_by(number)).collect();
    let (run, end) = lane::with(|context| {
        for what in held {
            context.mark(&format!("pid {number} is terminated while it holds {what}: nobody will release it"));
        }
        (context.run.clone(), context.killed(lane, crate::trace::Nanos::ZERO))
    });
    // This fails only if the run is over.
    let _ = run.command_process(ProcessCommand::Terminate { number, end });
}

/// Tells the parent of process `number` that it has ended, and takes back what it was handed. For the part that started
/// it, once it knows that the process does nothing more.
pub fn ended(run: &Run, number: u16, exit: Exit, end: Cause) {
    let child = unpoisoned(&Children::of(run).alive).remove(&number);
    if let Some(child) = child {
        let mut known = child.exit.lock();
        let end = known.get_or_insert((exit, end)).1;
        // Before anything learns of the end: `exit` is locked.
        let handed_out = std::mem::take(&mut *unpoisoned(&child.handed_out));
        handed_out.iter().for_each(|handed_out| handed_out.take_back(number, end));
        if child.life.load(0) == KILLED {
            // Its worker may still be at its last step, which must not write to memory that is used for something else
            // by then.
            unpoisoned(&Children::of(run).graves).push(Grave { _life: child.life.clone(), _handed_out: handed_out });
        }
        drop(known);
        child.exit.notify_all();
        // If no lane runs on this worker, no task waits either.
        lane::try_with(|context| context.act_for(end));
        child.task.wake();
        lane::try_with(|context| context.act_for_myself());
    }
}

/// Tells the parent of process `number` that it was terminated. For the part that has ended it.
pub fn terminated(run: &Run, number: u16, end: Cause) {
    let signal = unpoisoned(&Children::of(run).alive).get(&number).map(|child| child.signal.load(SeqCst));
    ended(run, number, Exit { code: signal.unwrap_or(TERMINATED), result: Vec::new(), error: None }, end);
}

/// Tells the parent of process `number` that it failed, or died. For the part that started it.
pub fn failed(run: &Run, number: u16, end: Cause, error: String) {
    ended(run, number, Exit { code: 1, result: Vec::new(), error: Some(error) }, end);
}

/// Process `number` died without reporting its end; false if it was killed, since its killer reports that, or if its
/// end is known already. For the part that noticed.
pub fn dies(run: &Run, number: u16) -> bool {
    let child = unpoisoned(&Children::of(run).alive).get(&number).cloned();
    child.is_some_and(|child| child.life.replace(0, ALIVE, ENDS) || child.life.load(0) == ENDS)
}

/// The main program has ended: waits for the processes that still live, and terminates daemons. `as_main` runs what it
/// is given as the main lane.
pub(in crate::runtime) fn finish(run: &Run, as_main: impl Fn(&dyn Fn())) {
    let children = |daemon: bool| -> Vec<_> {
        let children = unpoisoned(&Children::of(run).alive);
        children.iter().filter(|child| child.1.daemon == daemon).map(|(n, child)| (*n, child.clone())).collect()
    };
    let wait = |child: &ChildState| {
        let mut exit = child.exit.lock();
        while exit.is_none() && !run.is_cancelled() {
            exit.wait();
        }
    };
    children(false).iter().for_each(|(_, child)| wait(child));
    for (number, child) in children(true) {
        as_main(&|| terminate(number, &child, TERMINATED));
        wait(&child);
    }
}
