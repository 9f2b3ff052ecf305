//! Several futures of pools, as they complete.

use std::sync::Arc;
use std::time::Duration;

use super::future::{Completions, Future};
use crate::runtime::Failure;
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::{Cause, Nanos, ResourceId, ResourceKind, Target};

/// Not all of several futures were done in time: in Python, a `TimeoutError`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{unfinished} (of {total}) futures unfinished")]
pub struct TimedOut {
    /// How many were not.
    pub unfinished: usize,
    /// How many there were.
    pub total: usize,
}

impl From<TimedOut> for Failure {
    fn from(timed_out: TimedOut) -> Failure {
        let lane = lane::current().map_or_else(|| "main".to_owned(), |(_, lane)| lane);
        Failure { lane, message: format!("TimeoutError: {timed_out}") }
    }
}

/// When a [`wait`] for futures is over: in Python, `return_when`.
pub struct When<R>(Enough<R>);

enum Enough<R> {
    One,
    /// One with a result of which this is true.
    Failed(fn(&R) -> bool),
    All,
}

impl<R> When<R> {
    /// When one is done.
    pub const FIRST_COMPLETED: When<R> = When(Enough::One);
    /// When all are done.
    pub const ALL_COMPLETED: When<R> = When(Enough::All);

    fn is_met_by(&self, done: &Future<R>) -> bool {
        match self.0 {
            Enough::One => true,
            Enough::Failed(fails) => done.has_failed(fails),
            Enough::All => false,
        }
    }
}

impl<T, E> When<Result<T, E>> {
    /// When one has returned an error, or all are done. A task that was cancelled has returned none.
    pub const FIRST_EXCEPTION: When<Result<T, E>> = When(Enough::Failed(Result::is_err));
}

/// Those that are done, and those that are not: each in the order in which they were given.
pub struct Waited<R> {
    /// They have their results, or were cancelled.
    pub done: Vec<Future<R>>,
    /// They go on.
    pub not_done: Vec<Future<R>>,
}

/// Waits for some of these futures: in Python, `concurrent.futures.wait(futures, return_when=when)`.
///
/// Unlike Python, where a cancelled future counts only when a worker has come to it, it is done at once.
#[track_caller]
pub fn wait<R>(futures: impl IntoIterator<Item = Future<R>>, when: When<R>) -> Waited<R> {
    wait_at(futures.into_iter().collect(), &when, None, Site::caller())
}

/// The same, for at most `timeout`: in Python, `concurrent.futures.wait(futures, timeout, when)`.
#[track_caller]
pub fn wait_timeout<R>(futures: impl IntoIterator<Item = Future<R>>, when: When<R>, timeout: Duration) -> Waited<R> {
    wait_at(futures.into_iter().collect(), &when, Some(timeout), Site::caller())
}

fn wait_at<R>(futures: Vec<Future<R>>, when: &When<R>, timeout: Option<Duration>, site: Site) -> Waited<R> {
    let until = timeout.map(|timeout| lane::now() + Nanos::from(lane::scaled(timeout)));
    let mut watched = Watched::new("wait", futures, site);
    let mut done = vec![false; watched.futures.len()];
    let (mut left, mut is_enough) = (done.len(), false);
    while left > 0 {
        // What is done already is taken too.
        let next = if is_enough { watched.next_now() } else { watched.next(until) };
        let Some(place) = next else { break };
        done[place] = true;
        left -= 1;
        is_enough |= watched.futures[place].as_ref().is_some_and(|future| when.is_met_by(future));
    }
    let mut waited = Waited { done: Vec::new(), not_done: Vec::new() };
    for (future, done) in watched.futures.into_iter().flatten().zip(done) {
        if done { &mut waited.done } else { &mut waited.not_done }.push(future);
    }
    waited
}

/// Yields each of these futures when its task has returned or was cancelled: in Python,
/// `concurrent.futures.as_completed(futures)`.
#[track_caller]
pub fn as_completed<R>(futures: impl IntoIterator<Item = Future<R>>) -> AsCompleted<R> {
    AsCompleted(Watched::new("as_completed", futures.into_iter().collect(), Site::caller()))
}

