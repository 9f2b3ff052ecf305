//! Futures of a pool's tasks: the result of each, which may not be there yet. Knows no pool.

use std::sync::Arc;
use std::time::Duration;

use crate::runtime::Failure;
use crate::runtime::host::Monitor;
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::record::Tag;
use crate::trace::{Cause, Nanos, ResourceId, ResourceKind, Target};

/// The result of a task, which may not be there yet: in Python, `concurrent.futures.Future`.
pub struct Future<R> {
    promise: Arc<Promise<R>>,
}

/// Why a future has no result.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NoResult {
    /// The task was cancelled before it began: in Python, `concurrent.futures.CancelledError`.
    #[error("CancelledError: “{0}” was cancelled before it began")]
    Cancelled(String),
    /// The pool broke before it began: in Python, `concurrent.futures.thread.BrokenThreadPool`.
    #[error("BrokenThreadPool: “{0}” did not begin, since an initializer of its pool failed")]
    Broken(String),
    /// It was not there in time: in Python, a `TimeoutError`.
    #[error("TimeoutError: “{0}” had no result in time")]
    TimedOut(String),
    /// Somebody has it already. Unlike Python, where all get the same object, whoever has the future takes it.
    #[error("the result of “{0}” was taken before")]
    Taken(String),
}

impl From<NoResult> for Failure {
    fn from(none: NoResult) -> Failure {
        let lane = lane::current().map_or_else(|| "main".to_owned(), |(_, lane)| lane);
        Failure { lane, message: none.to_string() }
    }
}

/// What a future and the pool that works for it share.
pub(in crate::runtime) struct Promise<R> {
    name: String,
    resource: ResourceId,
    state: Monitor<Promised<R>>,
}

struct Promised<R> {
    stage: Stage<R>,
    /// Who is to be told when it is over, and its position among the futures that they wait for.
    watchers: Vec<(Arc<Completions>, usize)>,
    callbacks: Vec<Callback<R>>,
}

type Callback<R> = Box<dyn FnOnce(&Future<R>) + Send>;

enum Stage<R> {
    /// No worker has begun its task.
    Pending,
    Running,
    /// By whom.
    Cancelled(Cause),
    /// The pool broke before it began.
    Broken(Cause),
    /// The result, until somebody takes it, and who set it.
    Done(Option<R>, Cause),
}

/// Which of several futures are over: their positions, and who ended them.
#[derive(Default)]
pub(super) struct Completions(pub(super) Monitor<std::collections::VecDeque<(usize, Cause)>>);

/// What is still to be done, under no lock, for a future that is over.
#[must_use]
pub(in crate::runtime) struct Ended<R> {
    promise: Arc<Promise<R>>,
    callbacks: Vec<Callback<R>>,
}

impl<R> Ended<R> {
    /// Wakes those who wait, and calls the callbacks.
    pub(in crate::runtime) fn tell(self) {
        self.promise.state.notify_all();
        let future = Future { promise: self.promise };
        self.callbacks.into_iter().for_each(|callback| callback(&future));
    }
}

impl<R> Promised<R> {
    /// Who has ended it, once that has happened.
    fn over(&self) -> Option<Cause> {
        match self.stage {
            Stage::Pending | Stage::Running => None,
            Stage::Cancelled(cause) | Stage::Broken(cause) | Stage::Done(_, cause) => Some(cause),
        }
    }
}

