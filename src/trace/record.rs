//! How events are laid out in memory: records of 32 bytes, one after the other.
//!
//! An event with a text (a name, a printed line) is followed by as many raw records as its bytes need. So a stream of
//! records is self-contained: there is no second buffer that could be cut off at a different point when a run is
//! stopped.
//!
//! All fields are little-endian, as WebAssembly is; the layout never leaves the machine.

use strum::FromRepr;

use super::event::{Cause, Ending, LaneKind, ResourceKind, State, Target};
use super::{LaneId, Nanos, ResourceId};

/// Bytes of one record.
pub const RECORD_BYTES: usize = 32;

/// "No lane", "no resource".
const NONE: u32 = u32::MAX;

/// Set in [`Record::flags`] when [`Record::object`] is a lane, not a resource.
const OBJECT_IS_LANE: u8 = 1;

/// What kind of event a record is. Numbered from 1, so that memory that was never written is not an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, FromRepr)]
#[repr(u8)]
pub enum Tag {
    /// [`EventKind::LaneDefined`](super::EventKind::LaneDefined), with text.
    Lane = 1,
    /// `ResourceDefined`, with text.
    Resource,
    /// `SiteDefined`, with text.
    Site,
    /// `State`.
    State,
    /// `Passed`.
    Passed,
    /// `Ended`, with text (empty for none).
    Ended,
    /// `Acquired`.
    Acquired,
    /// `Released`.
    Released,
    /// `Level`.
    Level,
    /// `Read`.
    Read,
    /// `Write`.
    Write,
    /// `ScopeBegan`, with text.
    ScopeBegan,
    /// `ScopeEnded`.
    ScopeEnded,
    /// `Mark`, with text.
    Mark,
    /// `Print`, with text.
    Print,
    /// `Lifted`.
    Lifted,
    /// `Deadline`.
    Deadline,
}

impl Tag {
    /// The tag with this number.
    pub fn from_u8(number: u8) -> Option<Tag> {
        Tag::from_repr(number)
    }

    /// Whether it has a text, whose length is [`Record::text_len`] and which follows the record.
    pub fn has_text(self) -> bool {
        matches!(self, Tag::Lane | Tag::Resource | Tag::Site | Tag::Ended | Tag::ScopeBegan | Tag::Mark | Tag::Print)
    }
}

/// One event, or 32 bytes of text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Record {
    /// When, in nanoseconds.
    pub time: u64,
    /// A level or value; the time of the cause; a deadline; the line of a site; by how much a time was lifted.
    pub value: i64,
    /// The lane.
    pub lane: u32,
    /// A resource, or a lane if [`Record::flags`] says so.
    pub object: u32,
    /// The lane that caused the event; bytes of text in an event that has text and no cause.
    pub cause: u32,
    /// The source line, as numbered in this stream, from 1; 0 for none.
    pub site: u16,
    /// A [`Tag`].
    pub tag: u8,
    /// Upper five bits: the state, ending, or kind. Lowest bit: `object` is a lane.
    pub flags: u8,
}

const _: () = assert!(size_of::<Record>() == RECORD_BYTES);

// These constructors are on the path of every event; if they were called instead of inlined, each would copy the
// record.
impl Record {
    /// An event with nothing but a time and a lane.
    #[inline(always)]
    pub fn new(tag: Tag, time: Nanos, lane: LaneId) -> Record {
        Record { time: time.0, value: 0, lane: lane.0, object: NONE, cause: NONE, site: 0, tag: tag as u8, flags: 0 }
    }

    /// The same with a state.
    #[inline(always)]
    pub fn with_state(self, state: State) -> Record {
        self.with_code(state as u8)
    }

    /// The same with a small number: a state, an ending, a kind.
    #[inline(always)]
    pub fn with_code(mut self, code: u8) -> Record {
        self.flags |= code << 3;
        self
    }

