//! A ring with a name: sending and receiving messages, with waits that are traced.

mod transfer;

use std::time::Duration;

use serde::{Deserialize, Serialize};

use self::transfer::Incoming;
pub(super) use self::transfer::{Channel, Counts, Outgoing};
use super::bell::Bell;
use super::passing::{HandedOut, Place, own_number};
use super::process::Children;
use super::ring::{HEADER, Ring, Side, Stuck};
use crate::runtime::host::checkpoint;
use crate::runtime::lane::{self, Site};
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::{Cause, LaneId, Nanos, ResourceId, ResourceKind, Target};

/// A channel as it is packed in arguments.
#[derive(Serialize, Deserialize)]
pub(super) struct Told {
    name: String,
    resource: ResourceId,
    place: Place,
    capacity: usize,
    counts: Counts,
    most: u32,
    bell: Place,
}

/// Why nothing was sent or received.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// The time is up.
    TimedOut,
    /// It will never be possible.
    Stuck(Stuck),
}

impl From<Stuck> for Trouble {
    fn from(stuck: Stuck) -> Trouble {
        Trouble::Stuck(stuck)
    }
}

impl Channel {
    /// A channel with a ring of `capacity` bytes, and room for at most `most` messages.
    pub(super) fn new(kind: ResourceKind, name: String, capacity: usize, counts: Counts, most: u32) -> Channel {
        let ring = Ring::new(capacity, own_number());
        let resource = lane::with(|context| context.define_resource(kind, &name));
        let words = ring.shared();
        let bell = lane::with(|context| Children::of(&context.run).bell.get_or_init(Bell::new).clone());
        let channel = Channel { name, resource, words, ring, counts, most, bell };
        channel.ring.record_first(|moment| channel.record(moment));
        channel
    }

    /// Its number in the trace.
    pub(super) fn resource(&self) -> ResourceId {
        self.resource
    }

    /// What is packed in arguments.
    pub(super) fn tell(&self) -> Told {
        Told {
            name: self.name.clone(),
            resource: self.resource,
            place: Place::of(&self.words),
            capacity: self.ring.capacity(),
            counts: self.counts,
            most: self.most,
            bell: self.bell.place(),
        }
    }

    /// A channel that another process has made.
    pub(super) fn told<E: serde::de::Error>(told: Told) -> Result<Channel, E> {
        let Told { name, resource, place, capacity, counts, most, bell } = told;
        let words = place.words()?;
        let ring = Ring::at(words.clone(), capacity, own_number());
        let bell = Bell::at(bell)?;
        // One for all, however many were told.
        let bell = lane::with(|context| Children::of(&context.run).bell.get_or_init(|| bell).clone());
        Ok(Channel { name, resource, words, ring, counts, most, bell })
    }

    /// Registers another holder of this side, and returns its bit.
    pub(super) fn claim(&self, side: Side) -> Result<u32, String> {
        self.ring.claim(side).ok_or_else(|| format!("32 processes have “{}” already", self.name))
    }

    /// The holder with this bit no longer holds the side.
    pub(super) fn release(&self, side: Side, bit: u32) {
        // Outside a run nobody is left to be told.
        let nobody = Cause { lane: LaneId(0), time: Nanos::ZERO };
        self.ring.release(side, bit, lane::try_with(|context| context.cause()).unwrap_or(nobody));
        self.ring_bell();
    }

    /// For a process that is handed this channel: it has these bits until it ends.
    pub(super) fn handed_out(&self, bits: impl Into<Vec<(Side, u32)>>) -> Box<dyn HandedOut> {
        Box::new(Ends { channel: self.clone(), bits: bits.into() })
    }

    /// How many messages there are.
    pub(super) fn messages(&self) -> usize {
        self.ring.level().messages as usize
    }

    /// Whether there is no room for another message.
    pub(super) fn is_full(&self) -> bool {
        let level = self.ring.level();
        level.messages >= self.most || level.bytes as usize + HEADER > self.ring.capacity()
    }

    /// Sends a message, and waits until there has been room for all of it. With a time-out it is begun only when there
    /// is room for all of it, since what was begun cannot be taken back.
    pub(super) fn send(&self, bytes: &[u8], site: Site, timeout: Option<Duration>) -> Result<(), Trouble> {
        let mut message = Outgoing { whole: timeout.is_some(), ..Outgoing::new(bytes) };
        let mut wait = None;
        loop {
            let changes = self.ring.changes(Side::Writing);
            match self.push(&mut message, &mut wait) {
                Ok(true) => return Ok(()),
                Ok(false) => {}
                Err(stuck) => {
                    self.meet_the_end(Side::Writing, wait.is_some(), site);
                    self.give_up(Side::Writing, message.turn, wait);
                    return Err(will_never_be(stuck));
                }
            }
            let middle = message.written.is_some();
            if !self.sleep((Side::Writing, changes, middle), &mut wait, site, timeout) {
                self.give_up(Side::Writing, message.turn, wait);
                return Err(Trouble::TimedOut);
            }
        }
    }

