//! What the primitives between processes have in common that lanes wait for until they are told something: words of
//! shared memory under a mutex, and a slot for each lane that waits.
//!
//! It knows nothing of what the words of a primitive mean, nor of what its waiters are told, except that it is not 0.
//! A process may be killed at any moment. Its slots are freed then, and what one of its lanes was told but has not seen
//! is told to another one, so that no permit and no notification is lost with it.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::mutex;
use super::passing::{HandedOut, Place, hand_out, own_number};
use crate::runtime::host::{Change, LocalWords, Words};
use crate::runtime::lane;
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::record::Tag;
use crate::trace::{Cause, LaneId, Nanos, ResourceId, ResourceKind, Target};

/// How many lanes can wait at the same time.
pub(super) const MOST_WAITERS: usize = 256;

const MUTEX: usize = 0;
/// Slots beyond this have never been used.
const USED: usize = 1;
/// The time of the resource's latest event, in two words.
const LAST: usize = 2;
/// What the next waiter's place in the order is.
const NEXT: usize = 4;
/// The first word of the primitive's own; the slots follow them.
const OWN: usize = 6;

/// In a slot: the number of the lane that waits, plus one, or 0 if it is free; its place in the order; what it was told,
/// or 0; and by whom: lane, and time in two words.
const WAITER: usize = 0;
const PLACE: usize = 1;
const TOLD: usize = 2;
const BY: usize = 3;
const SLOT: usize = 6;

/// A primitive's words in shared memory, and its name and number in the trace. Clones are the same.
#[derive(Clone)]
pub(super) struct Common {
    kind: ResourceKind,
    name: Arc<str>,
    resource: ResourceId,
    words: Arc<dyn Words>,
    /// How many words the primitive has for itself.
    own: usize,
    /// The process: its number plus one.
    me: u32,
}

/// Holds the mutex.
pub(super) struct Held<'a> {
    common: &'a Common,
}

/// What a waiter was told, and by whom.
#[derive(Clone, Copy)]
pub(super) struct News {
    pub(super) what: u32,
    pub(super) cause: Cause,
}

/// A slot that is taken.
#[derive(Clone, Copy)]
struct Waiter {
    /// The first word of its slot.
    at: usize,
    lane: LaneId,
    place: u32,
    told: Option<News>,
}

/// A primitive as it is packed in arguments.
#[derive(Serialize, Deserialize)]
struct Told {
    kind: String,
    name: String,
    resource: ResourceId,
    place: Place,
    own: usize,
}

/// Changes that put a cause into three words.
pub(super) fn cause_at(at: usize, cause: Cause) -> [(usize, u32); 3] {
    let Cause { lane, time: Nanos(time) } = cause;
    [(at, lane.0), (at + 1, time as u32), (at + 2, (time >> 32) as u32)]
}

/// The cause in these three words.
pub(super) fn cause_in(words: [u32; 3]) -> Cause {
    let [lane, low, high] = words;
    Cause { lane: LaneId(lane), time: Nanos(u64::from(low) | u64::from(high) << 32) }
}

impl Common {
    /// A primitive of this kind, with these words of its own at first, and this level in the trace.
    pub(super) fn new(kind: ResourceKind, name: &str, own: &[u32], level: i64) -> Common {
        let resource = lane::with(|context| context.define_resource(kind, name));
        let common = Common::beside(kind, name, resource, own);
        common.lock().record(Tag::Level, level);
        common
    }

    /// A part of a primitive that is in the trace already, and records what happens to it.
    pub(super) fn beside(kind: ResourceKind, name: &str, resource: ResourceId, own: &[u32]) -> Common {
        let words = LocalWords::new(OWN + own.len() + MOST_WAITERS * SLOT);
        own.iter().zip(OWN..).for_each(|(value, at)| words.store(at, *value));
        let me = u32::from(own_number()) + 1;
        Common { kind, name: name.into(), resource, words, own: own.len(), me }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What lanes that wait for it are recorded as waiting for.
    pub(super) fn target(&self) -> Target {
        Target::Resource(self.resource)
    }

    /// One of the primitive's own words, whether or not anyone is changing it.
    pub(super) fn peek(&self, at: usize) -> u32 {
        self.words.load(OWN + at)
    }

    /// Takes the mutex.
    pub(super) fn lock(&self) -> Held<'_> {
        mutex::lock(&*self.words, MUTEX, self.me);
        Held { common: self }
    }

    fn slots(&self) -> usize {
        OWN + self.own
    }

    fn store(&self, changes: impl IntoIterator<Item = (usize, u32)>) {
        let changes: Vec<_> = changes.into_iter().map(|(at, value)| Change { at: at as u32, value }).collect();
        self.words.store_each(&changes);
    }
}

impl<'a> Held<'a> {
    /// The primitive's own words, from `first` on.
    pub(super) fn own<const N: usize>(&self, first: usize) -> [u32; N] {
        let mut words = [0; N];
        self.common.words.load_row(OWN + first, &mut words);
        words
    }

    /// Changes words of the primitive's own, in this order.
    pub(super) fn set(&self, changes: impl IntoIterator<Item = (usize, u32)>) {
        self.common.store(changes.into_iter().map(|(at, value)| (OWN + at, value)));
    }

    /// Something happens to the resource. Returns who did it, and when.
    pub(super) fn record(&self, tag: Tag, value: i64) -> Cause {
        let last = self.last();
        let cause = lane::with(|context| {
            let time = context.resource_event(tag, self.common.resource, value, last);
            Cause { lane: context.lane, time }
        });
        self.happened(cause.time);
        cause
    }

