//! A two-way pipe between two processes.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::processes::{ErrorKind, pipe};
//! use weft::runtime::run_main;
//! use weft::runtime::threads::spawn;
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Process, || {
//!     // Between threads here; a process takes its end with the arguments that it is started with.
//!     let (ours, theirs) = pipe("pipe");
//!     let echo = spawn("echo", move || {
//!         while let Ok(number) = theirs.recv::<u32>() {
//!             theirs.send(&(number + 1)).unwrap();
//!         }
//!     });
//!     ours.send(&41_u32)?;
//!     assert_eq!(ours.recv::<u32>()?, 42);
//!     ours.close(); // Now the other end receives an `EOFError`.
//!     echo.join();
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `multiprocessing.Pipe()`:
//!
//! - Each end sends what the other receives, in that order. Receiving waits until a message is there, sending until there
//!   is room for all of it: a pipe holds 256 KiB, each message with a header of 16 bytes.
//! - When no process holds the other end any more, receiving returns what is left, and then an `EOFError`; sending is a
//!   `BrokenPipeError`. A process that ends, for whatever reason, releases its ends.
//!
//! Unlike Python, where the parent has to remember to close its own, an end that is handed to a process moves there.
//! Clones are the same end, and it is open as long as one of them lives. Unlike Python, whose pickle knows what it holds,
//! values are packed by `postcard`, which keeps no types: the receiver says what it expects.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::channel::{Channel, Counts, Told, Trouble};
use super::entry::{packed, unpacked};
use super::error::{Error, ErrorKind};
use super::passing::{Both, HandedOut, hand_out};
use super::ring::{Side, Stuck};
use crate::runtime::lane::Site;
use crate::trace::ResourceKind;

/// Bytes that a pipe holds in each direction: more than on Linux, since waking a worker takes longer here.
pub const PIPE_BYTES: usize = 256 << 10;

/// One end of a pipe: in Python, `multiprocessing.connection.Connection`. Clones are the same end.
#[derive(Clone)]
pub struct Connection {
    end: Arc<End>,
}

struct End {
    incoming: Channel,
    outgoing: Channel,
    reads: u32,
    writes: u32,
}

/// An end as it is packed in arguments.
#[derive(Serialize, Deserialize)]
struct ToldEnd {
    incoming: Told,
    outgoing: Told,
    reads: u32,
    writes: u32,
}

/// A pipe's two ends: in Python, `multiprocessing.Pipe()`. In the trace each direction has its own level, in bytes.
pub fn pipe(name: &str) -> (Connection, Connection) {
    pipe_with_capacity(name, PIPE_BYTES)
}

/// A pipe that holds `bytes` bytes in each direction.
///
/// # Panics
/// If that is less than the 16 bytes of a header, or more than 1 GiB.
pub fn pipe_with_capacity(name: &str, bytes: usize) -> (Connection, Connection) {
    let channel = |name| Channel::new(ResourceKind::Pipe, name, bytes, Counts::Bytes, u32::MAX);
    let (there, back) = (channel(format!("{name} →")), channel(format!("{name} ←")));
    (Connection::new(back.clone(), there.clone()), Connection::new(there, back))
}

impl Connection {
    fn new(incoming: Channel, outgoing: Channel) -> Connection {
        let reads = incoming.claim(Side::Reading).expect("nobody else holds a new end");
        let writes = outgoing.claim(Side::Writing).expect("nobody else holds a new end");
        Connection { end: Arc::new(End { incoming, outgoing, reads, writes }) }
    }

    /// Packs a value and sends it: in Python, `connection.send(value)`.
    ///
    /// # Errors
    /// `BrokenPipe` if nobody holds the other end; `Pickling` if the value cannot be packed.
    #[track_caller]
    pub fn send<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), Error> {
        let site = Site::caller();
        self.send_at(&packed(value)?, site)
    }

    /// Sends bytes as they are: in Python, `connection.send_bytes(bytes)`.
    ///
    /// # Errors
    /// `BrokenPipe` if nobody holds the other end.
    #[track_caller]
    pub fn send_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        self.send_at(bytes, Site::caller())
    }

    /// Receives a value, and waits until it is there: in Python, `connection.recv()`.
    ///
    /// # Errors
    /// `Eof` if nothing is left and nobody holds the other end, or the sender ended in the middle of a message;
    /// `Unpickling` if it is not a value of this type.
    #[track_caller]
    pub fn recv<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let bytes = self.recv_at(Site::caller())?;
        unpacked(&bytes, &self.incoming_name())
    }

    /// Receives bytes as they were sent: in Python, `connection.recv_bytes()`.
    ///
    /// # Errors
    /// `Eof`, as for [`Connection::recv`].
    #[track_caller]
    pub fn recv_bytes(&self) -> Result<Vec<u8>, Error> {
        self.recv_at(Site::caller())
    }

    /// Waits at most `timeout` until there is something to receive, or an `EOFError`; false if there was nothing in
    /// time: in Python, `connection.poll(timeout)`.
    #[track_caller]
    pub fn poll(&self, timeout: Duration) -> bool {
        self.end.incoming.wait_readable(Site::caller(), Some(timeout), || false)
    }

    /// Releases this end: in Python, `connection.close()`. The end is closed when all its clones are gone.
    pub fn close(self) {}

    fn send_at(&self, bytes: &[u8], site: Site) -> Result<(), Error> {
        let outgoing = &self.end.outgoing;
        outgoing.send(bytes, site, None).map_err(|trouble| match trouble {
            Trouble::Stuck(stuck) => Error::sending(stuck, &format!("pipe “{}”", outgoing.name)),
            Trouble::TimedOut => unreachable!("there is no time-out"),
        })
    }

    fn recv_at(&self, site: Site) -> Result<Vec<u8>, Error> {
        self.end.incoming.receive(site, None).map_err(|trouble| match trouble {
            Trouble::Stuck(Stuck::Broken) => {
                let text = format_args!("received only a part of a message from {}", self.incoming_name());
                Error::new(ErrorKind::Eof, text)
            }
            Trouble::Stuck(stuck) => Error::receiving(stuck, &self.incoming_name()),
            Trouble::TimedOut => unreachable!("there is no time-out"),
        })
    }

    fn incoming_name(&self) -> String {
        format!("pipe “{}”", self.end.incoming.name)
    }
}

impl Drop for End {
    fn drop(&mut self) {
        self.incoming.release(Side::Reading, self.reads);
        self.outgoing.release(Side::Writing, self.writes);
    }
}

impl Serialize for Connection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let End { incoming, outgoing, .. } = &*self.end;
        let told = hand_out(&format!("pipe “{}”", outgoing.name), |_| {
            let (reads, writes) = (incoming.claim(Side::Reading)?, outgoing.claim(Side::Writing)?);
            let told = ToldEnd { incoming: incoming.tell(), outgoing: outgoing.tell(), reads, writes };
            let reading = incoming.handed_out([(Side::Reading, reads)]);
            let both = Both(reading, outgoing.handed_out([(Side::Writing, writes)]));
            Ok((told, Box::new(both) as Box<dyn HandedOut>))
        })?;
        told.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Connection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Connection, D::Error> {
        let ToldEnd { incoming, outgoing, reads, writes } = ToldEnd::deserialize(deserializer)?;
        let (incoming, outgoing) = (Channel::told(incoming)?, Channel::told(outgoing)?);
        Ok(Connection { end: Arc::new(End { incoming, outgoing, reads, writes }) })
    }
}
