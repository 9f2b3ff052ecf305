//! Starting a thread and joining it.
//!
//! ```
//! use std::time::Duration;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{sleep, spawn};
//! use weft::runtime::{Config, Run, host::Clock, print};
//! use weft::trace::LaneKind;
//!
//! let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let worker = spawn("worker", || {
//!         sleep(Duration::from_millis(1));
//!         6 * 7
//!     });
//!     print(format!("the answer is {}", worker.join()));
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! When the main program has returned, the run waits for the threads that still live, except daemons: these are killed
//! at that moment, whatever they are doing, as Python's are when the interpreter ends.
//!
//! Unlike Python, where an exception ends that thread alone, a thread that panics ends the run: on WebAssembly a panic
//! cannot be caught. A demo whose thread may fail returns a `Result`.

use std::sync::atomic::{AtomicBool, Ordering::*};
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use futures::task::AtomicWaker;

use super::gil::Inherited;
use super::wait::BlockingWait;
use crate::runtime::Failure;
use crate::runtime::host::{self, Monitor};
use crate::runtime::lane::{self, Context, Site};
use crate::runtime::membership::Membership;
use crate::runtime::poison::unpoisoned;
use crate::trace::{Cause, Ending, LaneId, LaneKind, Target};

/// A thread that can be waited for. Dropping the handle does not end the thread.
pub struct JoinHandle<T> {
    lane: LaneId,
    shared: Arc<Shared<T>>,
}

/// What a thread and those who wait for it share.
struct Shared<T> {
    /// What it returned, stored before its end is reported.
    value: Mutex<Option<T>>,
    fate: Arc<Fate>,
}

/// What is known about a thread's end, apart from its value.
#[derive(Default)]
struct Fate {
    /// Its last moment, if it has returned.
    end: Monitor<Option<Cause>>,
    /// Its body was unwound, so it will not return.
    unwound: AtomicBool,
    /// A task that waits for its end.
    task: AtomicWaker,
}

/// Starts a thread that runs `body`: in Python, `Thread(target=body, name=name).start()`.
///
/// # Panics
/// If more threads would live at the same time than the run has workers.
pub fn spawn<T: Send + 'static>(name: impl Into<String>, body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    start(name.into(), false, body)
}

/// Starts a thread that the program does not wait for at its end: in Python,
/// `Thread(target=body, name=name, daemon=True).start()`.
///
/// # Panics
/// If more threads would live at the same time than the run has workers.
pub fn spawn_daemon<T: Send + 'static>(
    name: impl Into<String>,
    body: impl FnOnce() -> T + Send + 'static,
) -> JoinHandle<T> {
    start(name.into(), true, body)
}

/// Starts a thread, a daemon or not, or returns `None` if this run has no worker for one more.
pub fn try_spawn<T: Send + 'static>(
    name: impl Into<String>,
    daemon: bool,
    body: impl FnOnce() -> T + Send + 'static,
) -> Option<JoinHandle<T>> {
    try_start(name.into(), daemon, body)
}

fn start<T: Send + 'static>(name: String, daemon: bool, body: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
    let limit = lane::with(|context| context.run.config.threads);
    try_start(name.clone(), daemon, body)
        .unwrap_or_else(|| panic!("cannot start thread “{name}”: this run has workers for {limit} threads at a time"))
}

fn try_start<T: Send + 'static>(
    name: String,
    daemon: bool,
    body: impl FnOnce() -> T + Send + 'static,
) -> Option<JoinHandle<T>> {
    let shared = Arc::new(Shared { value: Mutex::new(None), fate: Arc::default() });
    let body = {
        let shared = shared.clone();
        move || {
            let value = body();
            *unpoisoned(&shared.value) = Some(value);
        }
    };
    let lane = launch(name, daemon, shared.fate.clone(), Box::new(body))?;
    Some(JoinHandle { lane, shared })
}

