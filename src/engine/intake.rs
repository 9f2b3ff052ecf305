//! A run's trace as it arrives: kept until there is time, decoded in slices, grown into a timeline.
//!
//! Knows no engine: its owner is told what may be confirmed.

use std::collections::{HashMap, VecDeque};

use serde::Serialize;

use super::protocol::Position;
use crate::runtime::host::web::milliseconds;
use crate::timeline::Timeline;
use crate::trace::codec::{Decoder, Recorded};
use crate::trace::reader::Piece;
use crate::trace::{Event, EventKind, Nanos, State};

/// With more bytes than this waiting to be decoded, the page says that it is catching up.
const BACKLOG: usize = 8 << 20;

/// About how many events are added to the timeline together: few enough for a fraction of a slice.
const AT_ONCE: usize = 4096;

/// An event should reach the window within this time, even while many threads compute.
const SOON: Nanos = Nanos::from_millis(60);

/// How the trace arrived.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Delivery {
    /// The number of batches.
    pub batches: u64,
    /// The greatest age of an event when it reached the window.
    pub max_delay: Nanos,
    /// How many events were older than they should be, that is, than 60 ms.
    pub late: u64,
}

/// The trace of one run, on its way to being a timeline.
#[derive(Default)]
pub struct Intake {
    /// What has been decoded.
    pub timeline: Timeline,
    decoder: Decoder,
    queue: VecDeque<Arrived>,
    queued_bytes: usize,
    delivery: Delivery,
}

/// What came.
enum Arrived {
    /// A piece of the trace, and the time in the run; `None` if it was read from the memory of a terminated engine.
    Piece(Piece, Option<Nanos>),
    /// What the engine says about a lane that can no longer say it.
    Event(Event),
}

/// The outcome of a slice of decoding.
pub struct Decoded {
    /// How far each stream has been decoded: its writer may reuse that part.
    pub confirmed: Vec<Position>,
    /// Whether a lane has printed something.
    pub printed: bool,
    /// Whether something is left to decode.
    pub more: bool,
}

impl Intake {
    /// A timeline that has arrived whole.
    pub fn of(timeline: Timeline) -> Intake {
        Intake { timeline, ..Intake::default() }
    }

    /// Takes in a batch that the engine sent, and when it came.
    pub fn batch(&mut self, pieces: Vec<Piece>, at: Nanos) {
        self.delivery.batches += 1;
        self.enqueue(pieces, Some(at));
    }

    /// Takes in what a terminated engine left in its memory.
    pub fn left_behind(&mut self, pieces: Vec<Piece>) {
        self.enqueue(pieces, None);
    }

    /// Takes in what the engine says about a lane that can no longer say it: it follows what has arrived before.
    pub fn event(&mut self, event: Event) {
        self.queue.push_back(Arrived::Event(event));
    }

    /// Whether much of what has arrived is not decoded yet.
    pub fn behind(&self) -> bool {
        self.queued_bytes > BACKLOG
    }

    /// How the trace has arrived so far.
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }

    /// Decodes what waits, for about `slice` milliseconds.
    pub fn decode(&mut self, slice: f64) -> Decoded {
        let begun = milliseconds();
        let mut confirmed: HashMap<(u16, u16), u32> = HashMap::new();
        let prints = self.timeline.prints.len();
        while milliseconds() - begun < slice && !self.queue.is_empty() {
            self.decode_some(&mut confirmed);
        }
        let position = |((process, stream), end)| Position { process, stream, end };
        Decoded {
            confirmed: confirmed.into_iter().map(position).collect(),
            printed: self.timeline.prints.len() > prints,
            more: !self.queue.is_empty(),
        }
    }

    /// Decodes a few thousand events, from pieces of several streams, since the events of what lanes share are spread
    /// over all of them.
    fn decode_some(&mut self, confirmed: &mut HashMap<(u16, u16), u32>) {
        let mut recorded = Vec::new();
        while recorded.len() < AT_ONCE
            && let Some(arrived) = self.queue.pop_front()
        {
            let (piece, at) = match arrived {
                Arrived::Piece(piece, at) => (piece, at),
                Arrived::Event(event) => {
                    self.timeline.push_recorded(std::mem::take(&mut recorded));
                    self.timeline.push_event(event);
                    continue;
                }
            };
            self.queued_bytes = self.queued_bytes.saturating_sub(piece.records.len());
            let first = recorded.len();
            let lost = self.decoder.decode(&piece, &mut recorded);
            if lost > 0 {
                let now = self.timeline.now;
                self.timeline.note_anomaly(now, None, format!("{lost} records of a worker were lost"));
            }
            if let Some(at) = at {
                self.note_delay(&recorded[first..], at);
                confirmed.insert((piece.process, piece.stream), piece.end());
            }
        }
        self.timeline.push_recorded(recorded);
    }

    fn note_delay(&mut self, recorded: &[Recorded], at: Nanos) {
        // A lane records that it was ready only when it resumes, so such an event is old when it is written.
        let delays = recorded
            .iter()
            .filter(|r| !matches!(r.event.kind, EventKind::State { state: State::Ready, .. }))
            .map(|r| at.saturating_sub(r.event.time));
        for delay in delays {
            self.delivery.max_delay = self.delivery.max_delay.max(delay);
            self.delivery.late += u64::from(delay > SOON);
        }
    }

    fn enqueue(&mut self, pieces: Vec<Piece>, at: Option<Nanos>) {
        self.queued_bytes += pieces.iter().map(|piece| piece.records.len()).sum::<usize>();
        self.queue.extend(pieces.into_iter().map(|piece| Arrived::Piece(piece, at)));
    }
}
