//! Processes that call functions, and the futures of their results.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, processes::Processes, run_main};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::{Entry, ProcessPoolExecutor, as_completed, call};
//! use weft::runtime::{Failure, print};
//!
//! const SQUARE: Entry<u64, u64> = Entry { name: "squares/square", call: |arguments| call(square, arguments) };
//!
//! fn square(number: u64) -> u64 {
//!     number * number
//! }
//!
//! fn program() -> Result<(), Failure> {
//!     let executor = ProcessPoolExecutor::new("executor", 2);
//!     let squares: Result<Vec<_>, _> = executor.map(&SQUARE, 1..=4)?.collect();
//!     assert_eq!(squares?, [1, 4, 9, 16]);
//!     let futures = vec![executor.submit(&SQUARE, 5)?, executor.submit(&SQUARE, 6)?];
//!     for future in as_completed(futures) {
//!         print(format!("{}", future.result()?));
//!     }
//!     executor.shutdown();
//!     Ok(())
//! }
//! # let run = Run::new(Config::default(), Clock::start());
//! # let _processes = Processes::serve(&run, |_| Some(&SQUARE));
//! # run_main(&run, LaneKind::Process, program).unwrap();
//! ```
//!
//! As Python's `concurrent.futures.ProcessPoolExecutor`:
//!
//! - Workers are called `executor-1`, `executor-2` and so on, and are started when there is work and no idle worker, as
//!   with the start method `spawn`. In its worker's lane each call is a scope.
//! - A call that no worker has begun can be cancelled. A future can be asked again and again, also after the executor
//!   was shut down.
//! - When a worker dies, what has not come is a `BrokenProcessPool` error, the other workers are terminated, and nothing
//!   more can be submitted.
//! - Shutting it down waits for all calls; so does dropping it, as at the end of Python's `with`.
//!
//! Unlike Python, where threads of the executor send calls and take results, here the lanes that use it do both, as with
//! a [`Pool`](super::Pool): so callbacks are called by the lane that waits for a result, or asks for one.
//!
//! Unlike Python, where `shutdown(wait=False)` leaves the results to those threads, here shutting down always waits.
//!
//! Unlike Python, where a worker ends if arguments do not unpack, here that is the error of that call.
//!
//! Unlike Python, where `max_tasks_per_child` has a worker replaced after so many calls, here it works until the
//! executor is shut down.

mod future;
mod several;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::Relaxed};

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use self::future::{Future, Map};
pub use self::several::{AsCompleted, When, as_completed, wait};
use super::entry::Entry;
use super::pool::asked::{Asked, Calls, one, several as all};
use super::pool::crew::Crew;
use crate::runtime::Failure;
use crate::runtime::lane::{self, Site};

/// Processes that call functions: in Python, `concurrent.futures.ProcessPoolExecutor`. Dropping it waits for all calls.
pub struct ProcessPoolExecutor {
    crew: Arc<Crew>,
    submitted: AtomicU32,
}

impl ProcessPoolExecutor {
    /// An executor with at most `workers` workers; none is started yet.
    ///
    /// # Panics
    /// If that is 0, or more than 31: in Python, a `ValueError`.
    pub fn new(name: impl Into<String>, workers: usize) -> ProcessPoolExecutor {
        ProcessPoolExecutor::of(Crew::new::<()>(name.into(), workers, false, None))
    }

    /// The same, but each worker calls `initializer` first: in Python,
    /// `ProcessPoolExecutor(workers, initializer=initializer, initargs=arguments)`. If that fails, the executor is
    /// broken.
    ///
    /// # Panics
    /// As [`ProcessPoolExecutor::new`]. When a worker is started: if the arguments cannot be packed.
    pub fn with_initializer<A: Serialize + Send + Sync + 'static>(
        name: impl Into<String>,
        workers: usize,
        initializer: &Entry<A>,
        arguments: A,
    ) -> ProcessPoolExecutor {
        ProcessPoolExecutor::of(Crew::new(name.into(), workers, false, Some((initializer.name, arguments))))
    }

    fn of(crew: Arc<Crew>) -> ProcessPoolExecutor {
        ProcessPoolExecutor { crew, submitted: AtomicU32::new(0) }
    }

    /// Has a worker call a function: in Python, `executor.submit(function, arguments)`.
    ///
    /// # Errors
    /// `BrokenProcessPool` if a worker has died.
    ///
    /// # Panics
    /// If it needs a new worker, and no process can be started here.
    #[track_caller]
    pub fn submit<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        arguments: A,
    ) -> Result<Future<R>, Failure> {
        let site = Site::caller();
        self.check(site)?;
        let first = self.submitted.fetch_add(1, Relaxed);
        let calls = Calls { entry: entry.name, inputs: &[arguments], chunk: 1, first, cancellable: true };
        Ok(Future::new(Asked::ask(&self.crew, &calls, site), one))
    }

    /// Has workers call a function for each input, and yields the results in the order of the inputs: in Python,
    /// `executor.map(function, inputs)`. All calls are submitted at once.
    ///
    /// # Errors
    /// As [`ProcessPoolExecutor::submit`].
    ///
    /// # Panics
    /// As [`ProcessPoolExecutor::submit`].
    #[track_caller]
    pub fn map<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
    ) -> Result<Map<R>, Failure> {
        self.map_chunks(entry, inputs, 1)
    }

    /// As [`ProcessPoolExecutor::map`], with chunks of this size, each a task: in Python,
    /// `executor.map(function, inputs, chunksize=chunk)`.
    ///
    /// # Errors
    /// As [`ProcessPoolExecutor::submit`].
    ///
    /// # Panics
    /// As [`ProcessPoolExecutor::submit`]; and if `chunk` is 0: in Python, a `ValueError`.
    #[track_caller]
    pub fn map_chunks<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
        chunk: usize,
    ) -> Result<Map<R>, Failure> {
        let site = Site::caller();
        assert!(chunk > 0, "ValueError: a chunk has one input at least");
        self.check(site)?;
        let inputs: Vec<A> = inputs.into_iter().collect();
        let ask = |(first, inputs): (usize, &[A])| {
            let calls = Calls { entry: entry.name, inputs, chunk, first: first as u32, cancellable: true };
            Future::new(Asked::ask(&self.crew, &calls, site), all)
        };
        Ok(Map::new((0..).step_by(chunk).zip(inputs.chunks(chunk)).map(ask).collect(), site))
    }

    /// Waits until all calls are done and all workers have ended: in Python, `executor.shutdown()`.
    #[track_caller]
    pub fn shutdown(self) {
        self.end(Site::caller());
    }

    /// Cancels the calls that no worker has begun, and waits for the others: in Python,
    /// `executor.shutdown(cancel_futures=True)`.
    #[track_caller]
    pub fn shutdown_cancelling(self) {
        for job in self.crew.open_jobs() {
            self.crew.cancel(job);
        }
        self.end(Site::caller());
    }

    fn check(&self, site: Site) -> Result<(), Failure> {
        self.crew.trouble(site).map_or(Ok(()), |why| Err(Crew::failure(why)))
    }

    fn end(&self, site: Site) {
        self.crew.close();
        // If it is broken, those who ask for results learn of it.
        let _ = self.crew.join(site);
    }
}

impl Drop for ProcessPoolExecutor {
    fn drop(&mut self) {
        // A lane that unwinds must not wait for anyone.
        if !std::thread::panicking() && !self.crew.is_closed() {
            lane::at(None, || self.end(Site::caller()));
        }
    }
}
