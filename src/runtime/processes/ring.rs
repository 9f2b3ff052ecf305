//! A ring of bytes in memory that processes share: what pipes and queues are made of.
//!
//! Pure logic on [`Words`]; it knows neither lanes nor the trace, except that whoever puts bytes in or takes bytes out
//! may do something of its own (record it) at the one moment that counts, under the ring's mutex, so a ring's events
//! have one order. Nothing here blocks, but for that mutex, which is held for a moment; [`Ring::wait`] is how others
//! block.
//!
//! What goes through is messages: a header of [`HEADER`] bytes with the length and the sender's cause, then the bytes,
//! in as many parts as the ring has room for. Whoever sends or receives has a *turn* for a whole message, since there
//! may be several of each.
//!
//! A process may be killed at any moment, so
//!
//! - who holds an end is a bit of its own: clearing it twice does no harm;
//! - the mutex and the turns say which process has them, and what a dead one had is taken from it ([`Ring::died`]);
//! - the order in which a part is published leaves either all of it or, if a message was begun and will never be
//!   whole, a broken ring, which says so to everybody.

use std::sync::Arc;
use std::time::Duration;

use crate::runtime::host::{LocalWords, Words};
use crate::trace::{Cause, LaneId, Nanos};

/// Bytes of a message's header.
pub const HEADER: usize = 16;

const MUTEX: usize = 0;
/// Bytes ever written, and ever read, both modulo twice the capacity: so a full ring is not an empty one.
const HEAD: usize = 1;
const TAIL: usize = 2;
/// What the two sides wait on, and how many do. Counts changes.
const READABLE: usize = 3;
const WRITABLE: usize = 4;
const READERS_ASLEEP: usize = 5;
const WRITERS_ASLEEP: usize = 6;
/// Who holds the ends, a bit each.
const READERS: usize = 7;
const WRITERS: usize = 8;
/// Whose turn it is.
const READ_TURN: usize = 9;
const WRITE_TURN: usize = 10;
/// Bytes of the message in hand that are still to come.
const READ_LEFT: usize = 11;
const WRITE_LEFT: usize = 12;
const BROKEN: usize = 13;
/// Messages that were begun to be written, and not yet to be read.
const MESSAGES: usize = 14;
/// Time of the latest event, in two words; then the latest causes: lane, and time in two words.
const LAST: usize = 15;
const WROTE: usize = 17;
const READ: usize = 20;
/// The first word of the bytes.
const DATA: usize = 24;

/// In [`MUTEX`]: somebody sleeps.
const CONTENDED: u32 = 1 << 31;
/// In [`BROKEN`]: a message will never be whole, or was taken in part.
const UNWRITTEN: u32 = 1;
const UNREAD: u32 = 2;

/// How often a holder of the mutex is waited for without sleeping.
const SPINS: u32 = 50;

/// One of the two sides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    /// Those who take bytes out.
    Reading,
    /// Those who put bytes in.
    Writing,
}

impl Side {
    /// The other one.
    pub fn other(self) -> Side {
        if self == Side::Reading { Side::Writing } else { Side::Reading }
    }
    fn holders(self) -> usize {
        if self == Side::Reading { READERS } else { WRITERS }
    }
    fn turn(self) -> usize {
        if self == Side::Reading { READ_TURN } else { WRITE_TURN }
    }
    fn left(self) -> usize {
        if self == Side::Reading { READ_LEFT } else { WRITE_LEFT }
    }
    fn signal(self) -> (usize, usize) {
        if self == Side::Reading { (READABLE, READERS_ASLEEP) } else { (WRITABLE, WRITERS_ASLEEP) }
    }
}

/// Why a ring cannot go on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stuck {
    /// Nobody holds the other end.
    Closed,
    /// A process died in the middle of a message.
    Broken,
}

/// How much a ring holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Level {
    /// Bytes, headers included.
    pub bytes: u32,
    /// Messages that nobody has begun to take.
    pub messages: u32,
}

