//! A ring's mutex, and what is done while it is held.

use super::layout::{self, GUARDED, Guarded, HEAD, MESSAGES, MUTEX, TAIL};
use super::shape::{HEADER, Level, Moment, Ring, Side};
use crate::runtime::processes::mutex;
use crate::trace::Cause;

/// Holds the ring's mutex.
pub(super) struct Held<'a> {
    ring: &'a Ring,
}

/// A part of a message, whose bytes are written, or read, already.
pub(super) struct Part {
    pub(super) side: Side,
    /// Whether it is the first, which has the header.
    pub(super) begins: bool,
    /// Its bytes, without the header.
    pub(super) bytes: usize,
    /// Bytes of the message that are still to come.
    pub(super) left: usize,
}

/// A part that was recorded, but is not published yet.
pub(super) struct Recorded<'a> {
    held: Held<'a>,
    part: Part,
    /// The position after it.
    to: u32,
    /// Messages from now on.
    messages: u32,
    pub(super) cause: Cause,
}

impl Ring {
    pub(super) fn lock(&self) -> Held<'_> {
        mutex::lock(&*self.words, MUTEX, self.me);
        Held { ring: self }
    }
}

impl<'a> Held<'a> {
    pub(super) fn guarded(&self) -> Guarded {
        Guarded::new(self.ring.row(GUARDED))
    }

    /// Lets `record` record a part.
    pub(super) fn record(self, part: Part, record: impl FnOnce(Moment) -> Cause) -> Recorded<'a> {
        let guarded = self.guarded();
        let Guarded { head, tail, messages, last, .. } = guarded;
        let moved = part.bytes + if part.begins { HEADER } else { 0 };
        let begun = u32::from(part.begins);
        let (to, bytes, messages) = match part.side {
            Side::Writing => {
                let to = self.ring.after(head, moved);
                (to, self.ring.between(tail, to), messages + begun)
            }
            Side::Reading => {
                let to = self.ring.after(tail, moved);
                (to, self.ring.between(to, head), messages - begun)
            }
        };
        let other = guarded.latest(part.side.other());
        let cause = record(Moment { level: Level { bytes, messages }, last, other });
        Recorded { held: self, part, to, messages, cause }
    }
}

impl Recorded<'_> {
    /// Publishes it, releases the mutex, and the turn after a message's last part, and wakes those who wait for any of
    /// these.
    pub(super) fn publish(self) {
        let Recorded { held, part: Part { side, begins, bytes, left }, to, messages, cause } = self;
        let ring = held.ring;
        let position = if side == Side::Writing { HEAD } else { TAIL };
        let [time, time_high] = layout::last(cause.time);
        let [lane, since, since_high] = layout::latest(side, cause);
        // If the process dies before the fourth of these, the message is not whole, and the ring is broken.
        let changes = [
            layout::change(side.left(), (left + bytes) as u32 + u32::from(begins)),
            layout::change(MESSAGES, messages),
            layout::change(position, to),
            layout::change(side.left(), left as u32),
            time,
            time_high,
            lane,
            since,
            since_high,
            layout::change(side.turn(), 0),
        ];
        let is_last = left == 0;
        ring.words.store_each(if is_last { &changes } else { &changes[..9] });
        drop(held);
        if is_last {
            ring.wake(side, 1);
        }
        // At the very end, so that a lane that is woken finds everything done.
        ring.wake(side.other(), u32::MAX);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        mutex::unlock(&*self.ring.words, MUTEX);
    }
}
