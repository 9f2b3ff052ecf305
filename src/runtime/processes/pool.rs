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
//! - An error that a function returns reaches the lane that asks for its result.
//! - A pool that is dropped without having been closed and joined is terminated, as at the end of Python's `with`.
//!
//! Where it differs: Python's pool has threads that send tasks and take results. Here the lane that asks for a result
//! does both, so a pool belongs to one lane. And a worker that dies breaks the pool: asking for a result is an error
//! then, as with Python's `ProcessPoolExecutor` (`BrokenProcessPool`), whereas its `Pool` would wait for ever.

mod worker;

use std::cell::{Cell, RefCell};
use std::collections::{HashMap, VecDeque};
use std::marker::PhantomData;

use serde::Serialize;
use serde::de::DeserializeOwned;

use self::worker::{Done, Given, Outcome, Task};
pub(super) use self::worker::{WORKER, work};
use super::channel::{Channel, Counts, Outgoing};
use super::entry::{Entry, pack, unpack};
use super::pipe::PIPE_BYTES;
use super::process::Process;
use super::ring::Side;
use crate::runtime::Failure;
use crate::runtime::lane::{self, Site};
use crate::trace::ResourceKind;

/// How long a lane waits for results before it checks whether more tasks can be sent.
const FEED_EVERY: std::time::Duration = std::time::Duration::from_millis(2);

/// A pool of processes: in Python, `multiprocessing.Pool`.
pub struct Pool {
    name: String,
    workers: Vec<Process>,
    tasks: Channel,
    results: Channel,
    /// Packed tasks for which there has been no room in the queue yet.
    waiting: RefCell<VecDeque<Outgoing<Vec<u8>>>>,
    /// Results that nobody has asked for yet, by job and the number of the first input.
    arrived: RefCell<HashMap<(u32, u32), Outcome>>,
    jobs: Cell<u32>,
    closed: Cell<bool>,
}

/// A result that may not be there yet: in Python, `multiprocessing.pool.AsyncResult`.
pub struct AsyncResult<'a, R> {
    results: Imap<'a, R>,
}

/// Results in the order of the inputs, each as soon as it is there: what Python's `pool.imap` returns. In Python a call
/// that fails raises its error in its turn; here it is an `Err` in its turn.
pub struct Imap<'a, R> {
    pool: &'a Pool,
    job: u32,
    /// The number of the first input of each chunk that is still to come.
    chunks: VecDeque<u32>,
    /// The results left of the current chunk.
    unpacked: VecDeque<Result<R, Failure>>,
    of: PhantomData<fn() -> R>,
}

impl Pool {
    /// A pool of `workers` workers, which are started at once: in Python, `multiprocessing.Pool(workers)`.
    ///
    /// # Panics
    /// If that is 0, or more than 31; or if no process can be started here.
    pub fn new(name: impl Into<String>, workers: usize) -> Pool {
        let name = name.into();
        assert!((1..=31).contains(&workers), "pool “{name}” has {workers} workers; it must have 1 to 31");
        let channel = |name| Channel::new(ResourceKind::Queue, name, PIPE_BYTES, Counts::Messages, u32::MAX);
        let (tasks, results) = (channel(format!("{name} tasks")), channel(format!("{name} results")));
        for (channel, side) in [(&tasks, Side::Writing), (&results, Side::Reading)] {
            channel.claim(side).expect("nobody else has a new queue");
        }
        let ends = Given { tasks: &tasks, results: &results };
        let start = |number| Process::start_entry(format!("{name}-{number}"), WORKER, &ends, true);
        let workers = (1..=workers).map(start).collect();
        Pool {
            name,
            workers,
            tasks,
            results,
            waiting: RefCell::default(),
            arrived: RefCell::default(),
            jobs: Cell::new(0),
            closed: Cell::new(false),
        }
    }