    /// The same with the lane or resource it is about.
    #[inline(always)]
    pub fn with_target(mut self, target: Option<Target>) -> Record {
        match target {
            None => {}
            Some(Target::Resource(resource)) => self.object = resource.0,
            Some(Target::Lane(lane)) => {
                self.object = lane.0;
                self.flags |= OBJECT_IS_LANE;
            }
        }
        self
    }

    /// The same with who caused it.
    #[inline(always)]
    pub fn with_cause(mut self, cause: Option<Cause>) -> Record {
        if let Some(cause) = cause {
            self.cause = cause.lane.0;
            self.value = cause.time.0 as i64;
        }
        self
    }

    /// The same with a source line of its stream.
    #[inline(always)]
    pub fn with_site(mut self, site: u16) -> Record {
        self.site = site;
        self
    }

    /// The same with a number.
    #[inline(always)]
    pub fn with_value(mut self, value: i64) -> Record {
        self.value = value;
        self
    }

    /// The same, saying how many bytes of text follow.
    pub fn with_text_len(mut self, bytes: usize) -> Record {
        self.cause = bytes as u32;
        self
    }

    /// Bytes of text that follow.
    pub fn text_len(&self) -> usize {
        match Tag::from_u8(self.tag) {
            Some(tag) if tag.has_text() => self.cause as usize,
            _ => 0,
        }
    }

    fn code(&self) -> usize {
        usize::from(self.flags >> 3)
    }

    /// The state, if the number is one.
    pub fn state(&self) -> Option<State> {
        State::ALL.get(self.code()).copied()
    }

    /// The ending, if the number is one.
    pub fn ending(&self) -> Option<Ending> {
        Ending::ALL.get(self.code()).copied()
    }

    /// The kind of lane, if the number is one.
    pub fn lane_kind(&self) -> Option<LaneKind> {
        LaneKind::ALL.get(self.code()).copied()
    }

    /// The kind of resource, if the number is one.
    pub fn resource_kind(&self) -> Option<ResourceKind> {
        ResourceKind::ALL.get(self.code()).copied()
    }

    /// The lane or resource it is about.
    pub fn target(&self) -> Option<Target> {
        match self.object {
            NONE => None,
            lane if self.flags & OBJECT_IS_LANE != 0 => Some(Target::Lane(LaneId(lane))),
            resource => Some(Target::Resource(ResourceId(resource))),
        }
    }

    /// Who caused it. Only for tags without text.
    pub fn cause(&self) -> Option<Cause> {
        (self.cause != NONE).then_some(Cause { lane: LaneId(self.cause), time: Nanos(self.value as u64) })
    }

    /// The record as bytes.
    pub fn to_bytes(&self) -> [u8; RECORD_BYTES] {
        let mut bytes = [0; RECORD_BYTES];
        bytes[0..8].copy_from_slice(&self.time.to_le_bytes());
        bytes[8..16].copy_from_slice(&self.value.to_le_bytes());
        bytes[16..20].copy_from_slice(&self.lane.to_le_bytes());
        bytes[20..24].copy_from_slice(&self.object.to_le_bytes());
        bytes[24..28].copy_from_slice(&self.cause.to_le_bytes());
        bytes[28..30].copy_from_slice(&self.site.to_le_bytes());
        bytes[30] = self.tag;
        bytes[31] = self.flags;
        bytes
    }

    /// A record from its bytes. Any bytes make a record; its tag and numbers tell whether it is an event.
    pub fn from_bytes(bytes: &[u8; RECORD_BYTES]) -> Record {
        fn part<const N: usize>(bytes: &[u8; RECORD_BYTES], at: usize) -> [u8; N] {
            std::array::from_fn(|i| bytes[at + i])
        }
        Record {
            time: u64::from_le_bytes(part(bytes, 0)),
            value: i64::from_le_bytes(part(bytes, 8)),
            lane: u32::from_le_bytes(part(bytes, 16)),
            object: u32::from_le_bytes(part(bytes, 20)),
            cause: u32::from_le_bytes(part(bytes, 24)),
            site: u16::from_le_bytes(part(bytes, 28)),
            tag: bytes[30],
            flags: bytes[31],
        }
    }
}
