//! A pool of threads that work on tasks, and the futures of their results.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{ThreadPool, as_completed};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let pool = ThreadPool::new("pool", 2);
//!     let squares: Vec<_> = pool.map("square", 1..=4, |n| n * n).collect();
//!     assert_eq!(squares, [1, 4, 9, 16]);
//!
//!     let halves = (1..=4).map(|n| {
//!         pool.submit(format!("half of {n}"), move || if n % 2 == 0 { Ok(n / 2) } else { Err(format!("{n} is odd")) })
//!     });
//!     for future in as_completed(halves) {
//!         match future.result() {
//!             Ok(half) => print(format!("{half}")),
//!             Err(error) => print(error),
//!         }
//!     }
//!     pool.shutdown();
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `concurrent.futures.ThreadPoolExecutor`:
//!
//! - Workers are called `pool_0`, `pool_1` and so on, and are started when there is work and no idle worker. Tasks are
//!   taken in the order in which they were submitted; in its worker's lane a task is a scope.
//! - `map` yields results in the order of the inputs, `as_completed` in the order of completion. When the iterator of
//!   `map` is dropped, its tasks that have not begun are cancelled.
//! - Shutting the pool down waits for all its tasks; so does the end of its scope, as with Python's `with`.
//! - A pool may have an initializer, which each worker calls before its first task. If one fails, the pool is broken:
//!   what has not begun will not.
//!
//! Unlike Python, where a task raises its errors, one that can fail returns a `Result`, which is what its future returns;
//! so an error reaches only the lane that asks for it. Unlike Python, where submitting to a pool that is shut down is an
//! error, nothing can be: the pool is gone by then. Unlike Python, where submitting to a broken pool is an error, it gives
//! a future that is broken.

mod completions;
mod future;
mod map;

use std::collections::VecDeque;
use std::fmt::Display;
use std::sync::Arc;

pub use self::completions::{AsCompleted, AsCompletedInTime, TimedOut, Waited, When, as_completed, wait, wait_timeout};
pub(in crate::runtime) use self::future::Promise;
pub use self::future::{Future, NoResult};
pub use self::map::{Map, MapInTime};
use super::spawn::{JoinHandle, spawn};
use super::wait::BlockingWait;
use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Context, Site, scope};
use crate::trace::record::Tag;
use crate::trace::{Cause, Nanos, ResourceId, ResourceKind, Target};

/// Threads that work on tasks: in Python, `concurrent.futures.ThreadPoolExecutor`.
pub struct ThreadPool {
    shared: Arc<Shared>,
    workers: Monitor<Vec<JoinHandle<()>>>,
    most: usize,
}

struct Shared {
    name: String,
    resource: ResourceId,
    /// What each worker calls first.
    initializer: Option<Initializer>,
    state: Monitor<State>,
}

type Initializer = Box<dyn Fn() -> Result<(), String> + Send + Sync>;

struct State {
    /// Tasks that no worker has taken, and who submitted them.
    tasks: VecDeque<(Job, Cause)>,
    /// Workers that wait for tasks.
    idle: usize,
    started: usize,
    /// Who shut the pool down.
    closed: Option<Cause>,
    /// An initializer has failed.
    broken: bool,
    /// Time of the pool's latest event, or of its futures'; the next is put after it.
    last: Nanos,
}

