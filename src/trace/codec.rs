//! From records back to events.

use std::collections::HashMap;

use rustc_hash::FxHashMap;

use super::event::{Event, EventKind};
use super::reader::Piece;
use super::record::{RECORD_BYTES, Record, Tag};
use super::{LaneId, Nanos, SiteId, Target};

/// Turns pieces of streams into events. Pieces of one stream must come in order; those of different streams may be
/// interleaved freely.
#[derive(Default)]
pub struct Decoder {
    streams: FxHashMap<(u16, u16), StreamState>,
    sites: HashMap<(String, u32), SiteId>,
}

#[derive(Default)]
struct StreamState {
    next: u32,
    /// An event whose text is not complete yet.
    pending: Option<(Record, Vec<u8>)>,
    /// This stream's numbers for source lines, from 1.
    sites: Vec<SiteId>,
}

/// An event and the worker that recorded it.
#[derive(Clone, Debug, PartialEq)]
pub struct Recorded {
    /// Process and stream; a stream is a worker's.
    pub worker: (u16, u16),
    /// The event.
    pub event: Event,
}

impl Decoder {
    /// Position of the next record expected of a stream: all before it have been decoded.
    pub fn position(&self, process: u16, stream: u16) -> u32 {
        self.streams.get(&(process, stream)).map_or(0, |state| state.next)
    }

    /// Appends the events of a piece.
    ///
    /// Records that were already decoded are skipped. Returns how many records are missing between what was decoded and
    /// this piece, which should be none.
    pub fn decode(&mut self, piece: &Piece, into: &mut Vec<Recorded>) -> u32 {
        let worker = (piece.process, piece.stream);
        let state = self.streams.entry(worker).or_default();
        let lost = piece.first.saturating_sub(state.next);
        if lost > 0 {
            state.pending = None;
        }
        let known = state.next.saturating_sub(piece.first) as usize;
        let (records, _) = piece.records.as_chunks::<RECORD_BYTES>();
        for bytes in records.iter().skip(known) {
            if let Some((record, text)) = &mut state.pending {
                let missing = record.text_len() - text.len();
                text.extend_from_slice(&bytes[..missing.min(RECORD_BYTES)]);
            } else {
                state.pending = Some((Record::from_bytes(bytes), Vec::new()));
            }
            let complete = state.pending.as_ref().is_some_and(|(record, text)| text.len() >= record.text_len());
            if complete
                && let Some((record, text)) = state.pending.take()
                && let Some(event) = event(&record, text, &mut state.sites, &mut self.sites)
            {
                into.push(Recorded { worker, event });
            }
        }
        state.next = state.next.max(piece.end());
        lost
    }
}

/// `None` for bytes that are not an event.
fn event(
    record: &Record,
    text: Vec<u8>,
    stream_sites: &mut Vec<SiteId>,
    all_sites: &mut HashMap<(String, u32), SiteId>,
) -> Option<Event> {
    let tag = Tag::from_u8(record.tag)?;
    let text = String::from_utf8_lossy(&text).into_owned();
    let site = usize::from(record.site).checked_sub(1).and_then(|number| stream_sites.get(number)).copied();
    let resource = match record.target() {
        Some(Target::Resource(resource)) => Some(resource),
        _ => None,
    };
    let kind = match tag {
        Tag::Lane => {
            let parent = match record.target() {
                Some(Target::Lane(parent)) => Some(parent),
                _ => None,
            };
            EventKind::LaneDefined { kind: record.lane_kind()?, parent, name: text }
        }
        Tag::Resource => EventKind::ResourceDefined { resource: resource?, kind: record.resource_kind()?, name: text },
        Tag::Site => {
            let line = u32::try_from(record.value).ok()?;
            let fresh = SiteId(all_sites.len() as u32);
            let site = *all_sites.entry((text.clone(), line)).or_insert(fresh);
            stream_sites.push(site);
            EventKind::SiteDefined { site, file: text, line }
        }
        Tag::State => EventKind::State { state: record.state()?, on: record.target(), site, cause: record.cause() },
        Tag::Deadline => EventKind::Deadline { until: Nanos(record.value as u64) },
        Tag::Passed => EventKind::Passed { on: record.target()?, site, cause: record.cause() },
        Tag::Ended => {
            EventKind::Ended { ending: record.ending()?, message: Some(text).filter(|text| !text.is_empty()) }
        }
        Tag::Acquired => EventKind::Acquired { resource: resource?, cause: record.cause() },
        Tag::Released => EventKind::Released { resource: resource? },
        Tag::Level => EventKind::Level { resource: resource?, value: record.value },
        Tag::Read => EventKind::Read { resource: resource?, value: record.value, site },
        Tag::Write => EventKind::Write { resource: resource?, value: record.value, site },
        Tag::ScopeBegan => EventKind::ScopeBegan { name: text },
        Tag::ScopeEnded => EventKind::ScopeEnded,
        Tag::Mark => EventKind::Mark { text },
        Tag::Print => EventKind::Print { text },
        Tag::Lifted => EventKind::Lifted { by: Nanos(record.value.max(0) as u64) },
    };
    Some(Event { time: Nanos(record.time), lane: LaneId(record.lane), kind })
}
