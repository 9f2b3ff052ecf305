//! A pool of processes that call functions on many inputs.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, processes::Processes, run_main};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::{Entry, Pool, call};
//! use weft::runtime::{Failure, print};
//!
//! const SQUARE: Entry<u64, u64> = Entry { name: "squares/square", call: |arguments| call(square, arguments) };
//!
//! fn square(number: u64) -> u64 {
//!     number * number
//! }
//!
//! fn program() -> Result<(), Failure> {
//!     let pool = Pool::new("pool", 2);
//!     assert_eq!(pool.map(&SQUARE, 1..=4)?, [1, 4, 9, 16]);
//!     for square in pool.imap(&SQUARE, 1..=4) {
//!         print(format!("{}", square?)); // As soon as it is there, in the order of the inputs.
//!     }
//!     let later = pool.apply_async(&SQUARE, 5);
//!     assert_eq!(later.get()?, 25);
//!     pool.close();
//!     pool.join()
//! }
//! # let run = Run::new(Config::default(), Clock::start());
//! # let _processes = Processes::serve(&run, |_| Some(&SQUARE));
//! # run_main(&run, LaneKind::Process, program).unwrap();
//! ```
//!
//! As Python's `multiprocessing.Pool`:
//!
//! - Workers are started at once, called `pool-1`, `pool-2` and so on, and reused until the pool is closed. Inputs go to
//!   them in chunks through one queue, results come back through another; in its worker's lane each call is a scope,
//!   numbered as the inputs are.
//! - An error that a function returns reaches the lane that asks for its result. Of a chunk nothing more is called then.
//! - Any thread may use it. Results can be had after it was closed and joined.
//! - A pool that is dropped without having been closed and joined is terminated, as at the end of Python's `with`.
//!
//! Unlike Python, whose pool has threads that send tasks and take results, here the lanes that use it do both: whenever
//! one waits for a result, asks whether it is ready, or joins the pool, it takes all that has come, and calls callbacks;
//! meanwhile the workers go on with what there was room for, 256 KiB each way.
//!
//! Unlike Python, whose pool replaces a worker that dies and waits for its result for ever, here the pool is broken
//! then, as is a `ProcessPoolExecutor`: all results that have not come are errors (`BrokenProcessPool`).
//!
//! Unlike Python, where `maxtasksperchild` has a worker replaced after so many tasks, here it works until the pool is
//! closed.

pub(super) mod asked;
pub(super) mod crew;
pub(super) mod job;
mod results;
mod worker;

use std::sync::Arc;

use serde::Serialize;
use serde::de::DeserializeOwned;

use self::asked::{Asked, Calls, one, several};
use self::crew::Crew;
pub use self::results::{AsyncResult, Imap};
pub(super) use self::worker::{WORKER, work};
use super::entry::Entry;
use crate::runtime::Failure;
use crate::runtime::lane::Site;

/// A pool of processes: in Python, `multiprocessing.Pool`.
pub struct Pool {
    crew: Arc<Crew>,
}

impl Pool {
    /// A pool of `workers` workers, which are started at once: in Python, `multiprocessing.Pool(workers)`.
    ///
    /// # Panics
    /// If that is 0, or more than 31; or if no process can be started here.
    pub fn new(name: impl Into<String>, workers: usize) -> Pool {
        Pool { crew: Crew::new::<()>(name.into(), workers, true, None) }
    }

