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
//!
//! Unlike Python, where a task raises its errors, one that can fail returns a `Result`, which is what its future returns;
//! so an error reaches only the lane that asks for it. Unlike Python, where submitting to a pool that is shut down is an
//! error, nothing can be: the pool is gone by then.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

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

/// The result of a task, which may not be there yet: in Python, `concurrent.futures.Future`.
pub struct Future<R> {
    shared: Arc<Promise<R>>,
    name: String,
}

struct Shared {
    name: String,
    resource: ResourceId,
    state: Monitor<State>,
}

struct State {
    /// Tasks that no worker has taken, and who submitted them.
    tasks: VecDeque<(Job, Cause)>,
    /// Workers that wait for tasks.
    idle: usize,
    started: usize,
    /// Who shut the pool down.
    closed: Option<Cause>,
    /// Time of the pool's latest event, or of its futures'; the next is put after it.
    last: Nanos,
}

/// Called by a worker with the pool; without it to cancel the task.
type Job = Box<dyn FnOnce(Option<&Shared>) + Send>;

struct Promise<R> {
    resource: ResourceId,
    state: Monitor<Promised<R>>,
}

struct Promised<R> {
    stage: Stage<R>,
    /// Who is to be told when it is there, and its position among the futures that they wait for.
    watchers: Vec<(Arc<Completions>, usize)>,
}

enum Stage<R> {
    /// No worker has begun its task.
    Pending,
    Running,
    /// By whom.
    Cancelled(Cause),
    /// The result, until somebody takes it, and who set it.
    Done(Option<R>, Cause),
}

impl<R> Promised<R> {
    /// Who has set a result or cancelled it, once that has happened.
    fn over(&self) -> Option<Cause> {
        match self.stage {
            Stage::Pending | Stage::Running => None,
            Stage::Cancelled(cause) | Stage::Done(_, cause) => Some(cause),
        }
    }

    /// Tells those who want to know.
    fn tell(&mut self, cause: Cause) {
        for (completions, place) in self.watchers.drain(..) {
            completions.0.lock().push_back((place, cause));
            completions.0.notify_one();
        }
    }
}

/// Which of several futures are done: their positions, and who set them.
struct Completions(Monitor<VecDeque<(usize, Cause)>>);

impl ThreadPool {
    /// A pool of at most `workers` workers; none is started yet.
    ///
    /// # Panics
    /// If `workers` is 0.
    pub fn new(name: impl Into<String>, workers: usize) -> ThreadPool {
        let name = name.into();
        assert!(workers > 0, "pool “{name}” has no workers");
        let (resource, last) = lane::with(|context| {
            let resource = context.define_resource(ResourceKind::Pool, &name);
            (resource, context.resource_event(Tag::Level, resource, 0, Nanos::ZERO))
        });
        let state = State { tasks: VecDeque::new(), idle: 0, started: 0, closed: None, last };
        let shared = Arc::new(Shared { name, resource, state: Monitor::new(state) });
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
        let name = name.into();
        let resource = lane::with(|context| context.define_resource(ResourceKind::Future, &name));
        let promised = Promised { stage: Stage::Pending, watchers: Vec::new() };
        let promise = Arc::new(Promise { resource, state: Monitor::new(promised) });
        let job: Job = Box::new({
            let (promise, name) = (promise.clone(), name.clone());
            move |pool| match pool {
                Some(pool) if promise.begin() => {
                    let value = scope(&name, task);
                    promise.keep(value, pool);
                }
                Some(_) => {}
                None => {
                    promise.cancel();
                }
            }
        });
        let mut state = self.shared.state.lock();
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
        Future { shared: promise, name }
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
        Map { futures: futures.into_iter(), site: Site::caller() }
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
        let tasks = std::mem::take(&mut self.shared.state.lock().tasks);
        tasks.into_iter().for_each(|(job, _)| job(None));
        self.join_workers(Some(Site::caller()));
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
        while let Some(job) = self.next_job() {
            job(Some(self));
        }
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

impl<R> Promise<R> {
    /// A worker begins the task, unless it was cancelled.
    fn begin(&self) -> bool {
        let mut promised = self.state.lock();
        let begins = matches!(promised.stage, Stage::Pending);
        if begins {
            promised.stage = Stage::Running;
        }
        begins
    }

    /// Whether it is cancelled now.
    fn cancel(&self) -> bool {
        let mut promised = self.state.lock();
        if let Stage::Pending = promised.stage {
            let cause = lane::with(|context| context.cause());
            promised.stage = Stage::Cancelled(cause);
            promised.tell(cause);
            drop(promised);
            self.state.notify_all();
            return true;
        }
        matches!(promised.stage, Stage::Cancelled(_))
    }

    /// The task has returned. Futures of a pool are kept one after the other, so all observers see the same order of
    /// completion.
    fn keep(&self, value: R, pool: &Shared) {
        let mut pool_state = pool.state.lock();
        let mut promised = self.state.lock();
        let cause = lane::with(|context| {
            pool_state.last = context.resource_event(Tag::Level, self.resource, 1, pool_state.last);
            Cause { lane: context.lane, time: pool_state.last }
        });
        promised.stage = Stage::Done(Some(value), cause);
        promised.tell(cause);
        drop(promised);
        self.state.notify_all();
    }
}

impl<R> Future<R> {
    /// Waits until the task has returned, and returns its result: in Python, `future.result()`.
    ///
    /// # Panics
    /// If the task was cancelled: in Python, a `CancelledError`.
    #[track_caller]
    pub fn result(self) -> R {
        self.result_at(Site::caller())
    }

    /// The same, but waits at most `timeout`: in Python, `future.result(timeout)`.
    ///
    /// # Errors
    /// The future itself, if the task has not returned in time.
    ///
    /// # Panics
    /// If the task was cancelled.
    #[track_caller]
    pub fn result_timeout(self, timeout: Duration) -> Result<R, Future<R>> {
        self.wait(Site::caller(), Some(timeout)).ok_or(self)
    }

    /// Has the task not begin, unless it has; whether it is cancelled: in Python, `future.cancel()`.
    pub fn cancel(&self) -> bool {
        self.shared.cancel()
    }

    /// Whether the task was cancelled: in Python, `future.cancelled()`.
    pub fn cancelled(&self) -> bool {
        matches!(self.shared.state.lock().stage, Stage::Cancelled(_))
    }

    /// Whether a worker works on the task: in Python, `future.running()`.
    pub fn running(&self) -> bool {
        matches!(self.shared.state.lock().stage, Stage::Running)
    }

    /// Whether the task has returned or was cancelled: in Python, `future.done()`.
    pub fn done(&self) -> bool {
        self.shared.state.lock().over().is_some()
    }

    /// The name of the task.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn result_at(self, site: Site) -> R {
        self.wait(site, None).expect("without a time-out it waits until it is there")
    }

    fn wait(&self, site: Site, timeout: Option<Duration>) -> Option<R> {
        let on = Target::Resource(self.shared.resource);
        let mut promised = self.shared.state.lock();
        match promised.over() {
            Some(cause) => lane::with(|context| context.passed(on, Some(cause), Some(site))),
            None => {
                let wait = BlockingWait::begin(on, Some(site), timeout);
                while promised.over().is_none() && wait.sleep(&mut promised, None) {}
                wait.over(promised.over());
            }
        }
        match &mut promised.stage {
            Stage::Done(value, _) => value.take(),
            Stage::Pending | Stage::Running => None,
            Stage::Cancelled(_) => {
                drop(promised);
                panic!("CancelledError: “{}” was cancelled before it began", self.name)
            }
        }
    }
}

/// Results in the order of the inputs; each is waited for when it is requested.
pub struct Map<R> {
    futures: std::vec::IntoIter<Future<R>>,
    site: Site,
}

impl<R> Drop for Map<R> {
    fn drop(&mut self) {
        for future in self.futures.as_slice() {
            future.cancel();
        }
    }
}

impl<R> Iterator for Map<R> {
    type Item = R;

