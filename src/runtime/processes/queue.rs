//! A queue between processes: what is put in first comes out first, whichever processes put and get.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::Queue;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::spawn;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     // Between threads here; a process takes the queue with the arguments that it is started with.
//!     let queue = Queue::bounded("queue", 2);
//!     let (to_main, names) = (queue.clone(), ["one", "two", "three"]);
//!     let producer = spawn("producer", move || names.iter().try_for_each(|name| to_main.put(&name.to_string())));
//!     for name in names {
//!         assert_eq!(queue.get()?, name);
//!     }
//!     producer.join()?;
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.Queue`:
//!
//! - Getting waits while it is empty; putting waits while it is full. With a time-out they give up, with an error.
//! - Items are packed by the lane that puts them and unpacked by the lane that gets them.
//! - A process that is terminated in the middle of putting or getting an item leaves the queue broken for all. Python
//!   says that the data “is likely to become corrupted”; here it is an error.
//!
//! - A process that has closed it can put and get no more; the others can.
//!
//! Unlike Python, whose queue has a thread that feeds its pipe, so that putting into one without a limit never waits, this
//! one holds 1 MiB, and putting waits for room. Its level in the trace is the number of items.

use std::marker::PhantomData;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::channel::{Channel, Counts, Told, Trouble};
use super::entry::{packed, unpacked};
use super::error::{Error, ErrorKind};
use super::passing::hand_out;
use super::ring::Side;
use crate::runtime::lane::Site;
use crate::trace::{ResourceId, ResourceKind};

/// Bytes that a queue holds: items with a header of 16 bytes each.
pub const QUEUE_BYTES: usize = 1 << 20;

/// A queue between processes: in Python, `multiprocessing.Queue`. Clones are the same queue.
pub struct Queue<T> {
    end: Arc<End>,
    items: PhantomData<fn(T) -> T>,
}

struct End {
    channel: Channel,
    reads: u32,
    writes: u32,
    /// Whether this process has closed it.
    closed: AtomicBool,
}

/// A queue as it is packed in arguments.
#[derive(Serialize, Deserialize)]
struct ToldQueue {
    channel: Told,
    reads: u32,
    writes: u32,
}

impl<T> Clone for Queue<T> {
    fn clone(&self) -> Queue<T> {
        Queue { end: self.end.clone(), items: PhantomData }
    }
}

impl<T: Serialize + DeserializeOwned> Queue<T> {
    /// A queue for as many items as there is room for: in Python, `multiprocessing.Queue()`.
    pub fn new(name: impl Into<String>) -> Queue<T> {
        Queue::with(name.into(), u32::MAX)
    }

    /// A queue for at most `capacity` items: in Python, `multiprocessing.Queue(maxsize=capacity)`.
    ///
    /// # Panics
    /// If `capacity` is 0.
    pub fn bounded(name: impl Into<String>, capacity: u32) -> Queue<T> {
        let name = name.into();
        assert!(capacity > 0, "queue “{name}” has room for nothing");
        Queue::with(name, capacity)
    }

    fn with(name: String, most: u32) -> Queue<T> {
        Queue { end: Arc::new(End::new(name, most)), items: PhantomData }
    }

    /// Adds an item, and waits until there is room for it: in Python, `queue.put(item)`.
    ///
    /// # Errors
    /// `Broken` if a process died while it put or got an item; `Pickling` if the item cannot be packed; `Closed` if this
    /// process has closed the queue.
    #[track_caller]
    pub fn put(&self, item: &T) -> Result<(), Error> {
        self.put_at(item, Site::caller(), None)
    }

    /// Adds an item, and waits for room at most `timeout`: in Python, `queue.put(item, timeout=timeout)`. The item is
    /// put whole or not at all.
    ///
    /// Unlike Python, whose queue has no limit in bytes, this refuses an item that would not fit into the empty queue:
    /// with a header of 16 bytes it has more than [`QUEUE_BYTES`].
    ///
    /// # Errors
    /// As [`Queue::put`]; `Full` if there was no room in time.
    #[track_caller]
    pub fn put_timeout(&self, item: &T, timeout: Duration) -> Result<(), Error> {
        self.put_at(item, Site::caller(), Some(timeout))
    }

    /// Adds an item if there is room: in Python, `queue.put_nowait(item)`.
    ///
    /// # Errors
    /// As [`Queue::put_timeout`].
    #[track_caller]
    pub fn try_put(&self, item: &T) -> Result<(), Error> {
        self.put_timeout(item, Duration::ZERO)
    }

    /// Takes the oldest item, and waits until there is one: in Python, `queue.get()`.
    ///
    /// # Errors
    /// `Broken` if a process died while it put or got an item; `Closed` if this process has closed the queue.
    #[track_caller]
    pub fn get(&self) -> Result<T, Error> {
        self.get_at(Site::caller(), None)
    }

    /// Takes the oldest item, and waits for it at most `timeout`: in Python, `queue.get(timeout=timeout)`.
    ///
    /// # Errors
    /// As [`Queue::get`]; `Empty` if there was none in time.
    #[track_caller]
    pub fn get_timeout(&self, timeout: Duration) -> Result<T, Error> {
        self.get_at(Site::caller(), Some(timeout))
    }

    /// Takes the oldest item, if there is one: in Python, `queue.get_nowait()`.
    ///
    /// # Errors
    /// As [`Queue::get_timeout`].
    #[track_caller]
    pub fn try_get(&self) -> Result<T, Error> {
        self.get_timeout(Duration::ZERO)
    }

    /// How many items it has: in Python, `queue.qsize()`.
    pub fn len(&self) -> usize {
        self.end.channel.messages()
    }

    /// Whether it has none: in Python, `queue.empty()`.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether there is no room for another item: in Python, `queue.full()`.
    pub fn is_full(&self) -> bool {
        self.end.channel.is_full()
    }

    /// This process puts and gets no more: in Python, `queue.close()`. What it has put can be got by others.
    pub fn close(&self) {
        self.end.closed.store(true, Relaxed);
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.end.channel.name
    }

    /// Its number in the trace.
    pub(super) fn resource(&self) -> ResourceId {
        self.end.channel.resource()
    }

    pub(super) fn put_at(&self, item: &T, site: Site, timeout: Option<Duration>) -> Result<(), Error> {
        self.end.check_open("put into")?;
        self.end.put(&packed(item)?, site, timeout)
    }

    pub(super) fn get_at(&self, site: Site, timeout: Option<Duration>) -> Result<T, Error> {
        self.end.check_open("got from")?;
        unpacked(&self.end.get(site, timeout)?, &self.end.what())
    }
}

impl End {
    fn new(name: String, most: u32) -> End {
        let channel = Channel::new(ResourceKind::Queue, name, QUEUE_BYTES, Counts::Messages, most);
        let reads = channel.claim(Side::Reading).expect("nobody else has a new queue");
        let writes = channel.claim(Side::Writing).expect("nobody else has a new queue");
        End { channel, reads, writes, closed: AtomicBool::new(false) }
    }

    fn check_open(&self, done: &str) -> Result<(), Error> {
        match self.closed.load(Relaxed) {
            true => Err(Error::new(ErrorKind::Closed, format_args!("{done} {}, which is closed", self.what()))),
            false => Ok(()),
        }
    }

    fn put(&self, bytes: &[u8], site: Site, timeout: Option<Duration>) -> Result<(), Error> {
        self.channel.send(bytes, site, timeout).map_err(|trouble| match trouble {
            Trouble::TimedOut => Error::new(ErrorKind::Full, format_args!("found no room in {}", self.what())),
            Trouble::Stuck(stuck) => Error::sending(stuck, &self.what()),
        })
    }

    fn get(&self, site: Site, timeout: Option<Duration>) -> Result<Vec<u8>, Error> {
        self.channel.receive(site, timeout).map_err(|trouble| match trouble {
            Trouble::TimedOut => Error::new(ErrorKind::Empty, format_args!("found nothing in {}", self.what())),
            Trouble::Stuck(stuck) => Error::receiving(stuck, &self.what()),
        })
    }

    fn what(&self) -> String {
        format!("queue “{}”", self.channel.name)
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.channel.release(Side::Reading, self.reads);
        self.channel.release(Side::Writing, self.writes);
    }
}

impl<T> Serialize for Queue<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.end.serialize(serializer)
    }
}

impl Serialize for End {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let channel = &self.channel;
        let told = hand_out(&self.what(), |_| {
            let (reads, writes) = (channel.claim(Side::Reading)?, channel.claim(Side::Writing)?);
            let handed_out = channel.handed_out([(Side::Reading, reads), (Side::Writing, writes)]);
            Ok((ToldQueue { channel: channel.tell(), reads, writes }, handed_out))
        })?;
        told.serialize(serializer)
    }
}

impl<'de, T> Deserialize<'de> for Queue<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Queue<T>, D::Error> {
        Ok(Queue { end: Arc::new(End::deserialize(deserializer)?), items: PhantomData })
    }
}

impl<'de> Deserialize<'de> for End {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<End, D::Error> {
        let ToldQueue { channel, reads, writes } = ToldQueue::deserialize(deserializer)?;
        Ok(End { channel: Channel::told(channel)?, reads, writes, closed: AtomicBool::new(false) })
    }
}
