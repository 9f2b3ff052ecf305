//! Which arrows are drawn: from what a lane did to the change that this caused in another lane.

use std::collections::HashSet;

use rustc_hash::FxBuildHasher;

use crate::timeline::Lane;
use crate::trace::{Cause, LaneId, Nanos, State};

use super::index::Effect;
use super::lod::Segment;
use super::rows::Row;
use super::scale::Px;
use super::shape::Point;
use super::view::{SpanRef, View};

/// The most arrows drawn for one span; a barrier may wake very many.
const OF_SPAN: usize = 200;

/// How many changes are examined for one arrow, if there are more changes than arrows are drawn.
const LOOKED_AT: usize = 8;

/// One cause and one effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Link {
    /// The lane that acted, and when.
    pub from: (LaneId, Nanos),
    /// The lane that changed, and when.
    pub to: (LaneId, Nanos),
}

impl Link {
    /// Where it begins and ends on the screen. `None` if it is too short to be seen, or out of view.
    pub fn ends(&self, view: &View) -> Option<(Point, Point)> {
        let (from, to) = (view.point(self.from.0, self.from.1)?, view.point(self.to.0, self.to.1)?);
        let plot = view.plot;
        let in_view = to.x >= plot.left && from.x <= plot.right && {
            let (high, low) = (from.y.min(to.y), from.y.max(to.y));
            low >= plot.top && high <= plot.bottom
        };
        let visible = (from.y - to.y).abs() > 1.0 || to.x - from.x >= 2.0;
        (in_view && visible).then_some((from, to))
    }
}

/// The arrows of one span: what began it, and what it caused.
pub fn of_span(view: &View, span: SpanRef) -> Vec<Link> {
    let timeline = view.timeline;
    let Some(lane) = timeline.lane(span.lane).filter(|lane| span.index < lane.changes.len()) else { return Vec::new() };
    let times = lane.span(span.index, timeline.now);
    let mut links = Vec::new();
    if let Some(cause) = times.cause {
        links.push(Link { from: (cause.lane, cause.time), to: (lane.id, times.start) });
    }
    let effects = effects_of(view, lane, span.index);
    let every = effects.len().div_ceil(OF_SPAN).max(1);
    for effect in effects.iter().step_by(every) {
        let changed = &timeline.lanes[effect.lane as usize];
        links.push(Link {
            from: (lane.id, effect.acted),
            to: (changed.id, changed.changes[effect.change as usize].time),
        });
    }
    links
}

/// What a span caused, by when it acted.
///
/// A lane acts while it runs; so what it did at the very moment of a change belongs to the span in which it ran.
pub fn effects_of<'a>(view: &View<'a>, lane: &Lane, index: usize) -> &'a [Effect] {
    let span = lane.span(index, view.timeline.now);
    if span.state == State::Running {
        return view.index.effects(lane.id, span.start, span.end);
    }
    let inside = (span.start.0 + 1, span.end.0.saturating_sub(1));
    if inside.0 > inside.1 { &[] } else { view.index.effects(lane.id, Nanos(inside.0), Nanos(inside.1)) }
}

/// What was handed over to a row's lane without a wait, as far as that is in view; if there is very much, a sample from
/// all along the row.
pub fn of_hand_overs(view: &View, row: &Row, links: &mut Vec<Link>) {
    let lane = &view.timeline.lanes[row.lane];
    let (from, to) = (view.scale.time_from_px(Px(view.plot.left)), view.scale.time_from_px(Px(view.plot.right)));
    let taken = view.index.hand_overs(row.lane, from, to);
    let every = taken.len().div_ceil(row_budget(view)).max(1);
    let link = |&(time, cause): &(Nanos, Cause)| Link { from: (cause.lane, cause.time), to: (lane.id, time) };
    links.extend(taken.iter().step_by(every).map(link));
}

/// Twice a row's share of the arrows, since other rows may have few.
fn row_budget(view: &View) -> usize {
    2 * most(view) / view.visible_rows().len().max(1) + 20
}

/// How many arrows can be told apart in the width of the plot.
fn most(view: &View) -> usize {
    ((view.plot.width() / 2.0) as usize).max(20)
}

/// The arrows that end in a row; if there are very many, a sample from all along the row.
pub fn of_segments(view: &View, row: &Row, segments: &[Segment], links: &mut Vec<Link>) {
    let lane = &view.timeline.lanes[row.lane];
    for group in segments.chunks(segments.len().div_ceil(row_budget(view)).max(1)) {
        // If there is room for all of them, each is examined; otherwise the first arrow of each group stands for it.
        let changes = group.iter().flat_map(|segment| &lane.changes[segment.changes.clone()]);
        let causes = changes.take(LOOKED_AT).filter_map(|change| Some((change.cause?, change.time)));
        let wanted = if group.len() == 1 { LOOKED_AT } else { 1 };
        links.extend(
            causes.take(wanted).map(|(cause, time)| Link { from: (cause.lane, cause.time), to: (lane.id, time) }),
        );
    }
}

/// Leaves as many arrows as can be told apart, spread over the run.
pub fn thin_out(view: &View, links: &mut Vec<Link>) {
    let most = most(view);
    if links.len() <= most {
        return;
    }
    let every = links.len() as f64 / most as f64;
    let kept = (0..most).map(|number| links[(number as f64 * every) as usize]).collect();
    *links = kept;
}

/// Drops the arrows that would be drawn on top of another: both ends less than two pixels from the other's.
pub fn drop_twins(view: &View, links: &mut Vec<Link>) {
    let mut seen: HashSet<_, FxBuildHasher> = HashSet::default();
    links.retain(|link| {
        let half = |time| (view.scale.px_from_time(time).0 / 2.0) as i64;
        seen.insert((link.from.0, half(link.from.1), link.to.0, half(link.to.1)))
    });
}