/// What becomes of a task.
type Job = Box<dyn FnOnce(Fate<'_>) + Send>;

enum Fate<'a> {
    /// A worker of this pool does it.
    Done(&'a Shared),
    Cancelled,
    /// The pool is broken.
    Broken,
}

impl ThreadPool {
    /// A pool of at most `workers` workers; none is started yet.
    ///
    /// # Panics
    /// If `workers` is 0.
    pub fn new(name: impl Into<String>, workers: usize) -> ThreadPool {
        ThreadPool::made(name.into(), workers, None)
    }

    /// The same; each worker calls `initializer` before its first task: in Python,
    /// `ThreadPoolExecutor(workers, initializer=initializer)`. If it fails, the worker's lane has failed with its error,
    /// and the pool is broken.
    ///
    /// # Panics
    /// If `workers` is 0.
    pub fn with_initializer<E: Display>(
        name: impl Into<String>,
        workers: usize,
        initializer: impl Fn() -> Result<(), E> + Send + Sync + 'static,
    ) -> ThreadPool {
        let initializer = move || initializer().map_err(|error| error.to_string());
        ThreadPool::made(name.into(), workers, Some(Box::new(initializer)))
    }

    fn made(name: String, workers: usize, initializer: Option<Initializer>) -> ThreadPool {
        assert!(workers > 0, "pool “{name}” has no workers");
        let (resource, last) = lane::with(|context| {
            let resource = context.define_resource(ResourceKind::Pool, &name);
            (resource, context.resource_event(Tag::Level, resource, 0, Nanos::ZERO))
        });
        let state = State { tasks: VecDeque::new(), idle: 0, started: 0, closed: None, broken: false, last };
        let shared = Arc::new(Shared { name, resource, initializer, state: Monitor::new(state) });
        ThreadPool { shared, workers: Monitor::default(), most: workers }
    }

    /// Has a worker call `task`: in Python, `pool.submit(task)`.
    ///
    /// # Panics
    /// If it needs a new worker, and the run has none left.
    pub fn submit<R: Send + 'static>(
        &self,
        name: impl Into<String>,
        task: impl FnOnce() -> R + Send + 'static,
    ) -> Future<R> {
        let promise = Promise::new(name.into());
        let job: Job = Box::new({
            let promise = promise.clone();
            move |fate| match fate {
                Fate::Done(pool) if promise.begin() => {
                    let value = scope(promise.name(), task);
                    let ended = promise.keep(value, &mut pool.state.lock().last);
                    ended.tell();
                }
                Fate::Done(_) => {}
                Fate::Cancelled => {
                    promise.cancel();
                }
                Fate::Broken => promise.break_off(),
            }
        });
        self.give(job);
        Future::of(promise)
    }

    /// The part of submitting a task that is the same for all of them, so it is not generic.
    fn give(&self, job: Job) {
        let mut state = self.shared.state.lock();
        if state.broken {
            drop(state);
            return job(Fate::Broken);
        }
        let level = state.tasks.len() + 1;
        let submitted = lane::with(|context| self.shared.record(context, &mut state, level));
        state.tasks.push_back((job, submitted));
        let number = state.started;
        let hire = state.tasks.len() > state.idle && number < self.most;
        state.started += usize::from(hire);
        drop(state);
        self.shared.state.notify_one();
        if hire {
            let shared = self.shared.clone();
            let worker = spawn(format!("{}_{number}", self.shared.name), move || shared.work());
            self.workers.lock().push(worker);
        }
    }

    /// Whether an initializer has failed, so that no task will begin any more.
    pub fn is_broken(&self) -> bool {
        self.shared.state.lock().broken
    }

    /// Has workers call `function` for each input, and yields the results in the order of the inputs: in Python,
    /// `pool.map(function, inputs)`. All tasks are submitted at once, as `name-1`, `name-2`…
    #[track_caller]
    pub fn map<T, R, F>(&self, name: &str, inputs: impl IntoIterator<Item = T>, function: F) -> Map<R>
    where
        T: Send + 'static,
        R: Send + 'static,
        F: Fn(T) -> R + Send + Sync + 'static,
    {
        let function = Arc::new(function);
        let submit = |(input, number)| {
            let function = function.clone();
            self.submit(format!("{name}-{number}"), move || function(input))
        };
        let futures: Vec<_> = inputs.into_iter().zip(1..).map(submit).collect();
        Map::new(futures, Site::caller())
    }

    /// Waits until all tasks are done and all workers have ended: in Python, `pool.shutdown()`.
    #[track_caller]
    pub fn shutdown(self) {
        self.close();
        self.join_workers(Some(Site::caller()));
    }

    /// Cancels the tasks that have not begun, and waits for the others: in Python,
    /// `pool.shutdown(cancel_futures=True)`.
    #[track_caller]
    pub fn shutdown_cancelling(self) {
        self.close();
        self.cancel_tasks();
        self.join_workers(Some(Site::caller()));
    }

    /// Takes no more tasks, but does not wait for those that it has, whose workers end after them: in Python,
    /// `pool.shutdown(wait=False, cancel_futures=cancel)`. If `cancel`, those that have not begun are cancelled.
    pub fn shutdown_no_wait(self, cancel: bool) {
        self.close();
        if cancel {
            self.cancel_tasks();
        }
        // They live on without their handles.
        self.workers.lock().clear();
    }

    fn cancel_tasks(&self) {
        let tasks = std::mem::take(&mut self.shared.state.lock().tasks);
        tasks.into_iter().for_each(|(job, _)| job(Fate::Cancelled));
    }

    fn close(&self) {
        let mut state = self.shared.state.lock();
        state.closed.get_or_insert_with(|| lane::with(|context| context.cause()));
        drop(state);
        self.shared.state.notify_all();
    }

    fn join_workers(&self, site: Option<Site>) {
        let workers = std::mem::take(&mut *self.workers.lock());
        for worker in workers {
            worker.join_at(site);
        }
    }
}

impl Drop for ThreadPool {
    fn drop(&mut self) {
        // A lane that unwinds must not wait for anyone.
        if std::thread::panicking() {
            return;
        }
        self.close();
        // A worker whose task drops the pool cannot wait for itself.
        let own = lane::current_id();
        if !self.workers.lock().iter().any(|worker| Some(worker.lane()) == own) {
            self.join_workers(None);
        }
    }
}

impl Shared {
    /// What a worker does.
    fn work(&self) {
        if let Some(Err(error)) = self.initializer.as_ref().map(|initializer| initializer()) {
            return self.break_with(&error);
        }
        while let Some(job) = self.next_job() {
            job(Fate::Done(self));
        }
    }

    /// The initializer of the current worker has failed.
    fn break_with(&self, error: &str) {
        lane::failed(format!("Exception in initializer: {error}"));
        let mut state = self.state.lock();
        state.broken = true;
        let tasks = std::mem::take(&mut state.tasks);
        lane::with(|context| self.record(context, &mut state, 0));
        drop(state);
        tasks.into_iter().for_each(|(job, _)| job(Fate::Broken));
    }

    fn next_job(&self) -> Option<Job> {
        let mut state = self.state.lock();
        if state.tasks.is_empty() && state.closed.is_none() {
            state.idle += 1;
            let wait = BlockingWait::begin(Target::Resource(self.resource), None, None);
            while state.tasks.is_empty() && state.closed.is_none() {
                wait.sleep(&mut state, None);
            }
            state.idle -= 1;
            let submitted = state.tasks.front().map(|(_, cause)| *cause);
            wait.over(submitted.or(state.closed));
        }
        let (job, _) = state.tasks.pop_front()?;
        let level = state.tasks.len();
        lane::with(|context| self.record(context, &mut state, level));
        Some(job)
    }

    /// Records how many tasks wait now.
    fn record(&self, context: &mut Context, state: &mut State, level: usize) -> Cause {
        state.last = context.resource_event(Tag::Level, self.resource, level as i64, state.last);
        Cause { lane: context.lane, time: state.last }
    }
}