    /// The current lane holds it from now on, or one of its permits; `cause` is who freed it, if the lane did not wait
    /// for that.
    pub(super) fn acquired(&self, cause: Option<Cause>) {
        let last = self.last();
        self.happened(lane::with(|context| context.acquired(self.common.resource, last, cause)));
    }

    fn last(&self) -> Nanos {
        let mut words = [0; 2];
        self.common.words.load_row(LAST, &mut words);
        Nanos(u64::from(words[0]) | u64::from(words[1]) << 32)
    }

    fn happened(&self, time: Nanos) {
        self.common.store([(LAST, time.0 as u32), (LAST + 1, (time.0 >> 32) as u32)]);
    }

    /// How many lanes wait that have been told nothing yet.
    pub(super) fn waiting(&self) -> usize {
        self.waiters().iter().filter(|waiter| waiter.told.is_none()).count()
    }

    /// Tells the `count` lanes that have waited longest, or all if there are fewer; returns how many those were.
    pub(super) fn tell(&self, count: usize, what: u32, cause: Cause) -> usize {
        let mut waiters = self.waiters();
        waiters.retain(|waiter| waiter.told.is_none());
        // Places are counted for ever, and so may have begun anew.
        let next = self.common.words.load(NEXT);
        waiters.sort_by_key(|waiter| waiter.place.wrapping_sub(next));
        waiters.truncate(count);
        for waiter in &waiters {
            let changes = cause_at(waiter.at + BY, cause).into_iter().chain([(waiter.at + TOLD, what)]);
            self.common.store(changes);
            self.common.words.notify(waiter.at + TOLD, 1);
        }
        waiters.len()
    }

    /// Releases the mutex, waits until the lane is told something, and takes the mutex again. `None` if the time of
    /// `wait`, which has begun already, is up before.
    ///
    /// # Panics
    /// If [`MOST_WAITERS`] lanes wait already.
    pub(super) fn wait(self, wait: &BlockingWait) -> (Option<News>, Held<'a>) {
        let common = self.common;
        let at = self.enlist();
        drop(self);
        while common.words.load(at + TOLD) == 0 && wait.sleep_in(|left| common.words.wait(at + TOLD, 0, left)) {}
        let held = common.lock();
        let told = held.waiter(at).and_then(|waiter| waiter.told);
        common.words.store(at + WAITER, 0);
        (told, held)
    }

    /// Takes a slot for the current lane, and returns its first word.
    fn enlist(&self) -> usize {
        let common = self.common;
        let mut header = [0; 4];
        common.words.load_row(USED, &mut header);
        let (used, next) = (header[0], header[NEXT - USED]);
        let taken: Vec<_> = self.waiters().into_iter().map(|waiter| waiter.at).collect();
        let at = (0..).map(|slot| common.slots() + slot * SLOT).find(|at| !taken.contains(at)).expect("endless");
        let slot = (at - common.slots()) / SLOT;
        assert!(slot < MOST_WAITERS, "{MOST_WAITERS} lanes wait for “{}” already", common.name);
        let me = lane::with(|context| context.lane.0 + 1);
        common.store([
            (NEXT, next.wrapping_add(1)),
            (USED, used.max(slot as u32 + 1)),
            (at + PLACE, next),
            (at + TOLD, 0),
            (at + WAITER, me),
        ]);
        at
    }

    /// The slots that are taken.
    fn waiters(&self) -> Vec<Waiter> {
        let common = self.common;
        let mut words = vec![0; common.words.load(USED) as usize * SLOT];
        common.words.load_row(common.slots(), &mut words);
        let slots = words.chunks_exact(SLOT).zip((common.slots()..).step_by(SLOT));
        slots.filter_map(|(slot, at)| Waiter::new(at, slot)).collect()
    }

    fn waiter(&self, at: usize) -> Option<Waiter> {
        let mut slot = [0; SLOT];
        self.common.words.load_row(at, &mut slot);
        Waiter::new(at, &slot)
    }
}

impl Waiter {
    fn new(at: usize, slot: &[u32]) -> Option<Waiter> {
        let lane = LaneId(slot[WAITER].checked_sub(1)?);
        let cause = cause_in([slot[BY], slot[BY + 1], slot[BY + 2]]);
        let told = Some(News { what: slot[TOLD], cause }).filter(|news| news.what != 0);
        Some(Waiter { at, lane, place: slot[PLACE], told })
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        mutex::unlock(&*self.common.words, MUTEX);
    }
}

impl HandedOut for Common {
    fn take_back(&self, number: u16, _: Cause) {
        mutex::died(&*self.words, MUTEX, u32::from(number) + 1);
        let held = self.lock();
        let mut waiters = held.waiters();
        waiters.retain(|waiter| waiter.lane.process() == number);
        waiters.iter().for_each(|waiter| self.words.store(waiter.at + WAITER, 0));
        for News { what, cause } in waiters.iter().filter_map(|waiter| waiter.told) {
            held.tell(1, what, cause);
        }
    }
}

impl Serialize for Common {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Common { kind, name, resource, words, own, .. } = self;
        let (kind, name, place) = (kind.name().to_owned(), name.to_string(), Place::of(words));
        let told = hand_out(&format!("{kind} “{name}”"), |_| {
            let told = Told { kind, name, resource: *resource, place, own: *own };
            Ok((told, Box::new(self.clone()) as Box<dyn HandedOut>))
        })?;
        told.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Common {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Common, D::Error> {
        let Told { kind, name, resource, place, own } = Told::deserialize(deserializer)?;
        let kind = ResourceKind::ALL.iter().copied().find(|known| known.name() == kind);
        let kind = kind.ok_or_else(|| serde::de::Error::custom("a resource of an unknown kind"))?;
        let me = u32::from(own_number()) + 1;
        Ok(Common { kind, name: name.into(), resource, words: place.words()?, own, me })
    }
}
