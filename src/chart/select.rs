//! Moving the selection: along a lane, between lanes, and along causes and effects.

use crate::timeline::Timeline;
use crate::trace::State;

use super::arrows::effects_of;
use super::hit::Aggregate;
use super::view::{SpanRef, View};

/// Where the selection moves to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// The span before, in the same lane.
    Earlier,
    /// The span after, in the same lane.
    Later,
    /// The span at the same time in the row above.
    Up,
    /// The span at the same time in the row below.
    Down,
    /// What caused the selected span.
    Cause,
    /// The first thing that the selected span caused.
    Effect,
}

/// The first span of the topmost row that has any.
pub fn first(view: &View) -> Option<SpanRef> {
    let row = view.rows.all().iter().find(|row| !view.timeline.lanes[row.lane].changes.is_empty())?;
    Some(SpanRef { lane: row.id, index: 0 })
}

/// Where a step leads to from a span. `None` if there is nothing.
pub fn next(view: &View, from: SpanRef, step: Step) -> Option<SpanRef> {
    let timeline = view.timeline;
    let lane = timeline.lane(from.lane).filter(|lane| from.index < lane.changes.len())?;
    match step {
        Step::Earlier => Some(SpanRef { index: from.index.checked_sub(1)?, ..from }),
        Step::Later => Some(SpanRef { index: from.index + 1, ..from }).filter(|span| span.index < lane.changes.len()),
        Step::Up | Step::Down => {
            // The middle of the span, so that going up and down again usually leads back.
            let span = lane.span(from.index, timeline.now);
            let time = crate::trace::Nanos(span.start.0 + span.duration().0 / 2);
            let at = view.rows.position(timeline.lane_position(from.lane)?)?;
            let rows = view.rows.all();
            let mut others: Box<dyn Iterator<Item = _>> =
                if step == Step::Up { Box::new(rows[..at].iter().rev()) } else { Box::new(rows[at + 1..].iter()) };
            let row = others.find(|row| !timeline.lanes[row.lane].changes.is_empty())?;
            let index = timeline.lanes[row.lane].change_at(time).unwrap_or(0);
            Some(SpanRef { lane: row.id, index })
        }
        Step::Cause => {
            let cause = lane.changes[from.index].cause?;
            let acted = timeline.lane(cause.lane)?;
            let mut index = acted.change_at(cause.time)?;
            // What a lane did at the moment of a change, it did while it was still running.
            while index > 0 && acted.changes[index].state != State::Running && acted.changes[index].time == cause.time {
                index -= 1;
            }
            Some(SpanRef { lane: cause.lane, index })
        }
        Step::Effect => {
            let effect = effects_of(view, lane, from.index).first()?;
            let lane = timeline.lanes[effect.lane as usize].id;
            Some(SpanRef { lane, index: effect.change as usize })
        }
    }
}

/// The longest of the spans that one pixel stands for, among the first thousand.
pub fn longest(timeline: &Timeline, part: &Aggregate) -> Option<SpanRef> {
    let lane = timeline.lane(part.lane)?;
    let changes = part.changes.clone().take(1000).filter(|&change| change < lane.changes.len());
    let index = changes.max_by_key(|&change| lane.span(change, timeline.now).duration())?;
    Some(SpanRef { lane: part.lane, index })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::testing::timeline;
    use crate::chart::{Chart, Px};

    #[test]
    fn keys_lead_along_lanes_and_causes() {
        let timeline = timeline(
            "A: run 0-8, block 8-20 on B
             B < A: block 2-9 on door, run 9-20 from A@8, end 20",
        );
        let mut chart = Chart::new(Px(800.0), Px(200.0));
        chart.update(&timeline);
        let mut go = |step| chart.step(&timeline, step).map(|span| (span.lane.0, span.index));
        assert_eq!(go(Step::Later), Some((0, 0)), "nothing was selected, so the first span is");
        assert_eq!(go(Step::Later), Some((0, 1)));
        assert_eq!(go(Step::Later), Some((0, 1)), "there is no further one");
        assert_eq!(go(Step::Down), Some((1, 1)));
        assert_eq!(go(Step::Cause), Some((0, 0)), "it ran when it woke the other");
        assert_eq!(go(Step::Effect), Some((1, 1)));
        assert_eq!(go(Step::Earlier), Some((1, 0)));
        assert_eq!(go(Step::Up), Some((0, 0)));
    }
}
