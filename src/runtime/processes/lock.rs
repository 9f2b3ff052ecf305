//! A lock between processes: one lane of any of them holds it at a time.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::{Lock, Value};
//! use weft::runtime::threads::{run_main, spawn};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     // Between threads here; a process takes lock and value with the arguments that it is started with.
//!     let (lock, value) = (Lock::new("lock"), Value::new("value", 0));
//!     let add = |name| {
//!         let (lock, value) = (lock.clone(), value.clone());
//!         spawn(name, move || {
//!             for _ in 0..100 {
//!                 let _held = lock.hold();
//!                 value.set(value.get() + 1);
//!             }
//!         })
//!     };
//!     let workers = [add("worker-1"), add("worker-2")];
//!     workers.into_iter().for_each(|worker| worker.join());
//!     assert_eq!(value.get(), 200);
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.Lock`: it is not fair; any lane may release it; and **a process that is terminated while
//! it holds the lock holds it for ever.** Whoever acquires it later waits for a holder that is gone, until its time-out
//! if it has one; else Weft finds that nobody is left to wake it. The trace marks the moment.

use std::panic::Location;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::passing::{HandedOut, Place, hand_out};
use crate::runtime::Failure;
use crate::runtime::host::{LocalWords, Words};
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::wait::Wait;
use crate::trace::record::Tag;
use crate::trace::{Cause, LaneId, Nanos, ResourceId, ResourceKind, Target};

/// The number of the lane that holds it, and one; 0 if nobody does.
const HOLDER: usize = 0;
const ASLEEP: usize = 1;
/// Who released it last, and when something happened to it last. Written by the holder alone.
const RELEASED_BY: usize = 2;
const LAST: usize = 4;
const WORDS: usize = 6;

/// In place of a holder: a lane that is not the holder is releasing it.
const BEING_RELEASED: u32 = u32::MAX;

/// How often a lane looks whether the lock is free before it sleeps.
const SPINS: u32 = 30;

/// A lock between processes: in Python, `multiprocessing.Lock`. Clones are the same lock.
#[derive(Clone)]
pub struct Lock {
    name: Arc<str>,
    resource: ResourceId,
    words: Arc<dyn Words>,
}

/// Holds a [`Lock`] until it is dropped.
#[must_use = "the lock is released when this is dropped"]
pub struct LockGuard<'a> {
    lock: &'a Lock,
}

/// How a lock stands in arguments.
#[derive(Serialize, Deserialize)]
struct ToldLock {
    name: String,
    resource: ResourceId,
    place: Place,
}

impl Lock {
    /// A lock that nobody holds.
    pub fn new(name: &str) -> Lock {
        let resource = lane::with(|context| context.define_resource(ResourceKind::Lock, name));
        Lock { name: name.into(), resource, words: LocalWords::new(WORDS) }
    }

    /// Takes the lock for as long as the guard lives: in Python, `with lock:`.
    #[track_caller]
    pub fn hold(&self) -> LockGuard<'_> {
        self.acquire();
        LockGuard { lock: self }
    }

    /// Takes the lock, and waits until it can: in Python, `lock.acquire()`.
    #[track_caller]
    pub fn acquire(&self) {
        self.acquire_at(Location::caller(), None);
    }

    /// Takes the lock, and waits for it at most so long; false if it was not free in time: in Python,
    /// `lock.acquire(timeout=timeout)`.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_at(Location::caller(), Some(timeout))
    }

    /// Gives the lock back, whoever holds it: in Python, `lock.release()`.
    ///
    /// # Errors
    /// If nobody holds it: in Python, a `ValueError`.
    pub fn release(&self) -> Result<(), Failure> {
        lane::with(|context| {
            let holder = self.words.load(HOLDER);
            let held = holder != 0 && holder != BEING_RELEASED;
            // Two that release for another must not both do it.
            if !held || holder != context.lane.0 + 1 && !self.words.replace(HOLDER, holder, BEING_RELEASED) {
                let name = &self.name;
                let problem =
                    |lane: &str| format!("ValueError: lock “{name}” was released by {lane}, but nobody holds it");
                return Err(context.misuse(problem));
            }
            self.record(context, Tag::Released);
            self.words.store(RELEASED_BY, context.lane.0);
            self.words.store(HOLDER, 0);
            if self.words.load(ASLEEP) > 0 {
                self.words.notify(HOLDER, 1);
            }
            Ok(())
        })
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    fn acquire_at(&self, site: Site, timeout: Option<Duration>) -> bool {
        let me = lane::with(|context| context.lane.0 + 1);
        if self.words.replace(HOLDER, 0, me) {
            lane::with(|context| self.record(context, Tag::Acquired));
            return true;
        }
        if timeout == Some(Duration::ZERO) {
            return false;
        }
        let wait = Wait::begin(Target::Resource(self.resource), Some(site), timeout);
        let mut spins = 0;
        while !self.words.replace(HOLDER, 0, me) {
            let holder = self.words.load(HOLDER);
            if holder == 0 {
                continue;
            }
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
                continue;
            }
            let in_time = wait.sleep_in(|left| {
                self.words.add(ASLEEP, 1);
                self.words.wait(HOLDER, holder, left);
                self.words.add(ASLEEP, u32::MAX);
            });
            if !in_time {
                wait.over(None);
                return false;
            }
        }
        let released_by = LaneId(self.words.load(RELEASED_BY));
        wait.over(Some(Cause { lane: released_by, time: self.last() }));
        lane::with(|context| self.record(context, Tag::Acquired));
        true
    }

    fn last(&self) -> Nanos {
        Nanos(self.words.load_long(LAST) as u64)
    }

    fn record(&self, context: &mut lane::Context, tag: Tag) {
        let time = context.resource_event(tag, self.resource, 0, self.last());
        self.words.store_long(LAST, time.0 as i64);
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        // As a lane that panics keeps a lock of threads.
        if std::thread::panicking() {
            return;
        }
        if let Err(failure) = self.lock.release() {
            panic!("{}", failure.message);
        }
    }
}

impl HandedOut for Lock {
    fn take_back(&self, _: u16, _: Cause) {
        // The lock stays as it is. But the process may have been woken for it, and died before it took it.
        self.words.notify(HOLDER, u32::MAX);
    }

    fn held_by(&self, lane: LaneId) -> Option<String> {
        (self.words.load(HOLDER) == lane.0 + 1).then(|| format!("lock “{}”", self.name))
    }
}

impl Serialize for Lock {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let told = hand_out(&format!("lock “{}”", self.name), |_| {
            let told = ToldLock { name: self.name.to_string(), resource: self.resource, place: Place::of(&self.words) };
            Ok((told, Box::new(self.clone()) as Box<dyn HandedOut>))
        })?;
        told.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Lock {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Lock, D::Error> {
        let ToldLock { name, resource, place } = ToldLock::deserialize(deserializer)?;
        Ok(Lock { name: name.into(), resource, words: place.words()? })
    }
}
