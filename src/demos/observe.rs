//! What can be seen in a run: sentences with figures, computed from its trace, each of which holds or does not.

use std::time::Duration;

use super::{Demo, Status, Values};
use crate::timeline::{Lane, Span, Timeline};
use crate::trace::{Ending, LaneId, LaneKind, Nanos, State};

/// Something that can be seen in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// A sentence with its figure.
    pub text: String,
    /// Whether it is so. A figure that judges nothing holds if the trace has what it is computed from.
    pub holds: bool,
    /// The spans that show it.
    pub shown_by: Vec<SpanRef>,
}

/// A stretch of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanRef {
    /// Whose.
    pub lane: LaneId,
    /// From.
    pub start: Nanos,
    /// To.
    pub end: Nanos,
}

impl SpanRef {
    /// A span of a lane.
    pub fn new(lane: &Lane, span: &Span) -> SpanRef {
        SpanRef { lane: lane.id, start: span.start, end: span.end }
    }

    /// All of a lane.
    pub fn whole(lane: &Lane, now: Nanos) -> SpanRef {
        let end = lane.end.as_ref().map_or(now, |end| end.time);
        SpanRef { lane: lane.id, start: lane.start().unwrap_or(end), end }
    }
}

impl Observation {
    /// A sentence that holds or not.
    pub fn new(holds: bool, text: impl Into<String>) -> Observation {
        Observation { text: text.into(), holds, shown_by: Vec::new() }
    }

    /// The same with the spans that show it.
    pub fn shown_by(mut self, spans: impl IntoIterator<Item = SpanRef>) -> Observation {
        self.shown_by.extend(spans);
        self
    }
}

/// What an upper bound on time allows on top, since page and machine do other things too: half as much again, and
/// this. The only such allowance there is.
pub const TOLERANCE: Duration = Duration::from_millis(750);

/// The most that something may take whose waits and work alone take `expected`.
pub fn at_most(expected: Nanos) -> Nanos {
    expected + Nanos(expected.0 / 2) + Nanos::from(TOLERANCE)
}

/// A run that has ended, as its observations look at it.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// What happened.
    pub timeline: &'a Timeline,
    /// With which parameters.
    pub values: &'a Values,
    /// How fast waits passed.
    pub speed: f64,
}

impl<'a> Seen<'a> {
    /// How long a wait of this parameter's milliseconds really took at least, at the run's speed.
    pub fn wait(&self, name: &str) -> Nanos {
        Nanos::from(self.values.ms(name).div_f64(self.speed))
    }

    /// The lane with this name.
    pub fn lane(&self, name: &str) -> Option<&'a Lane> {
        self.timeline.lane_named(name)
    }

    /// The lanes `prefix-1` to `prefix-<count>`, those that are there.
    pub fn lanes(&self, prefix: &str, count: u32) -> Vec<&'a Lane> {
        (1..=count).filter_map(|number| self.lane(&format!("{prefix}-{number}"))).collect()
    }

    /// The spans of a lane in a state.
    pub fn spans_in(&self, lane: &'a Lane, state: State) -> Vec<Span> {
        lane.spans_in(state, self.timeline.now).collect()
    }

    /// The lane's time in a state.
    pub fn time_in(&self, lane: &Lane, state: State) -> Nanos {
        lane.time_in(state, self.timeline.now)
    }

    /// From the lane's first appearance to its end.
    pub fn life(&self, lane: &Lane) -> SpanRef {
        SpanRef::whole(lane, self.timeline.now)
    }
}

/// All that can be seen in a run: the demo's own observations, and those that every demo has.
pub fn observations(demo: &Demo, seen: &Seen) -> Vec<Observation> {
    let mut all = (demo.observe)(seen);
    all.push(ends(seen, (demo.expected)(seen.values)));
    all
}

/// How the lanes ended, and that none was left running; but a run that fails takes its lanes with it.
fn ends(seen: &Seen, expected: Status) -> Observation {
    let mut counts = [0; Ending::ALL.len()];
    let mut left = Vec::new();
    // The event loop ends with the run, not by itself.
    let lanes = seen.timeline.lanes.iter().filter(|lane| lane.kind != Some(LaneKind::EventLoop));
    for lane in lanes {
        match &lane.end {
            Some(end) if end.ending != Ending::Stopped || expected == Status::Failed => {
                counts[end.ending as usize] += 1;
            }
            _ => left.push(lane),
        }
    }
    let parts: Vec<_> = Ending::ALL
        .iter()
        .filter(|ending| counts[**ending as usize] > 0)
        .map(|ending| format!("{} {}", counts[*ending as usize], ending.name()))
        .collect();
    let total: usize = counts.iter().sum::<usize>() + left.len();
    let noun = if total == 1 { "lane" } else { "lanes" };
    if left.is_empty() && total > 0 {
        return Observation::new(true, format!("Nothing was left running: of {total} {noun}, {}.", parts.join(", ")));
    }
    let names: Vec<_> = left.iter().take(3).map(|lane| lane.name.as_str()).collect();
    Observation::new(false, format!("{} of {total} {noun} had not ended: {}.", left.len(), names.join(", ")))
        .shown_by(left.iter().map(|lane| seen.life(lane)))
}
