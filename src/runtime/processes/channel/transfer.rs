//! A message on its way through a channel: as much of it at a time as there is room for, or as is there.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::runtime::host::Words;
use crate::runtime::lane::{self, Site};
use crate::runtime::processes::bell::Bell;
use crate::runtime::processes::ring::{Moment, Ring, Side, Stuck};
use crate::runtime::threads::wait::BlockingWait;
use crate::trace::record::Tag;
use crate::trace::{Cause, ResourceId, Target};

/// A ring that has a name and a place in the trace. Clones are the same channel.
#[derive(Clone)]
pub(in crate::runtime::processes) struct Channel {
    pub(in crate::runtime::processes) name: String,
    pub(super) resource: ResourceId,
    pub(super) words: Arc<dyn Words>,
    pub(super) ring: Ring,
    pub(super) counts: Counts,
    pub(super) most: u32,
    /// Rung when something was written, if anyone waits for several channels.
    pub(super) bell: Bell,
}

/// What a channel's level in the trace counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::runtime::processes) enum Counts {
    /// Bytes, headers of messages included.
    Bytes,
    /// Messages.
    Messages,
}

/// A message on its way out.
pub(in crate::runtime::processes) struct Outgoing<B> {
    pub(super) bytes: B,
    /// How much of it has been written, once it has been begun.
    pub(super) written: Option<usize>,
    pub(super) turn: bool,
    /// It is begun only when there is room for all of it.
    pub(super) whole: bool,
}

impl<B: AsRef<[u8]>> Outgoing<B> {
    pub(in crate::runtime::processes) fn new(bytes: B) -> Outgoing<B> {
        assert!(u32::try_from(bytes.as_ref().len()).is_ok(), "a message has less than 4 GiB");
        Outgoing { bytes, written: None, turn: false, whole: false }
    }
}

/// A message on its way in.
#[derive(Default)]
pub(in crate::runtime::processes) struct Incoming {
    pub(super) bytes: Vec<u8>,
    /// How much is still to come, once it has been begun.
    pub(super) left: Option<usize>,
    pub(super) turn: bool,
}

impl Channel {
    /// Writes what there is room for; true once all of the message is written.
    pub(in crate::runtime::processes) fn push<B: AsRef<[u8]>>(
        &self,
        message: &mut Outgoing<B>,
        wait: &mut Option<BlockingWait>,
    ) -> Result<bool, Stuck> {
        message.turn = message.turn || self.ring.take_turn(Side::Writing);
        if !message.turn {
            return Ok(false);
        }
        let bytes = message.bytes.as_ref();
        let record = |wait: &mut Option<BlockingWait>, moment: Moment| {
            if let Some(wait) = wait.take() {
                wait.over(moment.other);
            }
            self.record(moment)
        };
        loop {
            let now = match message.written {
                None => {
                    if message.whole && !self.ring.fits(bytes.len())? {
                        return Ok(false);
                    }
                    let begun = self.ring.begin_message(bytes, self.most, |moment| record(wait, moment))?;
                    let Some(now) = begun else { return Ok(false) };
                    now
                }
                Some(written) => match self.ring.go_on_writing(&bytes[written..], |moment| record(wait, moment))? {
                    0 => return Ok(false),
                    now => now,
                },
            };
            self.ring_bell();
            let written = message.written.unwrap_or(0) + now;
            message.written = Some(written);
            if written == bytes.len() {
                message.turn = false;
                return Ok(true);
            }
        }
    }

    /// Takes what is there; true once all of a message has been taken.
    pub(super) fn pull(
        &self,
        message: &mut Incoming,
        wait: &mut Option<BlockingWait>,
        site: Site,
    ) -> Result<bool, Stuck> {
        message.turn = message.turn || self.ring.take_turn(Side::Reading);
        if !message.turn {
            return Ok(false);
        }
        let record = |wait: &mut Option<BlockingWait>, cause: Option<Cause>, moment: Moment| {
            if let Some(wait) = wait.take() {
                wait.over(cause);
            }
            self.record(moment)
        };
        loop {
            let left = match message.left {
                None => {
                    let Some((len, cause)) = self.ring.next_message()? else { return Ok(false) };
                    message.bytes.reserve_exact(len);
                    if wait.is_none() {
                        let on = Target::Resource(self.resource);
                        lane::with(|context| context.passed(on, Some(cause), Some(site)));
                    }
                    self.ring.take_message(len, &mut message.bytes, |moment| record(wait, Some(cause), moment));
                    len - message.bytes.len()
                }
                Some(left) => {
                    let record = |moment: Moment| record(wait, moment.other, moment);
                    match self.ring.go_on_reading(left, &mut message.bytes, record)? {
                        0 => return Ok(false),
                        now => left - now,
                    }
                }
            };
            message.left = Some(left);
            if left == 0 {
                message.turn = false;
                return Ok(true);
            }
        }
    }

    pub(super) fn record(&self, moment: Moment) -> Cause {
        let value = match self.counts {
            Counts::Bytes => moment.level.bytes,
            Counts::Messages => moment.level.messages,
        };
        lane::with(|context| {
            let time = context.resource_event(Tag::Level, self.resource, i64::from(value), moment.last);
            Cause { lane: context.lane, time }
        })
    }

    /// Something may be there for who waits for several channels.
    pub(super) fn ring_bell(&self) {
        if self.ring.is_watched() {
            self.bell.ring();
        }
    }
}
