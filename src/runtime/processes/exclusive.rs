//! What the locks between processes have in common: words in shared memory, one of which says which lane holds it.
//!
//! A call out of a process costs more than what it does, so that what is read or written together is one call here.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::passing::{HandedOut, Place, hand_out};
use crate::runtime::Failure;
use crate::runtime::host::{Change, LocalWords, Words};
use crate::runtime::lane::{self, Context, Site};
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::record::Tag;
use crate::trace::{Cause, LaneId, Nanos, ResourceId, ResourceKind, Target};

/// The number of the lane that holds it, plus one; 0 if none does.
const HOLDER: usize = 0;
/// The number of the lane that released it last, plus one, or 0 if none has; the time of its latest event, in two words;
/// and how many times it is held, if it can be more than once. Written only by the holder, or by a lane that is
/// releasing it for the holder; only what has changed, since an atomic store takes longer than all the rest.
const RELEASED_BY: usize = 1;
const LAST: usize = 2;
const DEPTH: usize = 4;
/// How many wait.
const ASLEEP: usize = 5;
const WORDS: usize = 6;

/// In place of a holder: a lane that is not the holder is releasing it.
const BEING_RELEASED: u32 = u32::MAX;

/// How many times a lane checks whether it is free before it sleeps.
const SPINS: u32 = 30;

/// A lock, or an rlock, which its holder may take again. Clones are the same.
#[derive(Clone)]
pub(super) struct Exclusive {
    kind: ResourceKind,
    name: Arc<str>,
    resource: ResourceId,
    words: Arc<dyn Words>,
}

/// A lock as it is packed in arguments.
#[derive(Serialize, Deserialize)]
struct Told {
    again: bool,
    name: String,
    resource: ResourceId,
    place: Place,
}

/// All its words but the last.
struct Row([u32; ASLEEP]);

impl Row {
    fn holder(&self) -> u32 {
        self.0[HOLDER]
    }

    fn depth(&self) -> u32 {
        self.0[DEPTH]
    }

    /// The time of its latest event.
    fn last(&self) -> Nanos {
        Nanos(u64::from(self.0[LAST]) | u64::from(self.0[LAST + 1]) << 32)
    }

    /// Who released it last. For a lane that has just taken it: its latest event was then.
    fn released(&self) -> Option<Cause> {
        let lane = self.0[RELEASED_BY].checked_sub(1)?;
        Some(Cause { lane: LaneId(lane), time: self.last() })
    }
}

fn change(at: usize, value: u32) -> Change {
    Change { at: at as u32, value }
}

/// Changes that set the time of its latest event; the second one is needed every four seconds.
fn last(time: Nanos) -> [Change; 2] {
    [change(LAST, time.0 as u32), change(LAST + 1, (time.0 >> 32) as u32)]
}

