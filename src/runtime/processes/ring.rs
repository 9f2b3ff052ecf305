//! A ring buffer in shared memory: what pipes and queues are made of.
//!
//! Pure logic on [`Words`]; it knows neither lanes nor the trace, except that a caller that puts bytes in or takes
//! bytes out can do something of its own (record it) at the one moment that counts, under the ring's mutex, so a ring's
//! events have one order. Nothing here blocks, except on that mutex, which is held briefly, and in [`Ring::wait`].
//! There a receiver that waits for a message sleeps at once, since spinning would take the core from the sender; only
//! in the middle of a message does it spin briefly first, since the other side is at work on the same message.
//!
//! What passes through is messages: a header of [`HEADER`] bytes with the length and the sender's cause, then the
//! bytes, in as many parts as the ring has room for. A sender or receiver has a *turn* for a whole message, since there
//! may be several of each.
//!
//! A process may be killed at any moment, so
//!
//! - each holder of an end has a bit of its own: clearing it twice does no harm;
//! - the mutex and the turns say which process has them, and what a dead one had is taken from it ([`Ring::died`]);
//! - the order in which a part is published leaves either all of it or, if a message was begun and will never be whole,
//!   a broken ring, which is an error for all from then on.

mod held;
mod layout;
mod shape;

use std::sync::Arc;
use std::time::Duration;

use self::held::Part;
use self::layout::{BROKEN, DATA, MUTEX, STATE, State, UNREAD, UNWRITTEN, WATCHED};
pub use self::shape::{HEADER, Level, Moment, Ring, Side, Stuck};
use super::mutex;
use crate::runtime::host::{LocalWords, Words};
use crate::trace::{Cause, LaneId, Nanos};

impl Ring {
    /// A ring of `capacity` bytes, made by process `number`, which holds neither end yet.
    ///
    /// # Panics
    /// If there is no room for a header, or the capacity is beyond 1 GiB.
    pub fn new(capacity: usize, number: u16) -> Ring {
        assert!((HEADER..=1 << 30).contains(&capacity), "a ring of {capacity} bytes; it must have {HEADER} to 2^30");
        Ring::at(LocalWords::new(Ring::words(capacity)), capacity, number)
    }

    /// An existing ring, as process `number` sees it.
    pub fn at(words: Arc<dyn Words>, capacity: usize, number: u16) -> Ring {
        Ring { words, capacity: capacity as u32, me: u32::from(number) + 1 }
    }