    /// The same, but each worker calls `initializer` first: in Python,
    /// `multiprocessing.Pool(workers, initializer, arguments)`. If that fails, the pool is broken.
    ///
    /// # Panics
    /// As [`Pool::new`]; or if the arguments cannot be packed.
    pub fn with_initializer<A: Serialize + Send + Sync + 'static>(
        name: impl Into<String>,
        workers: usize,
        initializer: &Entry<A>,
        arguments: A,
    ) -> Pool {
        Pool { crew: Crew::new(name.into(), workers, true, Some((initializer.name, arguments))) }
    }

    /// Calls a function for each input, and waits for all the results: in Python, `pool.map(function, inputs)`, and, as
    /// the inputs may be tuples, `pool.starmap(function, inputs)`. The inputs are sent in about four chunks for each
    /// worker.
    ///
    /// # Errors
    /// When no more results will come, the error that came first; or why the pool is broken.
    ///
    /// # Panics
    /// If the pool is closed: in Python, a `ValueError`.
    #[track_caller]
    pub fn map<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
    ) -> Result<Vec<R>, Failure> {
        self.map_async(entry, inputs).get()
    }

    /// As [`Pool::map`], with chunks of this size: in Python, `pool.map(function, inputs, chunksize=chunk)`.
    ///
    /// # Errors
    /// As [`Pool::map`].
    ///
    /// # Panics
    /// As [`Pool::map`]; and if `chunk` is 0.
    #[track_caller]
    pub fn map_chunks<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
        chunk: usize,
    ) -> Result<Vec<R>, Failure> {
        self.map_async_chunks(entry, inputs, chunk).get()
    }

    /// As [`Pool::map`], without waiting for the results: in Python, `pool.map_async(function, inputs)`, and
    /// `pool.starmap_async`.
    ///
    /// # Panics
    /// As [`Pool::map`].
    #[track_caller]
    pub fn map_async<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
    ) -> AsyncResult<Vec<R>> {
        let inputs: Vec<A> = inputs.into_iter().collect();
        let chunk = inputs.len().div_ceil(4 * self.crew.size()).max(1);
        self.map_async_chunks(entry, inputs, chunk)
    }

    /// As [`Pool::map_async`], with chunks of this size: in Python,
    /// `pool.map_async(function, inputs, chunksize=chunk)`.
    ///
    /// # Panics
    /// As [`Pool::map`]; and if `chunk` is 0.
    #[track_caller]
    pub fn map_async_chunks<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
        chunk: usize,
    ) -> AsyncResult<Vec<R>> {
        AsyncResult::new(self.ask(entry, inputs, chunk), several)
    }

    /// Calls a function for each input, and yields each result as soon as it is there, in the order of the inputs: in
    /// Python, `pool.imap(function, inputs)`.
    ///
    /// # Panics
    /// As [`Pool::map`].
    #[track_caller]
    pub fn imap<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
    ) -> Imap<R> {
        self.imap_chunks(entry, inputs, 1)
    }

    /// As [`Pool::imap`], with chunks of this size: in Python, `pool.imap(function, inputs, chunksize=chunk)`. As in
    /// Python, if there are several inputs in a chunk, nothing comes after the error of one.
    ///
    /// # Panics
    /// As [`Pool::map`]; and if `chunk` is 0.
    #[track_caller]
    pub fn imap_chunks<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
        chunk: usize,
    ) -> Imap<R> {
        Imap::new(self.ask(entry, inputs, chunk), chunk, false)
    }

    /// As [`Pool::imap`], but in the order in which the results come: in Python,
    /// `pool.imap_unordered(function, inputs)`.
    ///
    /// # Panics
    /// As [`Pool::map`].
    #[track_caller]
    pub fn imap_unordered<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
    ) -> Imap<R> {
        self.imap_unordered_chunks(entry, inputs, 1)
    }

    /// As [`Pool::imap_chunks`], but in the order in which the chunks come: in Python,
    /// `pool.imap_unordered(function, inputs, chunksize=chunk)`.
    ///
    /// # Panics
    /// As [`Pool::map`]; and if `chunk` is 0.
    #[track_caller]
    pub fn imap_unordered_chunks<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
        chunk: usize,
    ) -> Imap<R> {
        Imap::new(self.ask(entry, inputs, chunk), chunk, true)
    }

    /// Calls a function, and waits for its result: in Python, `pool.apply(function, arguments)`.
    ///
    /// # Errors
    /// The call's error; or why the pool is broken.
    ///
    /// # Panics
    /// As [`Pool::map`].
    #[track_caller]
    pub fn apply<A: Serialize, R: DeserializeOwned>(&self, entry: &Entry<A, R>, arguments: A) -> Result<R, Failure> {
        self.apply_async(entry, arguments).get()
    }

    /// Calls a function, without waiting for it: in Python, `pool.apply_async(function, arguments)`.
    ///
    /// # Panics
    /// As [`Pool::map`].
    #[track_caller]
    pub fn apply_async<A: Serialize, R: DeserializeOwned>(&self, entry: &Entry<A, R>, arguments: A) -> AsyncResult<R> {
        AsyncResult::new(self.ask(entry, [arguments], 1), one)
    }

    /// No more inputs will come, so the workers end once they have processed those they have: in Python,
    /// `pool.close()`.
    pub fn close(&self) {
        self.crew.close();
    }

    /// Waits until the workers have ended: in Python, `pool.join()`. Results that come meanwhile are kept for those who
    /// ask for them.
    ///
    /// # Errors
    /// If one of the workers failed.
    ///
    /// # Panics
    /// If the pool was neither closed nor terminated: in Python, a `ValueError`.
    #[track_caller]
    pub fn join(&self) -> Result<(), Failure> {
        assert!(self.crew.is_closed(), "ValueError: pool “{}” is joined, but still running", self.crew.name());
        self.crew.join(Site::caller())
    }

    /// Ends the workers, whatever they are doing: in Python, `pool.terminate()`.
    ///
    /// Unlike Python, where nobody is ever told of results that have not come, here they are errors.
    pub fn terminate(&self) {
        self.crew.terminate();
    }

    #[track_caller]
    fn ask<A: Serialize, R>(&self, entry: &Entry<A, R>, inputs: impl IntoIterator<Item = A>, chunk: usize) -> Asked {
        assert!(!self.crew.is_closed(), "ValueError: pool “{}” is not running any more", self.crew.name());
        let inputs: Vec<A> = inputs.into_iter().collect();
        let calls = Calls { entry: entry.name, inputs: &inputs, chunk, first: 0, cancellable: false };
        Asked::ask(&self.crew, &calls, Site::caller())
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.terminate();
        }
    }
}
