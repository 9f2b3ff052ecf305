//! A lock between processes: one lane of any of them holds it at a time.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::{Lock, Value};
//! use weft::runtime::run_main;
//! use weft::runtime::threads::spawn;
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
//! As Python's `multiprocessing.Lock`: it is not fair; any lane may release it; and **a process that is terminated
//! while it holds the lock holds it for ever.** A lane that acquires it later waits for a holder that is gone, until
//! its time-out if it has one; otherwise Weft finds that nobody is left to wake it. The trace marks the moment.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::passing::{HandedOut, Place, hand_out};
use crate::runtime::Failure;
use crate::runtime::host::{LocalWords, Words};
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::record::Tag;
use crate::trace::{Cause, LaneId, Nanos, ResourceId, ResourceKind, Target};

/// The number of the lane that holds it, plus one; 0 if none does.
const HOLDER: usize = 0;
const ASLEEP: usize = 1;
/// The number of the lane that released it last, plus one, or 0 if none has; and the time of its latest event. Written
/// only by the holder, or by a lane that is releasing it for the holder.
const RELEASED_BY: usize = 2;
const LAST: usize = 4;
const WORDS: usize = 6;

/// In place of a holder: a lane that is not the holder is releasing it.
const BEING_RELEASED: u32 = u32::MAX;

/// How many times a lane checks whether the lock is free before it sleeps.
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

/// A lock as it is packed in arguments.
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

    /// Takes the lock, waiting until it is free: in Python, `lock.acquire()`.
    #[track_caller]
    pub fn acquire(&self) {
        self.acquire_at(Site::caller(), None);
    }

    /// Takes the lock, waiting for it at most `timeout`; false if it was not free in time: in Python,
    /// `lock.acquire(timeout=timeout)`.
    #[track_caller]
    pub fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_at(Site::caller(), Some(timeout))
    }

    /// Releases the lock, whichever lane holds it: in Python, `lock.release()`.
    ///
    /// # Errors
    /// If nobody holds it: in Python, a `ValueError`.
    pub fn release(&self) -> Result<(), Failure> {
        lane::with(|context| {
            let holder = self.words.load(HOLDER);
            let held = holder != 0 && holder != BEING_RELEASED;
            // Two lanes that release it for its holder must not both do it.
            if !held || holder != context.lane.0 + 1 && !self.words.replace(HOLDER, holder, BEING_RELEASED) {
                let name = &self.name;
                let problem =
                    |lane: &str| format!("ValueError: lock “{name}” was released by {lane}, but nobody holds it");
                return Err(context.misuse(problem));
            }
            let time = context.resource_event(Tag::Released, self.resource, 0, self.last());
            self.words.store_long(LAST, time.0 as i64);
            self.words.store(RELEASED_BY, context.lane.0 + 1);
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
            let last = self.last();
            self.acquired(last, self.released(last));
            return true;
        }
        if timeout == Some(Duration::ZERO) {
            return false;
        }
        let wait = BlockingWait::begin(Target::Resource(self.resource), Some(site), timeout);
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
        let last = self.last();
        wait.over(self.released(last));
        self.acquired(last, None);
        true
    }

    fn last(&self) -> Nanos {
        Nanos(self.words.load_long(LAST) as u64)
    }

    /// Who released it last, if its latest event was then. For the holder, before it records anything.
    fn released(&self, last: Nanos) -> Option<Cause> {
        let lane = self.words.load(RELEASED_BY).checked_sub(1)?;
        Some(Cause { lane: LaneId(lane), time: last })
    }

    /// The lane holds it from now on; its latest event was at `last`.
    fn acquired(&self, last: Nanos, cause: Option<Cause>) {
        let time = lane::with(|context| context.acquired(self.resource, last, cause));
        self.words.store_long(LAST, time.0 as i64);
    }
}

impl Drop for LockGuard<'_> {
    fn drop(&mut self) {
        // A lane that panics keeps it, as with a lock between threads.
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
        // The lock stays as it is. But the process may have been woken for it and have died before taking it.
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