    /// How many words a ring of `capacity` bytes takes.
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
        let state = self.state();
        state.writers == 0 || state.broken != 0
    }

    /// Takes a bit for another holder of this side; `None` if all are taken.
    pub fn claim(&self, side: Side) -> Option<u32> {
        let _held = self.lock();
        let holders = self.words.load(side.holders());
        let bit = 1_u32.checked_shl(holders.trailing_ones())?;
        self.words.store(side.holders(), holders | bit);
        Some(bit)
    }

    /// The holder with this bit no longer holds the side; `by` is who says so, and when. Wakes all waiters.
    pub fn release(&self, side: Side, bit: u32, by: Cause) {
        {
            let _held = self.lock();
            // Waiters on the other side learn whom the news is from.
            self.words.store_each(&layout::latest(side, by));
            self.words.and(side.holders(), !bit);
        }
        self.wake_all();
    }

    /// Takes from process `number`, which is dead, whatever it had, except its ends.
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
        mutex::died(&*self.words, MUTEX, dead);
        self.wake_all();
    }

    /// Takes the turn on this side for a message, if nobody has it. The turn ends with the message's last part.
    pub fn take_turn(&self, side: Side) -> bool {
        self.words.replace(side.turn(), 0, self.me)
    }

    /// Gives up the turn before the message's last part.
    pub fn give_up_turn(&self, side: Side) {
        self.words.store(side.left(), 0);
        self.words.store(side.turn(), 0);
        self.wake(side, 1);
    }

    /// A counter that changes before [`Ring::wait`] has to return. To be read before checking the ring.
    pub fn changes(&self, side: Side) -> u32 {
        self.words.load(side.signal().0)
    }

    /// Blocks until something has changed for this side since `changes`, or for `limit` at most. May return spuriously.
    ///
    /// In the `middle` of a message the other side is at work on it too, and is usually done sooner than a worker would
    /// fall asleep and wake up again. When a message will begin, nobody knows.
    pub fn wait(&self, side: Side, changes: u32, middle: bool, limit: Option<Duration>) {
        let (signal, asleep) = side.signal();
        if middle && self.words.changes_soon(signal, changes) {
            return;
        }
        self.words.sleep(signal, changes, asleep, limit);
    }

    /// Who did something on this side last, and so woke those who waited for it.
    pub fn latest(&self, side: Side) -> Option<Cause> {
        self.lock().guarded().latest(side)
    }

    /// Another lane waits for this ring and others at once, or one no longer does.
    pub fn watch(&self, on: bool) {
        self.words.add(WATCHED, if on { 1 } else { u32::MAX });
    }

    /// Whether any lane does. May be true for one that was killed.
    pub fn is_watched(&self) -> bool {
        self.words.load(WATCHED) > 0
    }

    /// What it holds.
    pub fn level(&self) -> Level {
        let state = self.state();
        Level { bytes: self.between(state.tail, state.head), messages: state.messages }
    }

    /// Begins a message: writes its header and what there is room for, if there is room for the header and fewer than
    /// `most` messages. Returns how many of its bytes it wrote. Only in one's turn.
    ///
    /// # Errors
    /// If nobody will read it.
    pub fn begin_message(
        &self,
        bytes: &[u8],
        most: u32,
        record: impl FnOnce(Moment) -> Cause,
    ) -> Result<Option<usize>, Stuck> {
        let state = self.state_to_write()?;
        let room = (self.capacity - self.between(state.tail, state.head)) as usize;
        if room < HEADER || state.messages >= most {
            return Ok(None);
        }
        let (head, now) = (state.head, bytes.len().min(room - HEADER));
        self.copy_in(self.after(head, HEADER), &bytes[..now]);

        let part = Part { side: Side::Writing, begins: true, bytes: now, left: bytes.len() - now };
        let recorded = self.lock().record(part, record);
        let Cause { lane, time } = recorded.cause;
        let mut header = [0; HEADER];
        header[..4].copy_from_slice(&(bytes.len() as u32).to_le_bytes());
        header[4..8].copy_from_slice(&lane.0.to_le_bytes());
        header[8..].copy_from_slice(&time.0.to_le_bytes());
        self.copy_in(head, &header);
        recorded.publish();
        Ok(Some(now))
    }

    /// Whether there is room for all of a message of `len` bytes. Only in one's turn.
    ///
    /// # Errors
    /// If nobody will read it.
    pub fn fits(&self, len: usize) -> Result<bool, Stuck> {
        let state = self.state_to_write()?;
        let room = (self.capacity - self.between(state.tail, state.head)) as usize;
        Ok(room >= HEADER + len)
    }

    /// Continues a message: writes what there is room for, if that is worth it. Only in one's turn.
    ///
    /// # Errors
    /// If nobody will read it.
    pub fn go_on_writing(&self, bytes: &[u8], record: impl FnOnce(Moment) -> Cause) -> Result<usize, Stuck> {
        let state = self.state_to_write()?;
        let room = (self.capacity - self.between(state.tail, state.head)) as usize;
        if room < self.worth_it(bytes.len()) {
            return Ok(0);
        }
        let now = bytes.len().min(room);
        self.copy_in(state.head, &bytes[..now]);
        let part = Part { side: Side::Writing, begins: false, bytes: now, left: bytes.len() - now };
        self.lock().record(part, record).publish();
        Ok(now)
    }

    /// The length of the message that comes next, and who sent it, if it is there. Only in one's turn.
    ///
    /// # Errors
    /// If it will never come.
    pub fn next_message(&self) -> Result<Option<(usize, Cause)>, Stuck> {
        let Some(state) = self.state_to_read(HEADER)? else { return Ok(None) };
        let mut header = Vec::with_capacity(HEADER);
        self.copy_out(state.tail, HEADER, &mut header);
        let number = |at: usize| u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes"));
        let time = Nanos(u64::from(number(8)) | u64::from(number(12)) << 32);
        Ok(Some((number(0) as usize, Cause { lane: LaneId(number(4)), time })))
    }

    /// Takes the header of a message of `len` bytes, and what is there of it. Only in one's turn, after
    /// [`Ring::next_message`].
    pub fn take_message(&self, len: usize, into: &mut Vec<u8>, record: impl FnOnce(Moment) -> Cause) {
        let state = self.state();
        let now = len.min(self.between(state.tail, state.head) as usize - HEADER);
        self.copy_out(self.after(state.tail, HEADER), now, into);
        let part = Part { side: Side::Reading, begins: true, bytes: now, left: len - now };
        self.lock().record(part, record).publish();
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
        let Some(state) = self.state_to_read(self.worth_it(left))? else { return Ok(0) };
        let now = left.min(self.between(state.tail, state.head) as usize);
        self.copy_out(state.tail, now, into);
        let part = Part { side: Side::Reading, begins: false, bytes: now, left: left - now };
        self.lock().record(part, record).publish();
        Ok(now)
    }

    /// Lets `record` record what the ring holds now, as its first event.
    pub fn record_first(&self, record: impl FnOnce(Moment) -> Cause) {
        let held = self.lock();
        let guarded = held.guarded();
        let level = self.level();
        let cause = record(Moment { level, last: guarded.last, other: guarded.latest(Side::Reading) });
        self.words.store_each(&layout::last(cause.time));
    }

    /// Smaller parts are left to grow, so that two sides that keep pace do not wake each other for each byte.
    fn worth_it(&self, left: usize) -> usize {
        left.min((self.capacity as usize / 4).max(1))
    }

    /// The state, unless there is no point in writing any more.
    fn state_to_write(&self) -> Result<State, Stuck> {
        let state = self.state();
        if state.broken != 0 {
            return Err(Stuck::Broken);
        }
        if state.readers == 0 { Err(Stuck::Closed) } else { Ok(state) }
    }

    /// The state, if at least `bytes` bytes are there.
    fn state_to_read(&self, bytes: usize) -> Result<Option<State>, Stuck> {
        let state = self.state();
        if state.broken & UNREAD != 0 {
            return Err(Stuck::Broken);
        }
        if self.between(state.tail, state.head) as usize >= bytes {
            return Ok(Some(state));
        }
        match (state.broken, state.writers) {
            (0, 0) => Err(Stuck::Closed),
            (0, _) => Ok(None),
            _ => Err(Stuck::Broken),
        }
    }

    fn state(&self) -> State {
        State::new(self.row(STATE))
    }

    fn row<const N: usize>(&self, first: usize) -> [u32; N] {
        let mut words = [0; N];
        self.words.load_row(first, &mut words);
        words
    }

    /// Bytes from one position to the other.
    fn between(&self, tail: u32, head: u32) -> u32 {
        (head + 2 * self.capacity - tail) % (2 * self.capacity)
    }

    fn after(&self, position: u32, bytes: usize) -> u32 {
        ((u64::from(position) + bytes as u64) % (2 * u64::from(self.capacity))) as u32
    }

    /// Copies into the room from `position` on. Only in one's turn, and no more than there is room for.
    fn copy_in(&self, position: u32, bytes: &[u8]) {
        let at = (position % self.capacity) as usize;
        let (first, second) = bytes.split_at(bytes.len().min(self.capacity as usize - at));
        // SAFETY: the room belongs to the holder of the turn to write: readers stay below the head, which moves later.
        unsafe {
            self.words.write(DATA * 4 + at, first);
            self.words.write(DATA * 4, second);
        }
    }

    /// Copies what is there from `position` on. Only in one's turn, and no more than there is.
    fn copy_out(&self, position: u32, len: usize, into: &mut Vec<u8>) {
        let at = (position % self.capacity) as usize;
        let first = len.min(self.capacity as usize - at);
        // SAFETY: what is there belongs to the holder of the turn to read: writers stay behind the tail, which moves
        // later.
        unsafe {
            self.words.read(DATA * 4 + at, first, into);
            self.words.read(DATA * 4, len - first, into);
        }
    }

    /// Counts a change for this side, and wakes waiters, if there are any.
    fn wake(&self, side: Side, count: u32) {
        let (signal, asleep) = side.signal();
        self.words.signal(signal, asleep, count);
    }

    fn wake_all(&self) {
        for side in [Side::Reading, Side::Writing] {
            let (signal, _) = side.signal();
            self.words.add(signal, 1);
            self.words.notify(signal, u32::MAX);
        }
    }
}