/// The moment at which something is put in or taken out.
#[derive(Clone, Copy, Debug)]
pub struct Moment {
    /// What the ring holds from now on.
    pub level: Level,
    /// When something happened to it last.
    pub last: Nanos,
    /// Who did something on the other side last.
    pub other: Option<Cause>,
}

/// A ring, as one process sees it.
#[derive(Clone)]
pub struct Ring {
    words: Arc<dyn Words>,
    capacity: u32,
    /// The process: its number and one, so that none is 0.
    me: u32,
}

impl Ring {
    /// A ring of so many bytes, made by process `number`, which holds neither end yet.
    ///
    /// # Panics
    /// If there is no room for a header, or the capacity is beyond 1 GiB.
    pub fn new(capacity: usize, number: u16) -> Ring {
        assert!((HEADER..=1 << 30).contains(&capacity), "a ring of {capacity} bytes; it must have {HEADER} to 2^30");
        Ring::at(LocalWords::new(Ring::words(capacity)), capacity, number)
    }

    /// A ring that is there already, as process `number` sees it.
    pub fn at(words: Arc<dyn Words>, capacity: usize, number: u16) -> Ring {
        Ring { words, capacity: capacity as u32, me: u32::from(number) + 1 }
    }

    /// How many words a ring of so many bytes takes.
    pub fn words(capacity: usize) -> usize {
        DATA + capacity.div_ceil(4)
    }

    /// Where it is in the main program's memory.
    pub fn address(&self) -> usize {
        self.words.address()
    }

    /// Its words.
    pub fn shared(&self) -> Arc<dyn Words> {
        self.words.clone()
    }

    /// Bytes that it has room for.
    pub fn capacity(&self) -> usize {
        self.capacity as usize
    }

    /// Whether nothing more will be written.
    pub fn is_abandoned(&self) -> bool {
        self.words.load(WRITERS) == 0 || self.words.load(BROKEN) != 0
    }

    /// Takes a bit for one more who holds this side; `None` if all are taken.
    pub fn claim(&self, side: Side) -> Option<u32> {
        let _held = self.lock();
        let holders = self.words.load(side.holders());
        let bit = 1_u32.checked_shl(holders.trailing_ones())?;
        self.words.store(side.holders(), holders | bit);
        Some(bit)
    }

    /// Whoever had this bit holds the side no more; `by` is who says so, and when. Wakes everybody.
    pub fn release(&self, side: Side, bit: u32, by: Cause) {
        {
            let _held = self.lock();
            // Who waits for the other side learns from whom the news is.
            self.store_cause(if side == Side::Writing { WROTE } else { READ }, by);
            self.words.and(side.holders(), !bit);
        }
        self.wake_all();
    }

    /// Takes from process `number`, which is dead, whatever it had, but for its ends.
    pub fn died(&self, number: u16) {
        let dead = u32::from(number) + 1;
        for side in [Side::Reading, Side::Writing] {
            if self.words.load(side.turn()) == dead {
                if self.words.load(side.left()) > 0 {
                    let broken = if side == Side::Reading { UNREAD } else { UNWRITTEN };
                    self.words.store(BROKEN, self.words.load(BROKEN) | broken);
                    self.words.store(side.left(), 0);
                }
                self.words.store(side.turn(), 0);
            }
        }
        let holder = self.words.load(MUTEX);
        if holder & !CONTENDED == dead {
            self.words.replace(MUTEX, holder, 0);
        }
        // It may have been woken for it, and died before it got it.
        self.words.notify(MUTEX, u32::MAX);
        self.wake_all();
    }

    /// Has the turn on this side for a message, if nobody has it.
    pub fn take_turn(&self, side: Side) -> bool {
        self.words.replace(side.turn(), 0, self.me)
    }

