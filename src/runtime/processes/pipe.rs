//! A pipe between two processes, two-way or one-way.
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
//! An end of a one-way pipe ([`pipe_one_way`]) can only receive, or only send.
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
    /// Nothing comes in at the end of a one-way pipe that only sends, and nothing goes out at the other.
    incoming: Option<Half>,
    outgoing: Option<Half>,
}

/// One direction of a pipe, as the holder of an end has it.
struct Half {
    channel: Channel,
    side: Side,
    bit: u32,
}

/// One direction as it is packed in arguments: the channel, and the holder's bit.
type ToldHalf = (Told, u32);

/// An end as it is packed in arguments.
#[derive(Serialize, Deserialize)]
struct ToldEnd {
    incoming: Option<ToldHalf>,
    outgoing: Option<ToldHalf>,
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
    let (there, back) = (channel(format!("{name} →"), bytes), channel(format!("{name} ←"), bytes));
    (Connection::new(Some(back.clone()), Some(there.clone())), Connection::new(Some(there), Some(back)))
}

/// A one-way pipe: the first end only receives, the second only sends. In Python, `multiprocessing.Pipe(duplex=False)`.
pub fn pipe_one_way(name: &str) -> (Connection, Connection) {
    let there = channel(name.to_owned(), PIPE_BYTES);
    (Connection::new(Some(there.clone()), None), Connection::new(None, Some(there)))
}

fn channel(name: String, bytes: usize) -> Channel {
    Channel::new(ResourceKind::Pipe, name, bytes, Counts::Bytes, u32::MAX)
}

impl Connection {
    fn new(incoming: Option<Channel>, outgoing: Option<Channel>) -> Connection {
        let half = |channel: Channel, side| {
            let bit = channel.claim(side).expect("nobody else holds a new end");
            Half { channel, side, bit }
        };
        let incoming = incoming.map(|channel| half(channel, Side::Reading));
        let outgoing = outgoing.map(|channel| half(channel, Side::Writing));
        Connection { end: Arc::new(End { incoming, outgoing }) }
    }

    /// Whether it can receive: in Python, `connection.readable`.
    pub fn is_readable(&self) -> bool {
        self.end.incoming.is_some()
    }

    /// Whether it can send: in Python, `connection.writable`.
    pub fn is_writable(&self) -> bool {
        self.end.outgoing.is_some()
    }

    /// Packs a value and sends it: in Python, `connection.send(value)`.
    ///
    /// # Errors
    /// `BrokenPipe` if nobody holds the other end; `Pickling` if the value cannot be packed; `OneWay` if this end only
    /// receives.
    #[track_caller]
    pub fn send<T: Serialize + ?Sized>(&self, value: &T) -> Result<(), Error> {
        let site = Site::caller();
        self.send_at(&packed(value)?, site)
    }

    /// Sends bytes as they are: in Python, `connection.send_bytes(bytes)`.
    ///
    /// # Errors
    /// `BrokenPipe` if nobody holds the other end; `OneWay` if this end only receives.
    #[track_caller]
    pub fn send_bytes(&self, bytes: &[u8]) -> Result<(), Error> {
        self.send_at(bytes, Site::caller())
    }

    /// Receives a value, and waits until it is there: in Python, `connection.recv()`.
    ///
    /// # Errors
    /// `Eof` if nothing is left and nobody holds the other end, or the sender ended in the middle of a message;
    /// `Unpickling` if it is not a value of this type; `OneWay` if this end only sends.
    #[track_caller]
    pub fn recv<T: DeserializeOwned>(&self) -> Result<T, Error> {
        let bytes = self.recv_at(Site::caller())?;
        unpacked(&bytes, &name_of(self.incoming()?))
    }

    /// Receives bytes as they were sent: in Python, `connection.recv_bytes()`.
    ///
    /// # Errors
    /// `Eof` and `OneWay`, as for [`Connection::recv`].
    #[track_caller]
    pub fn recv_bytes(&self) -> Result<Vec<u8>, Error> {
        self.recv_at(Site::caller())
    }

