//! Waiting for several futures of an executor.

use std::sync::Arc;
use std::time::Duration;

use super::future::Future;
use crate::runtime::Failure;
use crate::runtime::lane::{self, Site};
use crate::runtime::processes::pool::crew::Crew;
use crate::runtime::processes::pool::job::Job;
use crate::trace::Nanos;

/// When [`wait`] returns: in Python, `return_when`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// Once one future is done: `FIRST_COMPLETED`.
    FirstCompleted,
    /// Once a call has failed, or all are done: `FIRST_EXCEPTION`.
    FirstError,
    /// Once all are done: `ALL_COMPLETED`.
    All,
}

/// Waits for these futures, for at most `timeout` if there is one, and sorts them: those that are done, and the others.
/// In Python, `concurrent.futures.wait(futures, timeout, return_when)`.
///
/// # Panics
/// If they are of several executors. Unlike Python, where threads wait for each executor, here a lane can wait for the
/// results of one.
#[track_caller]
pub fn wait<R>(futures: Vec<Future<R>>, timeout: Option<Duration>, when: When) -> (Vec<Future<R>>, Vec<Future<R>>) {
    let enough = |jobs: &[&Job]| match when {
        When::FirstCompleted => jobs.iter().any(|job| job.is_told()),
        When::FirstError => {
            jobs.iter().any(|job| job.is_told() && job.has_failed()) || jobs.iter().all(|job| job.is_told())
        }
        When::All => jobs.iter().all(|job| job.is_told()),
    };
    if let Some(crew) = only_crew(&futures) {
        crew.wait_for_jobs(&jobs(&futures), Site::caller(), timeout, enough);
    }
    futures.into_iter().partition(|future| future.asked.look(Job::is_told))
}

/// Yields each of these futures when it is done: in Python, `concurrent.futures.as_completed(futures)`.
///
/// # Panics
/// If they are of several executors, as for [`wait`].
#[track_caller]
pub fn as_completed<R>(futures: Vec<Future<R>>) -> AsCompleted<R> {
    only_crew(&futures);
    AsCompleted { all: futures.len(), futures, site: Site::caller(), began: lane::now(), until: None }
}

/// Futures in the order of completion; the next one is waited for when it is requested.
pub struct AsCompleted<R> {
    /// Those that have not been yielded yet.
    futures: Vec<Future<R>>,
    /// How many there were.
    all: usize,
    site: Site,
    began: Nanos,
    until: Option<Nanos>,
}

impl<R> AsCompleted<R> {
    /// What is not done so long after the call of `as_completed` is not waited for: in Python, `timeout=` of that call.
    pub fn with_timeout(mut self, timeout: Duration) -> AsCompleted<R> {
        self.until = Some(self.began + Nanos::from(lane::scaled(timeout)));
        self
    }

    /// The next future; `None` after the last.
    ///
    /// # Errors
    /// `TimeoutError` if the time is up.
    pub fn try_next(&mut self) -> Result<Option<Future<R>>, Failure> {
        let Some(crew) = only_crew(&self.futures) else { return Ok(None) };
        let left = self.until.map(|until| lane::unscaled(until.saturating_sub(lane::now())));
        let any = |jobs: &[&Job]| jobs.iter().any(|job| job.is_told());
        if !crew.wait_for_jobs(&jobs(&self.futures), self.site, left, any) {
            let (left, all) = (self.futures.len(), self.all);
            return Err(Crew::failure(format!("TimeoutError: {left} (of {all}) futures unfinished")));
        }
        let told = |future: &Future<R>| future.asked.look(Job::told);
        let done = self.futures.iter().enumerate().filter_map(|(at, future)| Some((told(future)?, at)));
        let first = done.min().map(|(_, at)| self.futures.remove(at));
        Ok(first)
    }
}

impl<R> Iterator for AsCompleted<R> {
    type Item = Future<R>;

    /// The next future; `None` after the last, or if the time is up.
    fn next(&mut self) -> Option<Future<R>> {
        self.try_next().ok().flatten()
    }
}

fn jobs<R>(futures: &[Future<R>]) -> Vec<u32> {
    futures.iter().map(|future| future.asked.job).collect()
}

/// The crew of these futures; none if there are none.
fn only_crew<R>(futures: &[Future<R>]) -> Option<Arc<Crew>> {
    let crew = &futures.first()?.asked.crew;
    assert!(futures.iter().all(|future| Arc::ptr_eq(crew, &future.asked.crew)), "futures of several executors");
    Some(crew.clone())
}
