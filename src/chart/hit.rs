//! What is at a position on the chart.
//!
//! It uses the same rows and the same level of detail as drawing does, so it finds only what can be seen there.

use std::ops::Range;

use crate::timeline::ByState;
use crate::trace::{LaneId, Nanos, ResourceId};

use super::index::Moments;
use super::lod::Segment;
use super::rows::{BAND_HEIGHT, Row, SCOPE_HEIGHT};
use super::scale::Px;
use super::turns::Turn;
use super::view::{SpanRef, View};

/// How far from a tick the pointer may be.
const TICK_REACH: f64 = 4.0;

/// Several spans that are drawn in one pixel.
#[derive(Clone, Debug, PartialEq)]
pub struct Aggregate {
    /// Their lane.
    pub lane: LaneId,
    /// The changes with which they begin.
    pub changes: Range<usize>,
    /// The time that the pixel shows: from here.
    pub from: Nanos,
    /// To here.
    pub to: Nanos,
    /// The lane's time in each state between the two.
    pub sums: ByState,
}

/// What is at a place.
#[derive(Clone, Debug, PartialEq)]
pub enum Hit {
    /// The time axis.
    Axis {
        /// The time there.
        time: Nanos,
    },
    /// The label of a row.
    Label {
        /// The lane.
        lane: LaneId,
    },
    /// A span.
    Span(SpanRef),
    /// A pixel that stands for several spans.
    Aggregate(Aggregate),
    /// A scope.
    Scope {
        /// The lane.
        lane: LaneId,
        /// Its position among the lane's scopes.
        index: usize,
    },
    /// A printed line.
    Print {
        /// The lane.
        lane: LaneId,
        /// Its position among the timeline's printed lines.
        index: usize,
    },
    /// A mark.
    Mark {
        /// The lane.
        lane: LaneId,
        /// Its position among the timeline's marks.
        index: usize,
    },
    /// A place in a row where nothing is drawn.
    Row {
        /// The lane.
        lane: LaneId,
        /// The time there.
        time: Nanos,
    },
    /// A lane's turn with a lock, in the lock's row.
    Turn {
        /// The lock.
        resource: ResourceId,
        /// The turn.
        turn: Turn,
    },
    /// Another place in the row of a lock.
    Turns {
        /// The lock.
        resource: ResourceId,
    },
}

impl Hit {
    /// The lane in whose row it is, or that had the lock there.
    pub fn lane(&self) -> Option<LaneId> {
        match self {
            Hit::Axis { .. } | Hit::Turns { .. } => None,
            Hit::Turn { turn, .. } => Some(turn.lane),
            Hit::Span(span) => Some(span.lane),
            Hit::Aggregate(part) => Some(part.lane),
            Hit::Label { lane }
            | Hit::Scope { lane, .. }
            | Hit::Print { lane, .. }
            | Hit::Mark { lane, .. }
            | Hit::Row { lane, .. } => Some(*lane),
        }
    }
}

/// What is at this place. `None` outside the chart and below the last row.
pub fn hit(view: &View, x: Px, y: Px) -> Option<Hit> {
    let plot = view.plot;
    if x.0 < 0.0 || x.0 >= plot.right || y.0 < 0.0 {
        return None;
    }
    if y.0 < plot.top {
        return (x.0 >= plot.left).then(|| Hit::Axis { time: view.scale.time_from_px(x) });
    }
    let Some(row) = view.row_at(y.0) else { return turns(view, x, y) };
    let lane = row.id;
    let below_band_top = y.0 - view.y(row.band_top);
    if x.0 < plot.left || (view.viewport.is_compact() && below_band_top < -TICK_REACH) {
        return Some(Hit::Label { lane });
    }
    let found = if below_band_top < BAND_HEIGHT {
        tick(view, row, x, below_band_top).or_else(|| band(view, row, x, below_band_top))
    } else {
        scope(view, row, x, y)
    };
    found.or_else(|| Some(Hit::Row { lane, time: view.scale.time_from_px(x) }))
}

