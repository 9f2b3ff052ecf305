//! Numbers in shared memory: one, or an array of them.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::{Array, Value};
//! use weft::runtime::run_main;
//! use weft::runtime::threads::spawn;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     // Between threads here; a process takes them with the arguments that it is started with.
//!     let (sum, numbers) = (Value::new("sum", 0), Array::new("numbers", &[1, 2, 3]));
//!     let (to, from) = (sum.clone(), numbers.clone());
//!     spawn("worker", move || to.set((0..from.len()).map(|at| from.get(at)).sum())).join();
//!     assert_eq!(sum.get(), 6);
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.Value` and `Array` of type `q` with `lock=False`: each read and each write is atomic,
//! but a read followed by a write is not, so that updates can be lost. A [`Lock`](super::Lock) prevents that.
//!
//! The trace has each read and each write: of a value what was read or written, of an array the index. A read is
//! recorded after it was done, a write before, as for a [`SharedCell`](crate::runtime::threads::SharedCell).

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::passing::{HandedOut, Place, hand_out};
use crate::runtime::host::{LocalWords, Words};
use crate::runtime::lane::{self, Site};
use crate::trace::record::Tag;
use crate::trace::{Cause, ResourceId, ResourceKind};

/// An integer in shared memory: in Python, `multiprocessing.Value("q", …, lock=False)`. Clones are the same number.
#[derive(Clone, Serialize, Deserialize)]
pub struct Value {
    shared: Shared,
}

/// Integers in shared memory: in Python, `multiprocessing.Array("q", …, lock=False)`. Clones are the same numbers.
#[derive(Clone, Serialize, Deserialize)]
pub struct Array {
    shared: Shared,
}

#[derive(Clone)]
struct Shared {
    name: Arc<str>,
    resource: ResourceId,
    words: Arc<dyn Words>,
    len: usize,
}

/// Either of them as it is packed in arguments.
#[derive(Serialize, Deserialize)]
struct Told {
    name: String,
    resource: ResourceId,
    place: Place,
    len: usize,
}

impl Value {
    /// A number with this initial value.
    #[track_caller]
    pub fn new(name: &str, value: i64) -> Value {
        let site = Site::caller();
        let shared = Shared::new(ResourceKind::Cell, name, &[value]);
        lane::with(|context| context.access(Tag::Write, shared.resource, value, site));
        Value { shared }
    }

    /// Reads it: in Python, `value.value`.
    #[track_caller]
    #[optimize(speed)]
    pub fn get(&self) -> i64 {
        let site = Site::caller();
        let value = self.shared.words.load_long(0);
        lane::with(|context| context.access(Tag::Read, self.shared.resource, value, site));
        value
    }

    /// Writes it, whatever it is by now: in Python, `value.value = …`.
    #[track_caller]
    #[optimize(speed)]
    pub fn set(&self, value: i64) {
        let site = Site::caller();
        lane::with(|context| context.access(Tag::Write, self.shared.resource, value, site));
        self.shared.words.store_long(0, value);
    }
}

impl Array {
    /// Numbers with these initial values, which are not in the trace.
    pub fn new(name: &str, values: &[i64]) -> Array {
        Array { shared: Shared::new(ResourceKind::Array, name, values) }
    }

    /// How many there are: in Python, `len(array)`.
    pub fn len(&self) -> usize {
        self.shared.len
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Reads one: in Python, `array[at]`.
    ///
    /// # Panics
    /// If there is none there: in Python, an `IndexError`.
    #[track_caller]
    #[optimize(speed)]
    pub fn get(&self, at: usize) -> i64 {
        self.get_at(at, Site::caller())
    }

    #[inline(always)]
    fn get_at(&self, at: usize, site: Site) -> i64 {
        self.check(at);
        let value = self.shared.words.load_long(at * 2);
        lane::with(|context| context.access(Tag::Read, self.shared.resource, at as i64, site));
        value
    }

    /// Writes one: in Python, `array[at] = value`.
    ///
    /// # Panics
    /// If there is none there: in Python, an `IndexError`.
    #[track_caller]
    #[optimize(speed)]
    pub fn set(&self, at: usize, value: i64) {
        let site = Site::caller();
        self.check(at);
        lane::with(|context| context.access(Tag::Write, self.shared.resource, at as i64, site));
        self.shared.words.store_long(at * 2, value);
    }

    /// All of them, one read after the other: in Python, `array[:]`.
    #[track_caller]
    pub fn to_vec(&self) -> Vec<i64> {
        let site = Site::caller();
        (0..self.len()).map(|at| self.get_at(at, site)).collect()
    }

    fn check(&self, at: usize) {
        let (name, len) = (&self.shared.name, self.len());
        assert!(at < len, "IndexError: array “{name}” has {len} numbers, and {at} is not among them");
    }
}

impl Shared {
    fn new(kind: ResourceKind, name: &str, values: &[i64]) -> Shared {
        let words = LocalWords::new(values.len().max(1) * 2);
        for (at, value) in values.iter().enumerate() {
            words.store_long(at * 2, *value);
        }
        let resource = lane::with(|context| context.define_resource(kind, name));
        Shared { name: name.into(), resource, words, len: values.len() }
    }
}

impl HandedOut for Shared {
    fn take_back(&self, _: u16, _: Cause) {}
}

impl Serialize for Shared {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let told = hand_out(&format!("“{}”", self.name), |_| {
            let (name, place) = (self.name.to_string(), Place::of(&self.words));
            let told = Told { name, resource: self.resource, place, len: self.len };
            // A clone keeps the memory alive as long as the process may use it.
            Ok((told, Box::new(self.clone()) as Box<dyn HandedOut>))
        })?;
        told.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Shared {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Shared, D::Error> {
        let Told { name, resource, place, len } = Told::deserialize(deserializer)?;
        Ok(Shared { name: name.into(), resource, words: place.words()?, len })
    }
}