impl<R> Promise<R> {
    pub(in crate::runtime) fn new(name: String) -> Arc<Promise<R>> {
        let resource = lane::with(|context| context.define_resource(ResourceKind::Future, &name));
        let promised = Promised { stage: Stage::Pending, watchers: Vec::new(), callbacks: Vec::new() };
        Arc::new(Promise { name, resource, state: Monitor::new(promised) })
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// A worker begins the task, unless it was cancelled.
    pub(in crate::runtime) fn begin(&self) -> bool {
        let mut promised = self.state.lock();
        let begins = matches!(promised.stage, Stage::Pending);
        if begins {
            promised.stage = Stage::Running;
        }
        begins
    }

    /// Whether it is cancelled now.
    pub(in crate::runtime) fn cancel(self: &Arc<Self>) -> bool {
        self.give_up(Stage::Cancelled);
        matches!(self.state.lock().stage, Stage::Cancelled(_))
    }

    /// The pool is broken, so the task does not begin.
    pub(super) fn break_off(self: &Arc<Self>) {
        self.give_up(Stage::Broken);
    }

    fn give_up(self: &Arc<Self>, stage: fn(Cause) -> Stage<R>) {
        let mut promised = self.state.lock();
        if let Stage::Pending = promised.stage {
            let cause = lane::with(|context| context.cause());
            let ended = self.end(&mut promised, stage(cause), cause);
            drop(promised);
            ended.tell();
        }
    }

    /// The task has returned. `last` is the time of the latest event of the pool's futures, under the pool's lock: they are
    /// kept one after the other, so all observers see the same order of completion.
    pub(in crate::runtime) fn keep(self: &Arc<Self>, value: R, last: &mut Nanos) -> Ended<R> {
        let mut promised = self.state.lock();
        let cause = lane::with(|context| {
            *last = context.resource_event(Tag::Level, self.resource, 1, *last);
            Cause { lane: context.lane, time: *last }
        });
        self.end(&mut promised, Stage::Done(Some(value), cause), cause)
    }

    fn end(self: &Arc<Self>, promised: &mut Promised<R>, stage: Stage<R>, cause: Cause) -> Ended<R> {
        promised.stage = stage;
        for (completions, place) in promised.watchers.drain(..) {
            completions.0.lock().push_back((place, cause));
            completions.0.notify_one();
        }
        Ended { promise: self.clone(), callbacks: std::mem::take(&mut promised.callbacks) }
    }
}

impl<R> Future<R> {
    pub(in crate::runtime) fn of(promise: Arc<Promise<R>>) -> Future<R> {
        Future { promise }
    }

    /// Waits until the task has returned, and returns its result: in Python, `future.result()`.
    ///
    /// # Panics
    /// If there will be none, as [`Future::try_result`] says. Unlike Python, where that is an error, it can only end the
    /// run here, since a task returns its own errors.
    #[track_caller]
    pub fn result(self) -> R {
        self.result_at(Site::caller())
    }

    /// The same for a future that may have none: in Python, `future.result()` too.
    ///
    /// # Errors
    /// If the task was cancelled, or its pool broke, before it began.
    #[track_caller]
    pub fn try_result(self) -> Result<R, NoResult> {
        self.taken(Site::caller(), None)
    }

    /// The same, but waits at most `timeout`: in Python, `future.result(timeout)`.
    ///
    /// # Errors
    /// The future itself, if the task has not returned in time.
    ///
    /// # Panics
    /// As [`Future::result`].
    #[track_caller]
    pub fn result_timeout(self, timeout: Duration) -> Result<R, Future<R>> {
        match self.taken(Site::caller(), Some(timeout)) {
            Ok(result) => Ok(result),
            Err(NoResult::TimedOut(_)) => Err(self),
            Err(none) => panic!("{none}"),
        }
    }

    /// Has the task not begin, unless it has; whether it is cancelled: in Python, `future.cancel()`.
    pub fn cancel(&self) -> bool {
        self.promise.cancel()
    }

    /// Whether the task was cancelled: in Python, `future.cancelled()`.
    pub fn cancelled(&self) -> bool {
        matches!(self.promise.state.lock().stage, Stage::Cancelled(_))
    }

    /// Whether a worker works on the task: in Python, `future.running()`.
    pub fn running(&self) -> bool {
        matches!(self.promise.state.lock().stage, Stage::Running)
    }

    /// Whether the task has returned, or will never begin: in Python, `future.done()`.
    pub fn done(&self) -> bool {
        self.over().is_some()
    }

    /// The name of the task.
    pub fn name(&self) -> &str {
        self.promise.name()
    }

    pub(super) fn result_at(&self, site: Site) -> R {
        self.taken(site, None).unwrap_or_else(|none| panic!("{none}"))
    }

    /// Who has ended it, once that has happened.
    pub(super) fn over(&self) -> Option<Cause> {
        self.promise.state.lock().over()
    }