/// Futures in the order of completion; the next one is waited for when it is requested.
pub struct AsCompleted<R>(Watched<R>);

impl<R> AsCompleted<R> {
    /// Waits for so long at most, at the run's speed, from now on: in Python, `as_completed(futures, timeout)`.
    pub fn at_most(self, timeout: Duration) -> AsCompletedInTime<R> {
        let until = lane::now() + Nanos::from(lane::scaled(timeout));
        AsCompletedInTime { total: self.0.futures.len(), futures: self.0, until: Some(until) }
    }
}

impl<R> Iterator for AsCompleted<R> {
    type Item = Future<R>;

    fn next(&mut self) -> Option<Future<R>> {
        if self.0.left() == 0 {
            return None;
        }
        let place = self.0.next(None)?;
        self.0.futures[place].take()
    }
}

/// Futures in the order of completion, until the time is up; then, if some are left, that once.
pub struct AsCompletedInTime<R> {
    futures: Watched<R>,
    total: usize,
    /// `None` once the time was up.
    until: Option<Nanos>,
}

impl<R> Iterator for AsCompletedInTime<R> {
    type Item = Result<Future<R>, TimedOut>;

    fn next(&mut self) -> Option<Result<Future<R>, TimedOut>> {
        let (until, unfinished) = (self.until?, self.futures.left());
        if unfinished == 0 {
            return None;
        }
        match self.futures.next(Some(until)) {
            Some(place) => self.futures.futures[place].take().map(Ok),
            None => {
                self.until = None;
                Some(Err(TimedOut { unfinished, total: self.total }))
            }
        }
    }
}

/// Futures whose ends are awaited one after the other.
struct Watched<R> {
    /// Those that are still there, by their positions.
    futures: Vec<Option<Future<R>>>,
    completions: Arc<Completions>,
    resource: ResourceId,
    site: Site,
}

impl<R> Watched<R> {
    fn new(what: &str, futures: Vec<Future<R>>, site: Site) -> Watched<R> {
        let name = format!("{what} of {}", futures.len());
        let resource = lane::with(|context| context.define_resource(ResourceKind::Gather, &name));
        let completions = Arc::new(Completions::default());
        let mut early = Vec::new();
        for (place, future) in futures.iter().enumerate() {
            early.extend(future.watch(&completions, place).map(|cause| (place, cause)));
        }
        // Some of the watched ones may have completed before the last of the others was checked, so all are sorted.
        let mut completed = completions.0.lock();
        completed.extend(early);
        completed.make_contiguous().sort_by_key(|(_, cause)| cause.time);
        drop(completed);
        Watched { futures: futures.into_iter().map(Some).collect(), completions, resource, site }
    }

    fn left(&self) -> usize {
        self.futures.iter().flatten().count()
    }

    /// The position of the next one that is over, if one is.
    fn next_now(&self) -> Option<usize> {
        let (place, cause) = self.completions.0.lock().pop_front()?;
        self.passed(cause);
        Some(place)
    }

    /// The same, waiting until then if there is no other limit.
    fn next(&mut self, until: Option<Nanos>) -> Option<usize> {
        let mut completed = self.completions.0.lock();
        if let Some((place, cause)) = completed.pop_front() {
            self.passed(cause);
            return Some(place);
        }
        let left = until.map(|until| lane::unscaled(until.saturating_sub(lane::now())));
        if left == Some(Duration::ZERO) {
            return None;
        }
        let wait = BlockingWait::begin(Target::Resource(self.resource), Some(self.site), left);
        loop {
            let in_time = wait.sleep(&mut completed, None);
            let completion = completed.pop_front();
            if completion.is_some() || !in_time {
                wait.over(completion.map(|(_, cause)| cause));
                return completion.map(|(place, _)| place);
            }
        }
    }

    fn passed(&self, cause: Cause) {
        let on = Target::Resource(self.resource);
        lane::with(|context| context.passed(on, Some(cause), Some(self.site)));
    }
}