    /// Calls a function for each input, and waits for all the results: in Python, `pool.map(function, inputs)`. The
    /// inputs are sent in about four chunks for each worker.
    ///
    /// # Errors
    /// The error of the first failed call, in the order of the inputs; or why the pool is broken.
    #[track_caller]
    pub fn map<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
    ) -> Result<Vec<R>, Failure> {
        let inputs: Vec<A> = inputs.into_iter().collect();
        let chunk = inputs.len().div_ceil(4 * self.workers.len()).max(1);
        self.submit(entry, inputs, chunk).collect_at(Site::caller())
    }

    /// As [`Pool::map`], with chunks of this size: in Python, `pool.map(function, inputs, chunksize=chunk)`.
    ///
    /// # Errors
    /// As [`Pool::map`].
    ///
    /// # Panics
    /// If `chunk` is 0.
    #[track_caller]
    pub fn map_chunks<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
        chunk: usize,
    ) -> Result<Vec<R>, Failure> {
        self.submit(entry, inputs.into_iter().collect(), chunk).collect_at(Site::caller())
    }

    /// Calls a function for each input, and yields each result as soon as it is there, in the order of the inputs: in
    /// Python, `pool.imap(function, inputs)`.
    pub fn imap<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        inputs: impl IntoIterator<Item = A>,
    ) -> Imap<'_, R> {
        self.submit(entry, inputs.into_iter().collect(), 1)
    }

    /// Calls a function, without waiting for it: in Python, `pool.apply_async(function, arguments)`.
    pub fn apply_async<A: Serialize, R: DeserializeOwned>(
        &self,
        entry: &Entry<A, R>,
        arguments: A,
    ) -> AsyncResult<'_, R> {
        AsyncResult { results: self.submit(entry, vec![arguments], 1) }
    }

    /// No more inputs will come, so the workers end once they have processed those they have: in Python,
    /// `pool.close()`.
    pub fn close(&self) {
        if !self.closed.replace(true) {
            for _ in &self.workers {
                self.waiting.borrow_mut().push_back(Outgoing::new(Vec::new()));
            }
            // If workers have failed, `join` reports it.
            let _ = self.feed();
        }
    }

    /// Waits until the workers have ended: in Python, `pool.join()`.
    ///
    /// # Errors
    /// If one of them failed.
    ///
    /// # Panics
    /// If the pool was not closed: in Python, a `ValueError`.
    #[track_caller]
    pub fn join(self) -> Result<(), Failure> {
        assert!(self.closed.get(), "ValueError: pool “{}” is joined, but still running", self.name);
        let site = Site::caller();
        while !self.waiting.borrow().is_empty() {
            self.wait(site)?;
        }
        for worker in &self.workers {
            let exit = worker.join_at(site, None).expect("there is no time-out");
            if exit.code != 0 {
                return Err(self.broken(worker, exit.code, exit.error));
            }
        }
        Ok(())
    }

    /// Ends the workers, whatever they are doing: in Python, `pool.terminate()`.
    pub fn terminate(&self) {
        self.closed.set(true);
        self.workers.iter().for_each(Process::terminate);
    }

    fn submit<A: Serialize, R>(&self, entry: &Entry<A, R>, inputs: Vec<A>, chunk: usize) -> Imap<'_, R> {
        assert!(chunk > 0, "a chunk has one input at least");
        assert!(!self.closed.get(), "ValueError: pool “{}” is not running any more", self.name);
        let job = self.jobs.replace(self.jobs.get() + 1);
        let mut chunks = VecDeque::new();
        for (number, inputs) in inputs.chunks(chunk).enumerate() {
            let first = (number * chunk) as u32;
            let packed = inputs.iter().map(pack).collect::<Result<Vec<_>, _>>();
            let inputs = packed.unwrap_or_else(|error| panic!("an input of {}: {error}", entry.name));
            let task = Task { job, first, entry: entry.name.to_owned(), inputs };
            let task = postcard::to_stdvec(&task).expect("bytes and numbers always pack");
            self.waiting.borrow_mut().push_back(Outgoing::new(task));
            chunks.push_back(first);
            // So that workers begin as soon as they can.
            let _ = self.feed();
        }
        Imap { pool: self, job, chunks, unpacked: VecDeque::new(), of: PhantomData }
    }

    /// Sends the tasks for which there is room.
    fn feed(&self) -> Result<(), Failure> {
        let mut waiting = self.waiting.borrow_mut();
        while let Some(task) = waiting.front_mut() {
            match self.tasks.push(task, &mut None) {
                Ok(true) => waiting.pop_front(),
                Ok(false) => break,
                Err(_) => return self.check_workers(),
            };
        }
        Ok(())
    }

    /// Sends what can be sent, and waits until something has arrived.
    fn wait(&self, site: Site) -> Result<(), Failure> {
        self.feed()?;
        let limit = (!self.waiting.borrow().is_empty()).then_some(FEED_EVERY);
        let dead = || self.workers.iter().any(|worker| worker.exit().is_some_and(|exit| exit.code != 0));
        self.results.wait_readable(site, limit, dead);
        while let Some(done) = self.results.receive_begun(site).map_err(|_| self.gone())? {
            let done: Done = postcard::from_bytes(&done).map_err(|error| self.nonsense(&error))?;
            self.arrived.borrow_mut().insert((done.job, done.first), done.outcome);
        }
        if self.arrived.borrow().is_empty() { self.check_workers() } else { Ok(()) }
    }

    fn check_workers(&self) -> Result<(), Failure> {
        for worker in &self.workers {
            if let Some(exit) = worker.exit().filter(|exit| exit.code != 0) {
                return Err(self.broken(worker, exit.code, exit.error));
            }
        }
        Ok(())
    }

    fn broken(&self, worker: &Process, code: i32, error: Option<String>) -> Failure {
        let why = error.map_or(String::new(), |error| format!(": {error}"));
        self.failure(format!(
            "BrokenProcessPool: pid {} of pool “{}” ended with exit code {code}{why}",
            worker.pid, self.name
        ))
    }

    fn gone(&self) -> Failure {
        match self.check_workers() {
            Err(failure) => failure,
            Ok(()) => self.failure(format!("BrokenProcessPool: pool “{}” has no workers any more", self.name)),
        }
    }

    fn nonsense(&self, error: &postcard::Error) -> Failure {
        self.failure(format!("BrokenProcessPool: a worker of pool “{}” sent what is no result: {error}", self.name))
    }

    fn failure(&self, message: String) -> Failure {
        Failure { lane: lane::with(|context| context.lane_name().to_owned()), message }
    }
}