    /// Gives the turn back.
    pub fn end_turn(&self, side: Side) {
        self.words.store(side.left(), 0);
        self.words.store(side.turn(), 0);
        let (signal, asleep) = side.signal();
        self.words.add(signal, 1);
        if self.words.load(asleep) > 0 {
            self.words.notify(signal, 1);
        }
    }

    /// A number that changes before [`Ring::wait`] has to end. To be asked for before one looks.
    pub fn changes(&self, side: Side) -> u32 {
        self.words.load(side.signal().0)
    }

    /// Blocks until something has changed for this side since `changes`, or for so long at most. May return without.
    pub fn wait(&self, side: Side, changes: u32, limit: Option<Duration>) {
        let (signal, asleep) = side.signal();
        // An answer often comes sooner than a worker would fall asleep and wake up again.
        for _ in 0..self.words.looks() {
            if self.words.load(signal) != changes {
                return;
            }
            std::hint::spin_loop();
        }
        self.words.add(asleep, 1);
        self.words.wait(signal, changes, limit);
        self.words.add(asleep, u32::MAX);
    }

    /// Who did something on this side last: what whoever waits for it was woken by.
    pub fn latest(&self, side: Side) -> Option<Cause> {
        self.lock().latest(if side == Side::Writing { WROTE } else { READ })
    }

    /// What it holds.
    pub fn level(&self) -> Level {
        Level { bytes: self.used(), messages: self.words.load(MESSAGES) }
    }

    /// Begins a message: writes its header and what there is room for, if there is room for the header and fewer than
    /// `most` messages. Gives how many of its bytes it wrote. Only in one's turn.
    ///
    /// # Errors
    /// If nobody will read it.
    pub fn begin_message(
        &self,
        bytes: &[u8],
        most: u32,
        record: impl FnOnce(Moment) -> Cause,
    ) -> Result<Option<usize>, Stuck> {
        self.check_writing()?;
        let room = (self.capacity - self.used()) as usize;
        if room < HEADER || self.words.load(MESSAGES) >= most {
            return Ok(None);
        }
        let now = bytes.len().min(room - HEADER);
        let head = self.words.load(HEAD);
        self.copy_in(self.after(head, HEADER), &bytes[..now]);

        let held = self.lock();
        let messages = self.words.load(MESSAGES) + 1;
        let cause = record(held.moment(Level { bytes: self.used() + (HEADER + now) as u32, messages }, READ));
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
        header[4..8].copy_from_slice(&cause.lane.0.to_le_bytes());
        header[8..].copy_from_slice(&cause.time.0.to_le_bytes());
        self.copy_in(head, &header);
        // Until the end of the next lines the message is not whole, whatever comes of it.
        self.words.store(WRITE_LEFT, bytes.len() as u32 + 1);
        self.words.store(MESSAGES, messages);
        self.words.store(HEAD, self.after(head, HEADER + now));
        self.words.store(WRITE_LEFT, (bytes.len() - now) as u32);
        held.done(WROTE, cause);
        self.wake(Side::Reading);
        Ok(Some(now))
    }

    /// Goes on with a message: writes what there is room for, if that is worth it. Only in one's turn.
    ///
    /// # Errors
    /// If nobody will read it.
    pub fn go_on_writing(&self, bytes: &[u8], record: impl FnOnce(Moment) -> Cause) -> Result<usize, Stuck> {
        self.check_writing()?;
        let room = (self.capacity - self.used()) as usize;
        if room < self.worth_it(bytes.len()) {
            return Ok(0);
        }
        let now = bytes.len().min(room);
        let head = self.words.load(HEAD);
        self.copy_in(head, &bytes[..now]);
        let held = self.lock();
        let level = Level { bytes: self.used() + now as u32, messages: self.words.load(MESSAGES) };
        let cause = record(held.moment(level, READ));
        self.words.store(HEAD, self.after(head, now));
        self.words.store(WRITE_LEFT, (bytes.len() - now) as u32);
        held.done(WROTE, cause);
        self.wake(Side::Reading);
        Ok(now)
    }

