//! Numbers in shared memory with a lock of their own.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::Synchronized;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::spawn;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     // Between threads here; a process takes the number with the arguments that it is started with.
//!     let counter = Synchronized::new("counter", 0);
//!     let add = |name| {
//!         let counter = counter.clone();
//!         spawn(name, move || {
//!             for _ in 0..100 {
//!                 let _held = counter.get_lock().hold();
//!                 counter.set(counter.get() + 1);
//!             }
//!         })
//!     };
//!     let workers = [add("worker-1"), add("worker-2")];
//!     workers.into_iter().for_each(|worker| worker.join());
//!     assert_eq!(counter.get(), 200);
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.Value` and `Array` of type `q`, which have an rlock: each read and each write holds it,
//! but a read followed by a write can still lose updates, unless the lock is held around both.

use serde::{Deserialize, Serialize};

use super::rlock::RLock;
use super::value::{Array, Value};

/// An integer in shared memory with a lock: in Python, `multiprocessing.Value("q", …)`. Clones are the same number.
#[derive(Clone, Serialize, Deserialize)]
pub struct Synchronized {
    value: Value,
    lock: RLock,
}

/// Integers in shared memory with a lock: in Python, `multiprocessing.Array("q", …)`. Clones are the same numbers.
#[derive(Clone, Serialize, Deserialize)]
pub struct SynchronizedArray {
    array: Array,
    lock: RLock,
}

fn own_lock(name: &str) -> RLock {
    RLock::new(&format!("{name} lock"))
}

impl Synchronized {
    /// A number with this initial value, and a lock of its own, whose name is this one's and “lock”.
    #[track_caller]
    pub fn new(name: &str, value: i64) -> Synchronized {
        Synchronized::with_lock(name, value, &own_lock(name))
    }

    /// The same with this lock, which several may share: in Python, `multiprocessing.Value("q", …, lock=lock)`.
    #[track_caller]
    pub fn with_lock(name: &str, value: i64, lock: &RLock) -> Synchronized {
        Synchronized { value: Value::new(name, value), lock: lock.clone() }
    }

    /// Reads it under its lock: in Python, `value.value`.
    #[track_caller]
    pub fn get(&self) -> i64 {
        let _held = self.lock.hold();
        self.value.get()
    }

    /// Writes it under its lock: in Python, `value.value = …`.
    #[track_caller]
    pub fn set(&self, value: i64) {
        let _held = self.lock.hold();
        self.value.set(value);
    }

    /// Its lock: in Python, `value.get_lock()`.
    pub fn get_lock(&self) -> &RLock {
        &self.lock
    }

    /// The number without the lock: in Python, `value.get_obj()`.
    pub fn get_obj(&self) -> &Value {
        &self.value
    }
}

impl SynchronizedArray {
    /// Numbers with these initial values, and a lock of their own, whose name is this one's and “lock”.
    pub fn new(name: &str, values: &[i64]) -> SynchronizedArray {
        SynchronizedArray::with_lock(name, values, &own_lock(name))
    }

    /// The same with this lock, which several may share: in Python, `multiprocessing.Array("q", …, lock=lock)`.
    pub fn with_lock(name: &str, values: &[i64], lock: &RLock) -> SynchronizedArray {
        SynchronizedArray { array: Array::new(name, values), lock: lock.clone() }
    }

    /// How many there are: in Python, `len(array)`.
    pub fn len(&self) -> usize {
        self.array.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.array.is_empty()
    }

    /// Reads one under the lock: in Python, `array[at]`.
    ///
    /// # Panics
    /// If there is none there: in Python, an `IndexError`.
    #[track_caller]
    pub fn get(&self, at: usize) -> i64 {
        let _held = self.lock.hold();
        self.array.get(at)
    }

    /// Writes one under the lock: in Python, `array[at] = value`.
    ///
    /// # Panics
    /// If there is none there: in Python, an `IndexError`.
    #[track_caller]
    pub fn set(&self, at: usize, value: i64) {
        let _held = self.lock.hold();
        self.array.set(at, value);
    }

    /// All of them, read under the lock: in Python, `array[:]`.
    #[track_caller]
    pub fn to_vec(&self) -> Vec<i64> {
        let _held = self.lock.hold();
        self.array.to_vec()
    }

    /// Their lock: in Python, `array.get_lock()`.
    pub fn get_lock(&self) -> &RLock {
        &self.lock
    }

    /// The numbers without the lock: in Python, `array.get_obj()`.
    pub fn get_obj(&self) -> &Array {
        &self.array
    }
}
