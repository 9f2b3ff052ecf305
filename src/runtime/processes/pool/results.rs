//! Results of a pool's calls, for those who have asked: one at a time, or all of them at once.

use std::collections::VecDeque;
use std::marker::PhantomData;
use std::time::Duration;

use serde::de::DeserializeOwned;

use super::asked::{Asked, Unpack};
use super::crew::Crew;
use super::job::{Answer, Job};
use crate::runtime::Failure;
use crate::runtime::lane::Site;
use crate::runtime::processes::entry::unpack;

/// A result that may not be there yet: in Python, `multiprocessing.pool.AsyncResult`. It outlives its pool.
pub struct AsyncResult<R> {
    asked: Asked,
    unpack: Unpack<R>,
}

/// Results one after the other: what Python's `pool.imap` and `pool.imap_unordered` return. In Python a call that fails
/// raises its error in its turn; here it is an `Err` in its turn.
pub struct Imap<R> {
    asked: Asked,
    /// In the order in which they come, not in that of the inputs.
    unordered: bool,
    /// How many calls are in a task.
    chunk: usize,
    /// The tasks whose results are still to be yielded.
    tasks: std::ops::Range<usize>,
    /// The results left of the current task.
    unpacked: VecDeque<Result<R, Failure>>,
    of: PhantomData<fn() -> R>,
}

impl<R> AsyncResult<R> {
    pub(super) fn new(asked: Asked, unpack: Unpack<R>) -> AsyncResult<R> {
        AsyncResult { asked, unpack }
    }

    /// Waits for the result: in Python, `result.get()`. It can be had again and again.
    ///
    /// # Errors
    /// The call's error, or the one that came first of several; or why the pool is broken.
    #[track_caller]
    pub fn get(&self) -> Result<R, Failure> {
        let answer = self.asked.answer(Site::caller(), None).expect("without a time-out it waits until it is there");
        self.made_of(&answer)
    }

    /// The same, but waits at most `timeout`: in Python, `result.get(timeout)`. `None` if it is not there in time: in
    /// Python, a `TimeoutError`.
    ///
    /// # Errors
    /// As [`AsyncResult::get`].
    #[track_caller]
    pub fn get_timeout(&self, timeout: Duration) -> Result<Option<R>, Failure> {
        let answer = self.asked.answer(Site::caller(), Some(timeout));
        answer.map(|answer| self.made_of(&answer)).transpose()
    }

    /// Waits until it is there: in Python, `result.wait()`.
    #[track_caller]
    pub fn wait(&self) {
        self.asked.wait(Site::caller(), None, |_| false);
    }

    /// The same, but waits at most `timeout`; whether it is there: in Python, `result.wait(timeout)`.
    #[track_caller]
    pub fn wait_timeout(&self, timeout: Duration) -> bool {
        self.asked.wait(Site::caller(), Some(timeout), |_| false)
    }

    /// Whether it is there, be it an error: in Python, `result.ready()`.
    #[track_caller]
    pub fn ready(&self) -> bool {
        self.wait_timeout(Duration::ZERO)
    }

    /// Whether it is there and no error: in Python, `result.successful()`. `None` if it is not there yet: in Python, a
    /// `ValueError`.
    #[track_caller]
    pub fn successful(&self) -> Option<bool> {
        self.asked.answer(Site::caller(), Some(Duration::ZERO)).map(|answer| answer.is_ok())
    }

    /// Has `callback` called with the result, when it comes: in Python, `callback=` of the call. What comes while it
    /// runs has to wait; the result is ready once it has returned. If it is there already, it is called at once; as in
    /// Python, it is not called for no inputs.
    pub fn with_callback(self, callback: impl FnOnce(R) + Send + 'static) -> AsyncResult<R>
    where
        R: 'static,
    {
        let unpack = self.unpack;
        let any = self.asked.look(Job::tasks) > 0;
        self.asked.call_back(move |answer| {
            if any && let Ok(result) = unpack(answer) {
                callback(result);
            }
        });
        self
    }

    /// Has `callback` called with the error, if the call fails: in Python, `error_callback=` of the call.
    pub fn with_error_callback(self, callback: impl FnOnce(Failure) + Send + 'static) -> AsyncResult<R> {
        self.asked.call_back(|answer| {
            if let Err(error) = answer {
                callback(Crew::failure(error.clone()));
            }
        });
        self
    }

    fn made_of(&self, answer: &Answer) -> Result<R, Failure> {
        (self.unpack)(answer).map_err(Crew::failure)
    }
}

impl<R: DeserializeOwned> Imap<R> {
    pub(super) fn new(asked: Asked, chunk: usize, unordered: bool) -> Imap<R> {
        let tasks = 0..asked.look(Job::tasks);
        Imap { asked, unordered, chunk, tasks, unpacked: VecDeque::new(), of: PhantomData }
    }

    /// The next result, for which it waits at most `timeout`: in Python, `iterator.next(timeout)`. `None` after the
    /// last.
    ///
    /// # Errors
    /// `Err` if it is not there in time: in Python, a `TimeoutError`. It can be asked for again.
    #[track_caller]
    pub fn next_timeout(&mut self, timeout: Duration) -> Result<Option<Result<R, Failure>>, Failure> {
        let site = Site::caller();
        self.next_at(site, Some(timeout)).ok_or_else(|| {
            let pool = self.asked.crew.name();
            Crew::failure(format!("TimeoutError: the next result of pool “{pool}” is not there"))
        })
    }

    /// The next result, or `None` after the last; none if the time is up.
    fn next_at(&mut self, site: Site, timeout: Option<Duration>) -> Option<Option<Result<R, Failure>>> {
        if let Some(result) = self.unpacked.pop_front() {
            return Some(Some(result));
        }
        let unordered = self.unordered;
        let Some(number) = self.tasks.clone().next() else { return Some(None) };
        if !self.asked.wait(site, timeout, |job| job.part(number, unordered).is_some()) {
            return None;
        }
        self.tasks.next();
        let (part, end) = self.asked.look(|job| (job.part(number, unordered).cloned(), job.end.clone()));
        let failed = |error| Err(Crew::failure(error));
        // Nothing comes from a pool that is no more. Python's iterator over chunks is one that an error ends.
        let ends = part.is_none() || matches!(part, Some(Err(_))) && self.chunk > 1;
        self.unpacked = match part.unwrap_or_else(|| Err(end.unwrap_or_default())) {
            Ok(results) => results.iter().map(|bytes| unpack(bytes).or_else(failed)).collect(),
            Err(error) => VecDeque::from([failed(error)]),
        };
        if ends {
            self.tasks = 0..0;
        }
        Some(self.unpacked.pop_front())
    }
}

impl<R: DeserializeOwned> Iterator for Imap<R> {
    type Item = Result<R, Failure>;

    #[track_caller]
    fn next(&mut self) -> Option<Result<R, Failure>> {
        self.next_at(Site::caller(), None).expect("without a time-out it waits until it is there")
    }
}