    fn next(&mut self) -> Option<R> {
        let site = self.site;
        self.futures.next().map(|future| future.result_at(site))
    }
}

/// Yields each of these futures when its task has returned or was cancelled: in Python, `concurrent.futures.as_completed(futures)`.
#[track_caller]
pub fn as_completed<R>(futures: impl IntoIterator<Item = Future<R>>) -> AsCompleted<R> {
    let futures: Vec<_> = futures.into_iter().map(Some).collect();
    let name = format!("as_completed of {}", futures.len());
    let resource = lane::with(|context| context.define_resource(ResourceKind::Gather, &name));
    let completions = Arc::new(Completions(Monitor::default()));
    let mut early = Vec::new();
    for (future, place) in futures.iter().flatten().zip(0..) {
        let mut promised = future.shared.state.lock();
        match promised.over() {
            Some(cause) => early.push((place, cause)),
            None => promised.watchers.push((completions.clone(), place)),
        }
    }
    // Some of the watched ones may have completed before the last of the others was checked, so all are sorted.
    let mut completed = completions.0.lock();
    completed.extend(early);
    completed.make_contiguous().sort_by_key(|(_, cause)| cause.time);
    drop(completed);
    AsCompleted { futures, completions, resource, site: Site::caller() }
}

/// Futures in the order of completion; the next one is waited for when it is requested.
pub struct AsCompleted<R> {
    /// Those that have not been yielded yet, by their positions.
    futures: Vec<Option<Future<R>>>,
    completions: Arc<Completions>,
    resource: ResourceId,
    site: Site,
}

impl<R> Iterator for AsCompleted<R> {
    type Item = Future<R>;

    fn next(&mut self) -> Option<Future<R>> {
        if self.futures.iter().all(Option::is_none) {
            return None;
        }
        let on = Target::Resource(self.resource);
        let mut completed = self.completions.0.lock();
        let (place, _) = match completed.pop_front() {
            Some(completion) => {
                lane::with(|context| context.passed(on, Some(completion.1), Some(self.site)));
                completion
            }
            None => {
                let wait = BlockingWait::begin(on, Some(self.site), None);
                loop {
                    wait.sleep(&mut completed, None);
                    if let Some(completion) = completed.pop_front() {
                        wait.over(Some(completion.1));
                        break completion;
                    }
                }
            }
        };
        drop(completed);
        self.futures[place].take()
    }
}