    /// Waits at most `timeout` until there is something to receive, or an `EOFError`; false if there was nothing in
    /// time: in Python, `connection.poll(timeout)`.
    ///
    /// # Panics
    /// If this end only sends: in Python, an `OSError`.
    #[track_caller]
    pub fn poll(&self, timeout: Duration) -> bool {
        let incoming = self.incoming().unwrap_or_else(|error| panic!("{error}"));
        incoming.wait_readable(Site::caller(), Some(timeout), || false)
    }

    /// Releases this end: in Python, `connection.close()`. The end is closed when all its clones are gone.
    pub fn close(self) {}

    fn send_at(&self, bytes: &[u8], site: Site) -> Result<(), Error> {
        let outgoing = self.outgoing()?;
        outgoing.send(bytes, site, None).map_err(|trouble| match trouble {
            Trouble::Stuck(stuck) => Error::sending(stuck, &name_of(outgoing)),
            Trouble::TimedOut => unreachable!("there is no time-out"),
        })
    }

    fn recv_at(&self, site: Site) -> Result<Vec<u8>, Error> {
        let incoming = self.incoming()?;
        incoming.receive(site, None).map_err(|trouble| match trouble {
            Trouble::Stuck(Stuck::Broken) => {
                let text = format_args!("received only a part of a message from {}", name_of(incoming));
                Error::new(ErrorKind::Eof, text)
            }
            Trouble::Stuck(stuck) => Error::receiving(stuck, &name_of(incoming)),
            Trouble::TimedOut => unreachable!("there is no time-out"),
        })
    }

    pub(super) fn incoming(&self) -> Result<&Channel, Error> {
        let End { incoming, outgoing } = &*self.end;
        channel_of(incoming, outgoing, "received from", "only sends")
    }

    fn outgoing(&self) -> Result<&Channel, Error> {
        let End { incoming, outgoing } = &*self.end;
        channel_of(outgoing, incoming, "sent to", "only receives")
    }
}

/// The channel of this direction; an error about the other one, if this end has only that.
fn channel_of<'a>(this: &'a Option<Half>, other: &Option<Half>, did: &str, but: &str) -> Result<&'a Channel, Error> {
    this.as_ref().map(|half| &half.channel).ok_or_else(|| {
        let name = other.as_ref().map_or_else(String::new, |half| name_of(&half.channel));
        Error::new(ErrorKind::OneWay, format_args!("{did} an end of {name} that {but}"))
    })
}

fn name_of(channel: &Channel) -> String {
    format!("pipe “{}”", channel.name)
}

impl Half {
    /// What a process is told that is being started, and what it is handed.
    fn hand_out(&self) -> Result<(ToldHalf, Box<dyn HandedOut>), String> {
        let Half { channel, side, .. } = self;
        let bit = channel.claim(*side)?;
        Ok(((channel.tell(), bit), channel.handed_out([(*side, bit)])))
    }

    fn told<E: serde::de::Error>(told: Option<ToldHalf>, side: Side) -> Result<Option<Half>, E> {
        told.map(|(told, bit)| Ok(Half { channel: Channel::told(told)?, side, bit })).transpose()
    }
}

impl Drop for Half {
    fn drop(&mut self) {
        self.channel.release(self.side, self.bit);
    }
}

impl Serialize for Connection {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let End { incoming, outgoing } = &*self.end;
        let name = outgoing.as_ref().or(incoming.as_ref()).map_or_else(String::new, |half| name_of(&half.channel));
        let told = hand_out(&name, |_| {
            let half = |half: &Option<Half>| half.as_ref().map(Half::hand_out).transpose();
            let (incoming, outgoing) = (half(incoming)?.unzip(), half(outgoing)?.unzip());
            let told = ToldEnd { incoming: incoming.0, outgoing: outgoing.0 };
            let handed_out = match (incoming.1, outgoing.1) {
                (Some(reading), Some(writing)) => Box::new(Both(reading, writing)) as Box<dyn HandedOut>,
                (one, other) => one.or(other).ok_or("it has no direction")?,
            };
            Ok((told, handed_out))
        })?;
        told.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Connection {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Connection, D::Error> {
        let ToldEnd { incoming, outgoing } = ToldEnd::deserialize(deserializer)?;
        let (incoming, outgoing) = (Half::told(incoming, Side::Reading)?, Half::told(outgoing, Side::Writing)?);
        Ok(Connection { end: Arc::new(End { incoming, outgoing }) })
    }
}
