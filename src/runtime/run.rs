//! One run of a program: what all its workers share.

use std::any::Any;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use super::Failure;
use super::host::{Clock, Monitor, ProcessCommand};
use super::input::Input;
use super::poison::unpoisoned;
use super::printed::Printed;
use crate::trace::recorder::{DEFAULT_CAP, Recorder};
use crate::trace::{Cause, LaneId, Nanos, ResourceId};

/// How a program is run.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// The process this is, in the run: 0 unless another process started it.
    pub process: u16,
    /// How fast sleeps and time-outs pass: at 10, a sleep of 1 s takes 0.1 s.
    pub speed: f64,
    /// How many threads may live at the same time.
    pub threads: usize,
    /// How many records are kept before recording ends.
    pub cap: u64,
}

impl Default for Config {
    fn default() -> Config {
        Config { process: 0, speed: 1.0, threads: 16, cap: DEFAULT_CAP }
    }
}

/// Carries out what lanes ask for about processes.
type ProcessServer = dyn Fn(&Arc<Run>, ProcessCommand) -> Result<(), String> + Send + Sync;

/// The threads of a run.
#[derive(Default)]
struct Threads {
    /// Those that live, daemons included, in the order in which they were started.
    living: Vec<LaneId>,
    /// The daemons that live, until the program ends them.
    daemons: Vec<LaneId>,
    /// The latest end of a thread.
    last_end: Option<Cause>,
    /// Names of all that ever lived, for messages.
    names: HashMap<LaneId, String>,
}

/// One run of a program (in a child process: that process's part of it).
pub struct Run {
    /// How it is run.
    pub config: Config,
    /// Where its events go.
    pub recorder: Arc<Recorder>,
    pub(super) clock: Clock,
    next_lane: AtomicU32,
    next_resource: AtomicU32,
    next_process: AtomicU32,
    threads: Monitor<Threads>,
    cancelled: Arc<AtomicBool>,
    failure: Mutex<Option<Failure>>,
    live_tasks: AtomicU32,
    /// What the reader types.
    pub input: Input,
    /// What was printed so far.
    pub printed: Printed,
    process_server: OnceLock<Box<ProcessServer>>,
    /// What the runtime's processes keep for this run, in a type of theirs.
    kept_by_processes: OnceLock<Box<dyn Any + Send + Sync>>,
}

impl Run {
    /// A run whose time begins with `clock`.
    pub fn new(config: Config, clock: Clock) -> Arc<Run> {
        let first = LaneId::main_of(config.process).0;
        // A child's main lane has that number already: its parent defined it.
        let first_lane = if config.process == 0 { first } else { first + 1 };
        Arc::new(Run {
            config,
            recorder: Arc::new(Recorder::new(config.cap)),
            clock,
            next_lane: AtomicU32::new(first_lane),
            next_resource: AtomicU32::new(first),
            next_process: AtomicU32::new(1),
            threads: Monitor::default(),
            cancelled: Arc::new(AtomicBool::new(false)),
            failure: Mutex::new(None),
            live_tasks: AtomicU32::new(0),
            input: Input::default(),
            printed: Printed::default(),
            process_server: OnceLock::new(),
            kept_by_processes: OnceLock::new(),
        })
    }

    /// The run's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// How many futures of tasks have been made and not been dropped yet. After the run there are none.
    pub fn live_tasks(&self) -> u32 {
        self.live_tasks.load(Relaxed)
    }

    /// A task's future was made.
    pub(super) fn task_made(&self) {
        self.live_tasks.fetch_add(1, Relaxed);
    }

    /// A task's future was dropped.
    pub(super) fn task_dropped(&self) {
        self.live_tasks.fetch_sub(1, Relaxed);
    }

    /// A number for a new lane.
    pub fn new_lane(&self) -> LaneId {
        LaneId(self.next_lane.fetch_add(1, Relaxed))
    }

    /// A number for a new resource.
    pub fn new_resource(&self) -> ResourceId {
        ResourceId(self.next_resource.fetch_add(1, Relaxed))
    }

    /// A number for a new process, from 1; `None` when there are no more, since a lane's number has 12 bits for it.
    pub fn new_process(&self) -> Option<u16> {
        const MOST: u32 = (1 << (u32::BITS - crate::trace::LOCAL_BITS)) - 1;
        let number = self.next_process.fetch_update(Relaxed, Relaxed, |next| (next <= MOST).then_some(next + 1));
        number.ok().map(|number| number as u16)
    }

    /// From now on `server` starts and ends the processes of this run. It is called by lanes, which it must not block,
    /// and returns a sentence if it cannot do what it is asked for.
    ///
    /// # Panics
    /// If there is one already.
    pub fn serve_processes(
        &self,
        server: impl Fn(&Arc<Run>, ProcessCommand) -> Result<(), String> + Send + Sync + 'static,
    ) {
        assert!(self.process_server.set(Box::new(server)).is_ok(), "one serves the processes of a run");
    }