impl Exclusive {
    /// A lock that nobody holds; whether its holder may take it `again`.
    pub(super) fn new(name: &str, again: bool) -> Exclusive {
        let kind = if again { ResourceKind::RLock } else { ResourceKind::Lock };
        let resource = lane::with(|context| context.define_resource(kind, name));
        Exclusive { kind, name: name.into(), resource, words: LocalWords::new(WORDS) }
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// Whether the current lane holds it.
    pub(super) fn is_mine(&self, context: &Context) -> bool {
        self.words.load(HOLDER) == context.lane.0 + 1
    }

    /// Takes it, waiting for at most `timeout` if there is one; false if it was not free in time.
    pub(super) fn acquire(&self, site: Site, timeout: Option<Duration>) -> bool {
        self.acquire_times(site, timeout, 1)
    }

    /// The same; its holder holds it so many times then, if it can be more than once.
    pub(super) fn acquire_times(&self, site: Site, timeout: Option<Duration>, times: u32) -> bool {
        if lane::with(|context| self.take(context, times)) {
            return true;
        }
        if timeout == Some(Duration::ZERO) {
            return false;
        }
        let me = lane::with(|context| context.lane.0 + 1);
        let wait = BlockingWait::begin(Target::Resource(self.resource), Some(site), timeout);
        let mut spins = 0;
        while !self.words.replace(HOLDER, 0, me) {
            let holder = self.words.load(HOLDER);
            if holder == 0 {
                continue;
            }
            if spins < SPINS {
                spins += 1;
                std::hint::spin_loop();
                continue;
            }
            if !wait.sleep_in(|left| self.words.sleep(HOLDER, holder, ASLEEP, left)) {
                wait.over(None);
                return false;
            }
        }
        let row = self.row();
        wait.over(row.released());
        lane::with(|context| self.taken(context, &row, None, times));
        true
    }

    /// Takes it once more if the current lane has it and may.
    fn again(&self, context: &mut Context) -> bool {
        let row = self.row();
        if row.holder() != context.lane.0 + 1 {
            return false;
        }
        let time = context.acquired(self.resource, row.last(), None);
        self.deepened(context, row.depth() + 1, time);
        true
    }

    /// Takes it if it is free.
    fn take(&self, context: &mut Context, times: u32) -> bool {
        if self.kind == ResourceKind::RLock && self.again(context) {
            return true;
        }
        let taken = self.words.replace(HOLDER, 0, context.lane.0 + 1);
        if taken {
            let row = self.row();
            self.taken(context, &row, row.released(), times);
        }
        taken
    }

    /// The current lane holds it from now on; `cause` is who released it, if the lane did not wait for that.
    fn taken(&self, context: &mut Context, row: &Row, cause: Option<Cause>, times: u32) {
        let time = context.acquired(self.resource, row.last(), cause);
        if self.kind == ResourceKind::RLock {
            self.deepened(context, times, time);
        } else {
            let [low, high] = last(time);
            match high.value == row.0[LAST + 1] {
                true => self.words.store(LAST, low.value),
                false => self.words.store_each(&[low, high]),
            }
        }
    }

    /// The current lane, which took it at this time, holds it so many times from now on.
    fn deepened(&self, context: &mut Context, times: u32, time: Nanos) {
        let time = context.resource_event(Tag::Level, self.resource, i64::from(times), time);
        let [low, high] = last(time);
        self.words.store_each(&[low, high, change(DEPTH, times)]);
    }

    /// Releases it: a lock for whoever holds it, an rlock once, for the current lane.
    ///
    /// # Errors
    /// If nobody, or for an rlock another lane, holds it.
    pub(super) fn release(&self, context: &mut Context) -> Result<(), Failure> {
        let row = self.row();
        let mine = row.holder() == context.lane.0 + 1;
        if self.kind == ResourceKind::RLock {
            if !mine {
                return Err(self.not_owned(context));
            }
            if row.depth() > 1 {
                let time = context.resource_event(Tag::Released, self.resource, 0, row.last());
                self.deepened(context, row.depth() - 1, time);
                return Ok(());
            }
            // Nothing can be recorded of it once it is free.
            let time = context.resource_event(Tag::Level, self.resource, 0, row.last());
            self.let_go(context, &row, time);
        } else if mine {
            self.let_go(context, &row, row.last());
        } else {
            let held = row.holder() != 0 && row.holder() != BEING_RELEASED;
            // Two lanes that release it for its holder must not both do it.
            if !held || !self.words.replace(HOLDER, row.holder(), BEING_RELEASED) {
                let name = &self.name;
                let problem =
                    |lane: &str| format!("ValueError: lock “{name}” was released by {lane}, but nobody holds it");
                return Err(context.misuse(problem));
            }
            let row = self.row();
            self.let_go(context, &row, row.last());
        }
        Ok(())
    }

    /// Releases it, however often the current lane, which holds it, does; returns how often that was.
    pub(super) fn release_all(&self, context: &mut Context) -> u32 {
        let row = self.row();
        let mut time = row.last();
        if self.kind == ResourceKind::RLock {
            time = context.resource_event(Tag::Level, self.resource, 0, time);
        }
        self.let_go(context, &row, time);
        row.depth()
    }

    fn not_owned(&self, context: &mut Context) -> Failure {
        let name = &self.name;
        context.misuse(|lane| format!("AssertionError: rlock “{name}” was released by {lane}, which does not hold it"))
    }

    /// It is free from now on. Its words were these; its latest event was at `after`.
    fn let_go(&self, context: &mut Context, row: &Row, after: Nanos) {
        let time = context.resource_event(Tag::Released, self.resource, 0, after);
        let me = context.lane.0 + 1;
        let ([low, high], free) = (last(time), change(HOLDER, 0));
        match high.value == row.0[LAST + 1] && me == row.0[RELEASED_BY] {
            true => self.words.store_each(&[low, free]),
            false => self.words.store_each(&[low, high, change(RELEASED_BY, me), free]),
        }
        if self.words.load(ASLEEP) > 0 {
            self.words.notify(HOLDER, 1);
        }
    }

    #[inline(always)]
    fn row(&self) -> Row {
        let mut words = [0; ASLEEP];
        self.words.load_row(0, &mut words);
        Row(words)
    }

    fn what(&self) -> String {
        format!("{} “{}”", self.kind.name(), self.name)
    }
}

impl HandedOut for Exclusive {
    fn take_back(&self, _: u16, _: Cause) {
        // The lock stays as it is. But the process may have been woken for it and have died before taking it.
        self.words.notify(HOLDER, u32::MAX);
    }

    fn held_by(&self, number: u16) -> Option<String> {
        let holder = LaneId(self.words.load(HOLDER).checked_sub(1)?);
        (holder.process() == number).then(|| self.what())
    }
}

impl Serialize for Exclusive {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let told = hand_out(&self.what(), |_| {
            let (name, place) = (self.name.to_string(), Place::of(&self.words));
            let told = Told { again: self.kind == ResourceKind::RLock, name, resource: self.resource, place };
            Ok((told, Box::new(self.clone()) as Box<dyn HandedOut>))
        })?;
        told.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Exclusive {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Exclusive, D::Error> {
        let Told { again, name, resource, place } = Told::deserialize(deserializer)?;
        let kind = if again { ResourceKind::RLock } else { ResourceKind::Lock };
        Ok(Exclusive { kind, name: name.into(), resource, words: place.words()? })
    }
}
