//! A word that two processes change in turn, and wait for: the least that a round trip between them can cost. A pipe's
//! cost is compared with it; none of it is traced.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::passing::{HandedOut, Place, hand_out};
use crate::runtime::host::{LocalWords, Words};
use crate::trace::Cause;

/// A word that two processes change in turn.
#[derive(Clone)]
pub struct Handshake(Arc<dyn Words>);

impl Handshake {
    /// The first one's turn.
    #[allow(clippy::new_without_default)] // It is made on purpose; there is no default one.
    pub fn new() -> Handshake {
        Handshake(LocalWords::new(2))
    }

    /// `times` round trips, from the side that begins.
    pub fn begin(&self, times: u32) {
        for turn in 0..times {
            self.hand_over(2 * turn + 1);
            self.wait_for(2 * turn + 2);
        }
    }

    /// `times` round trips, from the other side.
    pub fn answer(&self, times: u32) {
        for turn in 0..times {
            self.wait_for(2 * turn + 1);
            self.hand_over(2 * turn + 2);
        }
    }

    fn hand_over(&self, turn: u32) {
        self.0.store(0, turn);
        self.0.notify(0, 1);
    }

    fn wait_for(&self, turn: u32) {
        loop {
            let now = self.0.load(0);
            if now == turn {
                return;
            }
            self.0.wait(0, now, None);
        }
    }
}

impl HandedOut for Handshake {
    fn take_back(&self, _: u16, _: Cause) {}
}

impl Serialize for Handshake {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let told = hand_out("a handshake", |_| Ok((Place::of(&self.0), Box::new(self.clone()) as Box<dyn HandedOut>)))?;
        told.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Handshake {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Handshake, D::Error> {
        Ok(Handshake(Place::deserialize(deserializer)?.words()?))
    }
}