    /// Receives a message, and waits until all of it is there. The time-out applies only until its beginning is there.
    pub(super) fn receive(&self, site: Site, timeout: Option<Duration>) -> Result<Vec<u8>, Trouble> {
        let mut message = Incoming::default();
        let mut wait = None;
        loop {
            let changes = self.ring.changes(Side::Reading);
            match self.pull(&mut message, &mut wait, site) {
                Ok(true) => return Ok(message.bytes),
                Ok(false) => {}
                Err(stuck) => {
                    self.meet_the_end(Side::Reading, wait.is_some(), site);
                    self.give_up(Side::Reading, message.turn, wait);
                    return Err(will_never_be(stuck));
                }
            }
            let middle = message.left.is_some();
            let timeout = timeout.filter(|_| !middle);
            if !self.sleep((Side::Reading, changes, middle), &mut wait, site, timeout) {
                self.give_up(Side::Reading, message.turn, wait);
                return Err(Trouble::TimedOut);
            }
        }
    }

    /// Receives a message if one has been begun. Does not wait for a beginning, only for the rest.
    pub(super) fn receive_begun(&self, site: Site) -> Result<Option<Vec<u8>>, Stuck> {
        match self.receive(site, Some(Duration::ZERO)) {
            Ok(message) => Ok(Some(message)),
            Err(Trouble::TimedOut) => Ok(None),
            Err(Trouble::Stuck(stuck)) => Err(stuck),
        }
    }

    /// Whether a message has been begun, or nobody is left to send one.
    pub(super) fn is_readable(&self) -> bool {
        self.messages() > 0 || self.ring.is_abandoned()
    }

    /// From now on, or no longer, somebody waits for this channel and others.
    pub(super) fn watch(&self, on: bool) {
        self.ring.watch(on);
    }

    /// What who waits for this channel and others sleeps at.
    pub(super) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// Who sent something last, or let go of the end to send.
    pub(super) fn latest_sender(&self) -> Option<Cause> {
        self.ring.latest(Side::Writing)
    }

    /// Waits until a message has been begun, nobody is left to send one, or `enough` returns true; false if the time is
    /// up.
    pub(super) fn wait_readable(&self, site: Site, timeout: Option<Duration>, enough: impl Fn() -> bool) -> bool {
        let mut wait = None;
        loop {
            let changes = self.ring.changes(Side::Reading);
            if self.is_readable() || enough() {
                if let Some(wait) = wait {
                    BlockingWait::over(wait, self.ring.latest(Side::Writing));
                }
                return true;
            }
            if !self.sleep((Side::Reading, changes, false), &mut wait, site, timeout) {
                if let Some(wait) = wait {
                    wait.over(None);
                }
                return false;
            }
        }
    }

    /// Blocks until something changes, as [`Ring::wait`] does; false, at once, if the time is up.
    fn sleep(
        &self,
        (side, changes, middle): (Side, u32, bool),
        wait: &mut Option<BlockingWait>,
        site: Site,
        timeout: Option<Duration>,
    ) -> bool {
        if timeout == Some(Duration::ZERO) {
            return false;
        }
        let on = Target::Resource(self.resource);
        let wait = wait.get_or_insert_with(|| BlockingWait::begin(on, Some(site), timeout));
        wait.sleep_in(|left| self.ring.wait(side, changes, middle, left))
    }

    /// It will never be possible, because of what the other side did. If the lane has not `waited`, this records that
    /// cause, so that the lane's next events are later than it, whatever its clock says.
    fn meet_the_end(&self, side: Side, waited: bool, site: Site) {
        if !waited {
            let on = Target::Resource(self.resource);
            let cause = self.ring.latest(side.other());
            lane::with(|context| context.passed(on, cause, Some(site)));
        }
    }

    /// Ends a failed attempt.
    fn give_up(&self, side: Side, turn: bool, wait: Option<BlockingWait>) {
        if turn {
            self.ring.give_up_turn(side);
        }
        if let Some(wait) = wait {
            let in_time = wait.left() != Some(Duration::ZERO);
            wait.over(if in_time { self.ring.latest(side.other()) } else { None });
        }
    }
}

/// What was tried is no longer possible. If the run was cancelled, the other side has ended because of that, and so
/// does the current lane.
fn will_never_be(stuck: Stuck) -> Trouble {
    checkpoint();
    Trouble::Stuck(stuck)
}

/// The ends of a ring that a process was handed.
struct Ends {
    channel: Channel,
    bits: Vec<(Side, u32)>,
}

impl HandedOut for Ends {
    fn take_back(&self, number: u16, end: Cause) {
        let ring = &self.channel.ring;
        ring.died(number);
        for (side, bit) in &self.bits {
            ring.release(*side, *bit, end);
        }
        self.channel.ring_bell();
    }
}