    /// Has `completions` told when it is over, as `place`; or else says who has ended it already.
    pub(super) fn watch(&self, completions: &Arc<Completions>, place: usize) -> Option<Cause> {
        let mut promised = self.promise.state.lock();
        let over = promised.over();
        if over.is_none() {
            promised.watchers.push((completions.clone(), place));
        }
        over
    }

    /// Whether it is broken, or has a result of which `fails` is true.
    pub(super) fn has_failed(&self, fails: fn(&R) -> bool) -> bool {
        match &self.promise.state.lock().stage {
            Stage::Done(Some(value), _) => fails(value),
            Stage::Broken(_) => true,
            _ => false,
        }
    }

    /// Waits for the result, and takes it.
    pub(super) fn taken(&self, site: Site, timeout: Option<Duration>) -> Result<R, NoResult> {
        self.wait(site, timeout, Option::take)
    }

    /// Waits until it is over, and looks at the result, if it is still there.
    fn wait<U>(
        &self,
        site: Site,
        timeout: Option<Duration>,
        look: impl FnOnce(&mut Option<R>) -> Option<U>,
    ) -> Result<U, NoResult> {
        let on = Target::Resource(self.promise.resource);
        let mut promised = self.promise.state.lock();
        match promised.over() {
            Some(cause) => lane::with(|context| context.passed(on, Some(cause), Some(site))),
            None => {
                let wait = BlockingWait::begin(on, Some(site), timeout);
                while promised.over().is_none() && wait.sleep(&mut promised, None) {}
                wait.over(promised.over());
            }
        }
        let name = || self.name().to_owned();
        match &mut promised.stage {
            Stage::Done(value, _) => look(value).ok_or_else(|| NoResult::Taken(name())),
            Stage::Pending | Stage::Running => Err(NoResult::TimedOut(name())),
            Stage::Cancelled(_) => Err(NoResult::Cancelled(name())),
            Stage::Broken(_) => Err(NoResult::Broken(name())),
        }
    }
}

impl<R: 'static> Future<R> {
    /// Has the lane that ends the task, or cancels it, call this then; if it is over, calls it at once: in Python,
    /// `future.add_done_callback(callback)`. Callbacks are called in the order in which they were added, after those who
    /// wait were woken. Unlike Python, where an error of a callback is logged, one that panics ends the run.
    pub fn add_done_callback(&self, callback: impl FnOnce(&Future<R>) + Send + 'static) {
        let mut promised = self.promise.state.lock();
        if promised.over().is_none() {
            return promised.callbacks.push(Box::new(callback));
        }
        drop(promised);
        callback(self);
    }
}

impl<R: Clone> Future<R> {
    /// As [`Future::try_result`], but leaves the result there, for others: in a callback, for example.
    ///
    /// # Errors
    /// If the task was cancelled, or its pool broke, before it began; or if the result was taken meanwhile.
    #[track_caller]
    pub fn result_cloned(&self) -> Result<R, NoResult> {
        self.wait(Site::caller(), None, |value| value.clone())
    }
}

impl<T, E: Clone> Future<Result<T, E>> {
    /// Waits until the task has returned, and returns its error, or `None` if it has none: in Python,
    /// `future.exception()`.
    ///
    /// # Errors
    /// If the task was cancelled, or its pool broke, before it began.
    #[track_caller]
    pub fn exception(&self) -> Result<Option<E>, NoResult> {
        self.exception_at(Site::caller(), None)
    }

    /// The same, but waits at most `timeout`: in Python, `future.exception(timeout)`.
    ///
    /// # Errors
    /// If the task has not returned in time; or was cancelled, or its pool broke, before it began.
    #[track_caller]
    pub fn exception_timeout(&self, timeout: Duration) -> Result<Option<E>, NoResult> {
        self.exception_at(Site::caller(), Some(timeout))
    }

    fn exception_at(&self, site: Site, timeout: Option<Duration>) -> Result<Option<E>, NoResult> {
        self.wait(site, timeout, |value| value.as_ref().map(|value| value.as_ref().err().cloned()))
    }
}