    /// The length of the message that comes next, and who sent it, if it is there. Only in one's turn.
    ///
    /// # Errors
    /// If it will never come.
    pub fn next_message(&self) -> Result<Option<(usize, Cause)>, Stuck> {
        if !self.can_read(HEADER)? {
            return Ok(None);
        }
        let mut header = Vec::with_capacity(HEADER);
        self.copy_out(self.words.load(TAIL), HEADER, &mut header);
        let number = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
        let time = Nanos(u64::from(number(8)) | u64::from(number(12)) << 32);
        Ok(Some((number(0) as usize, Cause { lane: LaneId(number(4)), time })))
    }

    /// Takes the header of a message of `len` bytes, and what is there of it. Only in one's turn, after
    /// [`Ring::next_message`].
    pub fn take_message(&self, len: usize, into: &mut Vec<u8>, record: impl FnOnce(Moment) -> Cause) {
        let now = len.min(self.used() as usize - HEADER);
        let tail = self.words.load(TAIL);
        self.copy_out(self.after(tail, HEADER), now, into);
        let held = self.lock();
        let messages = self.words.load(MESSAGES) - 1;
        let cause = record(held.moment(Level { bytes: self.used() - (HEADER + now) as u32, messages }, WROTE));
        self.words.store(READ_LEFT, len as u32 + 1);
        self.words.store(MESSAGES, messages);
        self.words.store(TAIL, self.after(tail, HEADER + now));
        self.words.store(READ_LEFT, (len - now) as u32);
        held.done(READ, cause);
        self.wake(Side::Writing);
    }

    /// Takes what is there of the `left` bytes that a message still has, if that is worth it. Only in one's turn.
    ///
    /// # Errors
    /// If the rest will never come.
    pub fn go_on_reading(
        &self,
        left: usize,
        into: &mut Vec<u8>,
        record: impl FnOnce(Moment) -> Cause,
    ) -> Result<usize, Stuck> {
        if !self.can_read(self.worth_it(left))? {
            return Ok(0);
        }
        let now = left.min(self.used() as usize);
        let tail = self.words.load(TAIL);
        self.copy_out(tail, now, into);
        let held = self.lock();
        let level = Level { bytes: self.used() - now as u32, messages: self.words.load(MESSAGES) };
        let cause = record(held.moment(level, WROTE));
        self.words.store(TAIL, self.after(tail, now));
        self.words.store(READ_LEFT, (left - now) as u32);
        held.done(READ, cause);
        self.wake(Side::Writing);
        Ok(now)
    }

    /// Lets `record` tell what the ring holds now, as its first event.
    pub fn record_first(&self, record: impl FnOnce(Moment) -> Cause) {
        let held = self.lock();
        let cause = record(held.moment(self.level(), READ));
        held.ring.store_long(LAST, cause.time.0);
    }

    /// Parts smaller than this are waited for to grow, so that two who keep pace do not wake each other for each byte.
    fn worth_it(&self, left: usize) -> usize {
        left.min((self.capacity as usize / 4).max(1))
    }

    fn check_writing(&self) -> Result<(), Stuck> {
        if self.words.load(BROKEN) != 0 {
            return Err(Stuck::Broken);
        }
        if self.words.load(READERS) == 0 { Err(Stuck::Closed) } else { Ok(()) }
    }

    /// Whether so many bytes are there.
    fn can_read(&self, bytes: usize) -> Result<bool, Stuck> {
        let broken = self.words.load(BROKEN);
        if broken & UNREAD != 0 {
            return Err(Stuck::Broken);
        }
        // Looked at before the bytes: whoever held it last may have written until then.
        let closed = self.words.load(WRITERS) == 0;
        if self.used() as usize >= bytes {
            return Ok(true);
        }
        match (broken, closed) {
            (0, false) => Ok(false),
            (0, true) => Err(Stuck::Closed),
            _ => Err(Stuck::Broken),
        }
    }

