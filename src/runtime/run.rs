//! One run of a program: what all its workers share.

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::Failure;
use super::host::{Clock, Monitor};
use super::processes::ChildState;
use crate::trace::recorder::{DEFAULT_CAP, Recorder};
use crate::trace::{LaneId, ResourceId};

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
    live_threads: Monitor<usize>,
    cancelled: AtomicBool,
    failure: Mutex<Option<Failure>>,
    pub(super) children: Mutex<HashMap<u16, Arc<ChildState>>>,
}

impl Run {
    /// A run whose time begins with `clock`.
    pub fn new(config: Config, clock: Clock) -> Arc<Run> {
        let first = u32::from(config.process) << crate::trace::LOCAL_BITS;
        // A child's main lane has that number already: its parent defined it.
        let first_lane = if config.process == 0 { first } else { first + 1 };
        Arc::new(Run {
            config,
            recorder: Arc::new(Recorder::new(config.cap)),
            clock,
            next_lane: AtomicU32::new(first_lane),
            next_resource: AtomicU32::new(first),
            next_process: AtomicU32::new(1),
            live_threads: Monitor::new(0),
            cancelled: AtomicBool::new(false),
            failure: Mutex::new(None),
            children: Mutex::new(HashMap::new()),
        })
    }

    /// The run's clock.
    pub fn clock(&self) -> &Clock {
        &self.clock
    }

    /// A number for a new lane.
    pub fn new_lane(&self) -> LaneId {
        LaneId(self.next_lane.fetch_add(1, Relaxed))
    }

    /// A number for a new resource.
    pub fn new_resource(&self) -> ResourceId {
        ResourceId(self.next_resource.fetch_add(1, Relaxed))
    }

    /// A number for a new process, from 1.
    pub fn new_process(&self) -> u16 {
        self.next_process.fetch_add(1, Relaxed) as u16
    }

    /// How long a wait takes at this run's speed.
    pub fn scaled(&self, wait: Duration) -> Duration {
        wait.div_f64(self.config.speed)
    }

    /// Takes one of the threads that may live at the same time; false if all are taken.
    pub(super) fn claim_thread(&self) -> bool {
        let mut live = self.live_threads.lock();
        let free = *live < self.config.threads;
        *live += usize::from(free);
        free
    }

    /// Gives it back.
    pub(super) fn release_thread(&self) {
        *self.live_threads.lock() -= 1;
        self.live_threads.notify_all();
    }

    /// Waits until no thread lives: a program is over when its main function and all its threads are.
    pub(super) fn wait_for_threads(&self) {
        let mut live = self.live_threads.lock();
        while *live > 0 && !self.is_cancelled() {
            live.wait();
        }
    }

    /// Asks everything in this run to end. In a browser the engine is terminated instead; natively, where a thread
    /// cannot be ended from outside, every wait looks at this.
    pub fn cancel(&self) {
        self.cancelled.store(true, Release);
    }

    /// Whether it was asked to end.
    pub fn is_cancelled(&self) -> bool {
        self.cancelled.load(Acquire)
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

/// Locks what is only ever replaced as a whole, so that a panic while it is held leaves nothing half-done.
pub(super) fn unpoisoned<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