impl Drop for Pool {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.terminate();
        }
    }
}

impl<R: DeserializeOwned> Imap<'_, R> {
    /// The next result; `None` after the last.
    fn next_at(&mut self, site: Site) -> Option<Result<R, Failure>> {
        if let Some(result) = self.unpacked.pop_front() {
            return Some(result);
        }
        let first = *self.chunks.front()?;
        loop {
            let arrived = self.pool.arrived.borrow_mut().remove(&(self.job, first));
            if let Some(outcome) = arrived {
                self.chunks.pop_front();
                let pool = self.pool;
                self.unpacked = outcome
                    .into_iter()
                    .map(|result| result.and_then(|bytes| unpack(&bytes)).map_err(|error| pool.failure(error)))
                    .collect();
                return self.unpacked.pop_front();
            }
            if let Err(failure) = self.pool.wait(site) {
                self.chunks.clear();
                return Some(Err(failure));
            }
            if !self.pool.arrived.borrow().contains_key(&(self.job, first))
                && let Err(failure) = self.pool.check_workers()
            {
                self.chunks.clear();
                return Some(Err(failure));
            }
        }
    }

    fn collect_at(mut self, site: Site) -> Result<Vec<R>, Failure> {
        std::iter::from_fn(|| self.next_at(site)).collect()
    }
}

impl<R: DeserializeOwned> Iterator for Imap<'_, R> {
    type Item = Result<R, Failure>;

    #[track_caller]
    fn next(&mut self) -> Option<Result<R, Failure>> {
        self.next_at(Site::caller())
    }
}

impl<R: DeserializeOwned> AsyncResult<'_, R> {
    /// Waits for the result: in Python, `result.get()`.
    ///
    /// # Errors
    /// The call's error; or why the pool is broken.
    #[track_caller]
    pub fn get(mut self) -> Result<R, Failure> {
        self.results.next_at(Site::caller()).expect("one call has one result")
    }

    /// Whether it is there: in Python, `result.ready()`.
    #[track_caller]
    pub fn ready(&self) -> bool {
        let Imap { pool, job, .. } = &self.results;
        let there = || pool.arrived.borrow().contains_key(&(*job, 0));
        // Takes in what has arrived meanwhile, without waiting.
        if !there() && pool.results.messages() > 0 {
            let _ = pool.wait(Site::caller());
        }
        there()
    }
}
