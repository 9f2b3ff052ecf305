//! What a ring is, and what is said about it. Knows neither where its words are nor what is done with them.

use std::sync::Arc;

use crate::runtime::host::Words;
use crate::trace::{Cause, Nanos};

/// Bytes of a message's header.
pub const HEADER: usize = 16;

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
    pub(super) words: Arc<dyn Words>,
    pub(super) capacity: u32,
    /// The process: its number plus one, so that none is 0.
    pub(super) me: u32,
}