    /// Has a command about a process carried out.
    ///
    /// # Errors
    /// If that cannot be done, or nothing serves the processes of this run.
    pub(super) fn command_process(self: &Arc<Run>, command: ProcessCommand) -> Result<(), String> {
        let server = self.process_server.get().ok_or("nobody starts processes for this run")?;
        server(self, command)
    }

    /// What the runtime's processes keep for this run; there is one such type.
    pub(super) fn kept_by_processes<T: Default + Send + Sync + 'static>(&self) -> &T {
        let kept = self.kept_by_processes.get_or_init(|| Box::new(T::default()));
        kept.downcast_ref().expect("processes keep one type of thing")
    }

    /// How long a wait takes at this run's speed.
    pub fn scaled(&self, wait: Duration) -> Duration {
        // Like `div_f64`, but what is too long is as long as can be.
        Duration::try_from_secs_f64(wait.as_secs_f64() / self.config.speed).unwrap_or(Duration::MAX)
    }

    /// Takes one of the threads that may live at the same time; false if all are taken.
    pub(super) fn claim_thread(&self, lane: LaneId, name: &str, daemon: bool) -> bool {
        let mut threads = self.threads.lock();
        if threads.living.len() >= self.config.threads {
            return false;
        }
        threads.living.push(lane);
        threads.names.insert(lane, name.to_owned());
        if daemon {
            threads.daemons.push(lane);
        }
        true
    }

    /// A thread ends: `record` records that, unless this is a daemon that was killed, and so has ended already.
    ///
    /// Its place is free before anyone learns of its end, so that a lane that joins it may start another thread.
    pub(super) fn end_thread(&self, lane: LaneId, daemon: bool, record: impl FnOnce() -> Cause) -> Option<Cause> {
        let mut threads = self.threads.lock();
        threads.living.retain(|other| *other != lane);
        if daemon {
            let at = threads.daemons.iter().position(|other| *other == lane)?;
            threads.daemons.swap_remove(at);
        }
        let end = record();
        threads.last_end = threads.last_end.filter(|last| last.time > end.time).or(Some(end));
        self.threads.notify_all();
        Some(end)
    }

    /// Waits until only daemons live, or the run has failed; then calls `kill` with each daemon and the time at which
    /// the last of the others ended. A program is over when its main function and all its threads are; it does not wait
    /// for daemons.
    pub(super) fn wait_for_threads(&self, mut kill: impl FnMut(LaneId, Nanos)) {
        let mut threads = self.threads.lock();
        while threads.living.len() > threads.daemons.len() && !self.is_cancelled() {
            threads.wait();
        }
        if self.is_cancelled() {
            return;
        }
        let daemons = std::mem::take(&mut threads.daemons);
        if !daemons.is_empty() {
            // Natively they still have to be told.
            self.cancel();
        }
        let last_end = threads.last_end.map_or(Nanos::ZERO, |end| end.time);
        for daemon in daemons {
            kill(daemon, last_end);
        }
    }

    /// The threads that live, in the order in which they were started.
    pub(super) fn living_threads(&self) -> Vec<LaneId> {
        self.threads.lock().living.clone()
    }

    /// A thread other than `lane` that lives and is no daemon: the one that was started first.
    pub(super) fn other_thread(&self, lane: LaneId) -> Option<LaneId> {
        let threads = self.threads.lock();
        threads.living.iter().copied().find(|other| *other != lane && !threads.daemons.contains(other))
    }

    /// Waits until this thread has ended. Returns the end of the one that ended last.
    pub(super) fn wait_for_thread(&self, lane: LaneId) -> Option<Cause> {
        let mut threads = self.threads.lock();
        while threads.living.contains(&lane) {
            threads.wait();
        }
        threads.last_end
    }

    /// The name of a thread that lives or has lived.
    pub(super) fn thread_name(&self, lane: LaneId) -> String {
        self.threads.lock().names.get(&lane).cloned().unwrap_or_else(|| "another lane".to_owned())
    }

    /// Asks everything in this run to end. In a browser the engine is terminated instead; natively, where a thread
    /// cannot be ended from outside, every wait checks this.
    pub fn cancel(&self) {
        self.cancelled.store(true, Release);
    }

    /// Whether it has been asked to end.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Acquire)
    }

    /// Set once it was asked to end.
    pub(super) fn cancelled(&self) -> Arc<AtomicBool> {
        self.cancelled.clone()
    }

    /// The run has failed; the first failure counts, and the rest is asked to end.
    pub fn fail(&self, failure: Failure) {
        unpoisoned(&self.failure).get_or_insert(failure);
        self.cancel();
    }

    /// Why it has failed, if it has.
    pub fn failure(&self) -> Option<Failure> {
        unpoisoned(&self.failure).clone()
    }
}