fn tick(view: &View, row: &Row, x: Px, below_band_top: f64) -> Option<Hit> {
    if below_band_top > 5.0 {
        return None;
    }
    let nearest = |moments: &[Moments]| {
        let mut nearest: Option<(f64, u32)> = None;
        view.moments(moments.get(row.lane)?, |at, number| {
            let distance = (at - x.0).abs();
            if distance <= TICK_REACH && nearest.is_none_or(|(least, _)| distance < least) {
                nearest = Some((distance, number));
            }
        });
        nearest
    };
    let lane = row.id;
    match (nearest(&view.index.prints), nearest(&view.index.marks)) {
        (Some((print, index)), mark) if mark.is_none_or(|(mark, _)| print < mark) => {
            Some(Hit::Print { lane, index: index as usize })
        }
        (_, Some((_, index))) => Some(Hit::Mark { lane, index: index as usize }),
        _ => None,
    }
}

fn band(view: &View, row: &Row, x: Px, below_band_top: f64) -> Option<Hit> {
    if below_band_top < 0.0 {
        return None;
    }
    let mut segments = Vec::new();
    view.segments(row, &mut segments);
    let segment = segments.get(segments.partition_point(|segment| segment.x1 <= x.0))?;
    if x.0 < segment.x0 {
        return None;
    }
    let shown = |sums: &ByState| {
        crate::trace::State::ALL
            .iter()
            .any(|&state| view.filter.shows(state) && (sums.of(state) > Nanos::ZERO || segment.state == state))
    };
    if !shown(&segment.sums) {
        return None;
    }
    if !segment.is_aggregate() {
        return Some(Hit::Span(SpanRef { lane: row.id, index: segment.changes.start }));
    }
    Some(Hit::Aggregate(pixel(view, row, segment, x)))
}

/// The part of a segment that is under the pointer: the segment may be as wide as the whole chart.
fn pixel(view: &View, row: &Row, segment: &Segment, x: Px) -> Aggregate {
    let index = &view.index.lanes[row.lane];
    let end = view.end_of(row.lane);
    let column = x.0.floor();
    let start_of = |change: usize| Nanos(index.start(change));
    let segment_end = Nanos(index.end(segment.changes.end - 1, end.0));
    let from = view.scale.time_from_px(Px(column)).clamp(start_of(segment.changes.start), segment_end);
    let to = view.scale.time_from_px(Px(column + 1.0)).clamp(from, segment_end);
    let first = index.change_at(from.0 as f64).unwrap_or(0).clamp(segment.changes.start, segment.changes.end - 1);
    let last = index.change_at(to.0 as f64 - 0.5).map_or(first, |last| last.max(first)).min(segment.changes.end - 1);
    let changes = first..last + 1;
    Aggregate { lane: row.id, changes, from, to, sums: index.time_between(from, to, end) }
}

/// What is in the row of a lock.
fn turns(view: &View, x: Px, y: Px) -> Option<Hit> {
    let below_first_row = y.0 - view.plot.top + view.viewport.scroll();
    let number = view.rows.turns_at(below_first_row)?;
    let turns = view.index.turns.get(number)?;
    let resource = turns.resource;
    let (top, bottom) = view.rows.turns_edges(number);
    let mut found = None;
    if x.0 >= view.plot.left && (top..bottom).contains(&below_first_row) {
        view.turns(turns, |x0, x1, turn| {
            if x.0 >= x0 && x.0 < x1 {
                found = turn;
            }
        });
    }
    Some(found.map_or(Hit::Turns { resource }, |turn| Hit::Turn { resource, turn: turns.all()[turn] }))
}

fn scope(view: &View, row: &Row, x: Px, y: Px) -> Option<Hit> {
    let depth = ((y.0 - view.y(row.scope_top(0))) / SCOPE_HEIGHT).floor();
    if depth < 0.0 || depth >= row.scope_depths as f64 {
        return None;
    }
    let mut found = None;
    view.scopes(row, depth as usize, |x0, x1, scope| {
        if x.0 >= x0 && x.0 < x1 {
            found = scope;
        }
    });
    found.map(|index| Hit::Scope { lane: row.id, index })
}