    fn used(&self) -> u32 {
        let (head, tail) = (self.words.load(HEAD), self.words.load(TAIL));
        (head + 2 * self.capacity - tail) % (2 * self.capacity)
    }

    fn after(&self, position: u32, bytes: usize) -> u32 {
        ((u64::from(position) + bytes as u64) % (2 * u64::from(self.capacity))) as u32
    }

    /// Copies into the room from `position` on. Only in one's turn, and no more than there is room for.
    fn copy_in(&self, position: u32, bytes: &[u8]) {
        let at = (position % self.capacity) as usize;
        let (first, second) = bytes.split_at(bytes.len().min(self.capacity as usize - at));
        // SAFETY: the room belongs to whoever has the turn to write: readers stay below the head, which moves later.
        unsafe {
            self.words.write(DATA * 4 + at, first);
            self.words.write(DATA * 4, second);
        }
    }

    /// Copies what is there from `position` on. Only in one's turn, and no more than there is.
    fn copy_out(&self, position: u32, len: usize, into: &mut Vec<u8>) {
        let at = (position % self.capacity) as usize;
        let first = len.min(self.capacity as usize - at);
        // SAFETY: what is there belongs to whoever has the turn to read: writers stay behind the tail, which moves later.
        unsafe {
            self.words.read(DATA * 4 + at, first, into);
            self.words.read(DATA * 4, len - first, into);
        }
    }

    fn long(&self, at: usize) -> u64 {
        u64::from(self.words.load(at)) | u64::from(self.words.load(at + 1)) << 32
    }

    fn store_long(&self, at: usize, value: u64) {
        self.words.store(at, value as u32);
        self.words.store(at + 1, (value >> 32) as u32);
    }

    fn store_cause(&self, at: usize, cause: Cause) {
        self.words.store(at, cause.lane.0);
        self.store_long(at + 1, cause.time.0);
    }

    /// Tells the side that there is something new, if anybody waits for that.
    fn wake(&self, side: Side) {
        let (signal, asleep) = side.signal();
        self.words.add(signal, 1);
        if self.words.load(asleep) > 0 {
            self.words.notify(signal, u32::MAX);
        }
    }

    fn wake_all(&self) {
        for side in [Side::Reading, Side::Writing] {
            let (signal, _) = side.signal();
            self.words.add(signal, 1);
            self.words.notify(signal, u32::MAX);
        }
    }

    fn lock(&self) -> Held<'_> {
        let mut mine = self.me;
        let mut spins = 0;
        loop {
            if self.words.replace(MUTEX, 0, mine) {
                return Held { ring: self };
            }
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
                continue;
            }
            let holder = self.words.load(MUTEX);
            if holder == 0 {
                continue;
            }
            if holder & CONTENDED != 0 || self.words.replace(MUTEX, holder, holder | CONTENDED) {
                self.words.wait(MUTEX, holder | CONTENDED, None);
                // Others may sleep still.
                mine = self.me | CONTENDED;
            }
        }
    }
}

/// Holds the ring's mutex.
struct Held<'a> {
    ring: &'a Ring,
}

impl Held<'_> {
    fn moment(&self, level: Level, other: usize) -> Moment {
        Moment { level, last: Nanos(self.ring.long(LAST)), other: self.latest(other) }
    }

    fn latest(&self, at: usize) -> Option<Cause> {
        let cause = Cause { lane: LaneId(self.ring.words.load(at)), time: Nanos(self.ring.long(at + 1)) };
        (cause.time > Nanos::ZERO).then_some(cause)
    }

    /// Something happened, on the side whose causes are `at`.
    fn done(self, at: usize, cause: Cause) {
        self.ring.store_long(LAST, cause.time.0);
        self.ring.store_cause(at, cause);
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        if self.ring.words.swap(MUTEX, 0) & CONTENDED != 0 {
            self.ring.words.notify(MUTEX, 1);
        }
    }
}