/// The part of starting a thread that is the same for all bodies, so it is not generic. `None` if no worker was free.
fn launch(name: String, daemon: bool, fate: Arc<Fate>, body: Box<dyn FnOnce() + Send>) -> Option<LaneId> {
    let (run, lane, spawned, gil) = lane::with(|context| {
        let lane = context.run.new_lane();
        let spawned = context.define_lane(lane, LaneKind::Thread, &name);
        (context.run.clone(), lane, spawned, context.gil.as_ref().map(Membership::inherited))
    });
    if !run.claim_thread(lane, &name, daemon) {
        lane::with(|context| context.end_of(lane, Ending::Failed, "no worker was free"));
        return None;
    }
    host::start_thread(move || {
        let _entered = lane::enter(&run, lane, &name);
        let mut under = None;
        let caught = host::catch(|| {
            under = gil.map(Inherited::enter);
            lane::with(|context| context.started(Some(spawned)));
            body()
        });
        match caught {
            Ok(()) => {
                let record = || lane::with(Context::returned);
                let end = run.end_thread(lane, daemon, record);
                drop(under);
                if let Some(end) = end {
                    *fate.end.lock() = Some(end);
                    fate.end.notify_all();
                    lane::with(|context| context.act_for(end));
                    fate.task.wake();
                }
            }
            Err(panic) => {
                run.end_thread(lane, daemon, || end_unwound(panic));
                fate.unwound.store(true, Release);
                fate.task.wake();
            }
        }
    });
    Some(lane)
}

/// Ends the current lane after its body was unwound: by a panic with this message, or because the run was cancelled.
pub(in crate::runtime) fn end_unwound(panic: Option<String>) -> Cause {
    match panic {
        Some(message) => {
            let end = lane::with(|context| context.ended(Ending::Failed, &message));
            if let Some((run, lane)) = lane::current() {
                run.fail(Failure { lane, message });
            }
            end
        }
        // A thread of a process ends so only because its process was ended.
        None => lane::with(|context| {
            let ending = if context.run.config.process == 0 { Ending::Stopped } else { Ending::Killed };
            context.ended(ending, "")
        }),
    }
}

impl<T> JoinHandle<T> {
    /// Waits until the thread is over, and returns its value: in Python, `thread.join()`. If it is over already, there
    /// is no wait.
    #[track_caller]
    pub fn join(self) -> T {
        self.join_at(Some(Site::caller()))
    }

    /// Waits until the thread is over, for at most `timeout` if there is one; whether it is: in Python,
    /// `thread.join(timeout)`, and then `not thread.is_alive()`.
    ///
    /// # Panics
    /// If it is the current thread.
    #[track_caller]
    pub fn wait(&self, timeout: Option<Duration>) -> bool {
        self.shared.fate.join(self.lane, Some(Site::caller()), timeout)
    }

    /// Whether it is not over yet: in Python, `thread.is_alive()`.
    pub fn is_alive(&self) -> bool {
        self.shared.fate.end.lock().is_none()
    }

    /// What the thread returned, once it is over, for a task; until then `waker` is kept for its end. Ready with `None`
    /// if its body was unwound.
    pub(in crate::runtime) fn poll_end(&self, waker: &Waker) -> Poll<Option<T>> {
        // Before checking, so that an end in between is not missed.
        self.shared.fate.task.register(waker);
        if self.shared.fate.end.lock().is_some() {
            return Poll::Ready(self.shared.take());
        }
        if self.shared.fate.unwound.load(Acquire) { Poll::Ready(None) } else { Poll::Pending }
    }

    /// The lane that it runs on.
    pub fn lane(&self) -> LaneId {
        self.lane
    }

    pub(super) fn join_at(self, site: Option<Site>) -> T {
        self.shared.fate.join(self.lane, site, None);
        self.shared.take().expect("a thread that has returned has left its value")
    }
}

impl<T> Shared<T> {
    fn take(&self) -> Option<T> {
        unpoisoned(&self.value).take()
    }
}

impl Fate {
    /// Waits until the thread has returned; false if the time is up before.
    fn join(&self, lane: LaneId, site: Option<Site>, timeout: Option<Duration>) -> bool {
        lane::with(|context| {
            let name = || context.run.thread_name(lane);
            assert!(context.thread != lane, "thread “{}” cannot wait for its own end", name());
        });
        let on = Target::Lane(lane);
        let mut end = self.end.lock();
        if let Some(end) = *end {
            lane::with(|context| context.passed(on, Some(end), site));
            return true;
        }
        let wait = BlockingWait::begin(on, site, timeout);
        loop {
            let in_time = wait.sleep(&mut end, None);
            if end.is_some() || !in_time {
                let cause = *end;
                wait.over(cause);
                return cause.is_some();
            }
        }
    }
}
