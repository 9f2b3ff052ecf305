//! Futures of an executor's calls.

use std::collections::VecDeque;
use std::time::Duration;

use crate::runtime::Failure;
use crate::runtime::lane::{self, Site};
use crate::runtime::processes::pool::asked::{Asked, Unpack};
use crate::runtime::processes::pool::crew::Crew;
use crate::runtime::processes::pool::job::{Answer, Job};
use crate::trace::Nanos;

/// The result of a call, which may not be there yet: in Python, `concurrent.futures.Future`. Dropping it does not cancel
/// the call.
pub struct Future<R> {
    pub(super) asked: Asked,
    unpack: Unpack<R>,
}

impl<R> Future<R> {
    pub(super) fn new(asked: Asked, unpack: Unpack<R>) -> Future<R> {
        Future { asked, unpack }
    }

    /// Waits for the result: in Python, `future.result()`. It can be had again and again.
    ///
    /// # Errors
    /// The call's error; `CancelledError` if it was cancelled; `BrokenProcessPool` if a worker has died before it was
    /// done.
    #[track_caller]
    pub fn result(&self) -> Result<R, Failure> {
        self.result_at(Site::caller(), None).expect("without a time-out it waits until it is there")
    }

    /// The same, but waits at most `timeout`: in Python, `future.result(timeout)`. `None` if it is not there in time: in
    /// Python, a `TimeoutError`.
    ///
    /// # Errors
    /// As [`Future::result`].
    #[track_caller]
    pub fn result_timeout(&self, timeout: Duration) -> Result<Option<R>, Failure> {
        self.result_at(Site::caller(), Some(timeout)).transpose()
    }

    /// Waits until it is done, and gives its error, if it is one: in Python, `future.exception()`.
    ///
    /// # Errors
    /// `CancelledError` if it was cancelled.
    #[track_caller]
    pub fn exception(&self) -> Result<Option<Failure>, Failure> {
        let answer = self.asked.answer(Site::caller(), None).expect("without a time-out it waits until it is there");
        let error = answer.err().map(Crew::failure);
        if self.cancelled() { error.map_or(Ok(None), Err) } else { Ok(error) }
    }

    /// Has no worker begin the call, if none has; whether it is cancelled: in Python, `future.cancel()`.
    pub fn cancel(&self) -> bool {
        self.asked.crew.cancel(self.asked.job)
    }

    /// Whether it was cancelled: in Python, `future.cancelled()`.
    pub fn cancelled(&self) -> bool {
        self.asked.look(Job::is_cancelled)
    }

    /// Whether a worker is at the call: in Python, `future.running()`.
    pub fn running(&self) -> bool {
        self.asked.crew.is_running(self.asked.job)
    }

    /// Whether the call has returned, has failed or was cancelled: in Python, `future.done()`.
    #[track_caller]
    pub fn done(&self) -> bool {
        self.asked.wait(Site::caller(), Some(Duration::ZERO), |_| false)
    }

    /// Has `callback` called with the result, when it comes, by the lane that takes it: in Python,
    /// `future.add_done_callback(callback)`. Callbacks are called in the order in which they were added; if it is done,
    /// at once.
    pub fn add_done_callback(&self, callback: impl FnOnce(Result<R, Failure>) + Send + 'static)
    where
        R: 'static,
    {
        let unpack = self.unpack;
        self.asked.call_back(move |answer| callback(unpack(answer).map_err(Crew::failure)));
    }

    fn result_at(&self, site: Site, timeout: Option<Duration>) -> Option<Result<R, Failure>> {
        let answer: Answer = self.asked.answer(site, timeout)?;
        Some((self.unpack)(&answer).map_err(Crew::failure))
    }
}

/// Results in the order of the inputs; each is waited for when it is requested. When one is an error, nothing comes
/// after it. What no worker has begun is cancelled then; also when this is dropped, if a result was requested before.
pub struct Map<R> {
    chunks: VecDeque<Future<Vec<R>>>,
    /// The results left of the current chunk.
    unpacked: VecDeque<R>,
    site: Site,
    began: Nanos,
    until: Option<Nanos>,
    /// As a generator of Python's, it has nothing to clean up before.
    requested: bool,
}

impl<R> Map<R> {
    pub(super) fn new(chunks: VecDeque<Future<Vec<R>>>, site: Site) -> Map<R> {
        Map { chunks, unpacked: VecDeque::new(), site, began: lane::now(), until: None, requested: false }
    }

    /// What has not come so long after the call of `map` is a `TimeoutError`: in Python, `timeout=` of that call.
    pub fn with_timeout(mut self, timeout: Duration) -> Map<R> {
        self.until = Some(self.began + Nanos::from(lane::scaled(timeout)));
        self
    }

    fn cancel_rest(&mut self) {
        for chunk in self.chunks.drain(..) {
            chunk.cancel();
        }
    }
}

impl<R> Drop for Map<R> {
    fn drop(&mut self) {
        if self.requested {
            self.cancel_rest();
        }
    }
}

impl<R> Iterator for Map<R> {
    type Item = Result<R, Failure>;

    fn next(&mut self) -> Option<Result<R, Failure>> {
        self.requested = true;
        while self.unpacked.is_empty() {
            let chunk = self.chunks.pop_front()?;
            let left = self.until.map(|until| lane::unscaled(until.saturating_sub(lane::now())));
            let results = chunk.result_at(self.site, left).unwrap_or_else(|| {
                chunk.cancel();
                Err(Crew::failure("TimeoutError: the next result is not there".to_owned()))
            });
            match results {
                Ok(results) => self.unpacked.extend(results),
                Err(failure) => {
                    self.cancel_rest();
                    return Some(Err(failure));
                }
            }
        }
        self.unpacked.pop_front().map(Ok)
    }
}
