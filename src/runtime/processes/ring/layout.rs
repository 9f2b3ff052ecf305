//! Where a ring's words are, and what they mean.

use super::shape::Side;
use crate::runtime::host::Change;
use crate::trace::{Cause, LaneId, Nanos};

/// The mutex.
pub(super) const MUTEX: usize = 0;
/// Counters of changes, which the two sides wait on, and how many wait.
const READABLE: usize = 1;
const WRITABLE: usize = 2;
const READERS_ASLEEP: usize = 3;
const WRITERS_ASLEEP: usize = 4;
/// Whose turn it is.
const READ_TURN: usize = 5;
const WRITE_TURN: usize = 6;
/// Bytes of the current message that are still to come.
const READ_LEFT: usize = 7;
const WRITE_LEFT: usize = 8;

/// What can be read without the mutex, in this order ([`State`]).
pub(super) const STATE: usize = BROKEN;
pub(super) const BROKEN: usize = 9;
/// The holders of the ends, a bit each.
const READERS: usize = 10;
const WRITERS: usize = 11;

/// What is changed only under the mutex, in this order ([`Guarded`]).
pub(super) const GUARDED: usize = HEAD;
/// Bytes ever written, and ever read, both modulo twice the capacity: so a full ring is not an empty one.
pub(super) const HEAD: usize = 12;
pub(super) const TAIL: usize = 13;
/// Messages whose writing has begun and whose reading has not.
pub(super) const MESSAGES: usize = 14;
/// Time of the latest event, in two words; then the latest causes: lane, and time in two words.
const LAST: usize = 15;
const WROTE: usize = 17;
const READ: usize = 20;

/// How many lanes wait for this ring and others at once.
pub(super) const WATCHED: usize = 23;

/// The first word of the bytes.
pub(super) const DATA: usize = 24;

/// In [`BROKEN`]: a message will never be whole, or was taken in part.
pub(super) const UNWRITTEN: u32 = 1;
pub(super) const UNREAD: u32 = 2;

impl Side {
    pub(super) fn holders(self) -> usize {
        if self == Side::Reading { READERS } else { WRITERS }
    }
    pub(super) fn turn(self) -> usize {
        if self == Side::Reading { READ_TURN } else { WRITE_TURN }
    }
    pub(super) fn left(self) -> usize {
        if self == Side::Reading { READ_LEFT } else { WRITE_LEFT }
    }
    pub(super) fn signal(self) -> (usize, usize) {
        if self == Side::Reading { (READABLE, READERS_ASLEEP) } else { (WRITABLE, WRITERS_ASLEEP) }
    }
    fn latest(self) -> usize {
        if self == Side::Reading { READ } else { WROTE }
    }
}

/// What can be read without the mutex. A writer releases its end last, so the holders of the ends are read before the
/// bytes are counted.
pub(super) struct State {
    pub(super) broken: u32,
    pub(super) readers: u32,
    pub(super) writers: u32,
    pub(super) head: u32,
    pub(super) tail: u32,
    pub(super) messages: u32,
}

impl State {
    /// From the words at [`STATE`].
    pub(super) fn new([broken, readers, writers, head, tail, messages]: [u32; 6]) -> State {
        State { broken, readers, writers, head, tail, messages }
    }
}

/// What is changed only under the mutex.
pub(super) struct Guarded {
    pub(super) head: u32,
    pub(super) tail: u32,
    pub(super) messages: u32,
    /// When something happened last.
    pub(super) last: Nanos,
    wrote: Option<Cause>,
    read: Option<Cause>,
}

impl Guarded {
    /// From the words at [`GUARDED`].
    pub(super) fn new(words: [u32; 11]) -> Guarded {
        let long = |low: u32, high: u32| Nanos(u64::from(low) | u64::from(high) << 32);
        let [head, tail, messages, last, last_high, writer, wrote, wrote_high, reader, read, read_high] = words;
        let cause = |lane, time| (time > Nanos::ZERO).then_some(Cause { lane: LaneId(lane), time });
        Guarded {
            head,
            tail,
            messages,
            last: long(last, last_high),
            wrote: cause(writer, long(wrote, wrote_high)),
            read: cause(reader, long(read, read_high)),
        }
    }

    /// Who did something on this side last.
    pub(super) fn latest(&self, side: Side) -> Option<Cause> {
        if side == Side::Reading { self.read } else { self.wrote }
    }
}

/// Changes that set the time of the latest event.
pub(super) fn last(time: Nanos) -> [Change; 2] {
    [change(LAST, time.0 as u32), change(LAST + 1, (time.0 >> 32) as u32)]
}

/// Who did something on this side last.
pub(super) fn latest(side: Side, cause: Cause) -> [Change; 3] {
    let at = side.latest();
    let Cause { lane, time: Nanos(time) } = cause;
    [change(at, lane.0), change(at + 1, time as u32), change(at + 2, (time >> 32) as u32)]
}

/// The change of a word.
pub(super) fn change(at: usize, value: u32) -> Change {
    Change { at: at as u32, value }
}
