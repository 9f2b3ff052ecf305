//! What the chart says about the thing under the pointer, as data in plain words.
//!
//! How it is laid out, and that it is a tooltip at all, is the app's business.

use crate::timeline::{ByState, Lane, Resource, Span, Timeline};
use crate::trace::{EventKind, LaneId, Nanos, State, Target};

use super::hit::{Aggregate, Hit};
use super::view::SpanRef;

/// What is said about something on the chart.
#[derive(Clone, Debug, PartialEq)]
pub enum Tooltip {
    /// About a span.
    Span(SpanWords),
    /// About a pixel that stands for several spans.
    Aggregate(AggregateWords),
    /// About a lane.
    Lane(LaneWords),
    /// About a scope, a printed line, a mark or a turn with a lock.
    Note(NoteWords),
    /// About a lock that lanes have in turns.
    Turns(TurnsWords),
}

/// A span in words.
#[derive(Clone, Debug, PartialEq)]
pub struct SpanWords {
    /// The lane's name.
    pub lane: String,
    /// What the lane is: `thread`, `task`…
    pub kind: &'static str,
    /// The state.
    pub state: State,
    /// The state as a sentence without a full stop, with what the lane waits for.
    pub words: String,
    /// What it waits for, by name.
    pub waits_on: Option<String>,
    /// When it began.
    pub start: Nanos,
    /// How long it lasted, or has lasted so far.
    pub duration: Nanos,
    /// Whether it still goes on.
    pub goes_on: bool,
    /// The source line, as `file:line`.
    pub source: Option<String>,
    /// Who began it.
    pub woken_by: Option<Waker>,
}

/// Who began a span.
#[derive(Clone, Debug, PartialEq)]
pub struct Waker {
    /// The lane.
    pub lane: LaneId,
    /// Its name.
    pub name: String,
    /// When it acted.
    pub time: Nanos,
}

/// A pixel that stands for several spans, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct AggregateWords {
    /// The lane's name.
    pub lane: String,
    /// What the lane is.
    pub kind: &'static str,
    /// How many spans.
    pub count: usize,
    /// The time that the pixel shows: from here.
    pub from: Nanos,
    /// To here.
    pub to: Nanos,
    /// The time in each state that occurred, longest first.
    pub states: Vec<(State, Nanos)>,
}

/// A lane in words.
#[derive(Clone, Debug, PartialEq)]
pub struct LaneWords {
    /// Its name.
    pub lane: String,
    /// What it is.
    pub kind: &'static str,
    /// Who started it.
    pub started_by: Option<String>,
    /// When it was started.
    pub start: Option<Nanos>,
    /// How it ended and when, with what went wrong; `None` while it goes on.
    pub end: Option<(&'static str, Nanos, Option<String>)>,
    /// How many spans it has.
    pub spans: usize,
}

/// A scope, a printed line, a mark or a turn, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct NoteWords {
    /// The name or the line.
    pub text: String,
    /// What that is, such as `printed in main`.
    pub what: String,
    /// When.
    pub start: Nanos,
    /// How long; `None` for moments.
    pub duration: Option<Nanos>,
}

/// A lock that lanes have in turns, in words.
#[derive(Clone, Debug, PartialEq)]
pub struct TurnsWords {
    /// Its name.
    pub name: String,
    /// Who has it now.
    pub holder: Option<String>,
}

/// What there is to say about a thing on the chart. `None` if there is nothing.
pub fn tooltip(timeline: &Timeline, hit: &Hit) -> Option<Tooltip> {
    match hit {
        Hit::Axis { .. } | Hit::Row { .. } => None,
        Hit::Label { lane } => Some(Tooltip::Lane(lane_words(timeline, timeline.lane(*lane)?))),
        Hit::Span(span) => span_words(timeline, *span).map(Tooltip::Span),
        Hit::Aggregate(part) => aggregate_words(timeline, part).map(Tooltip::Aggregate),
        Hit::Scope { lane, index } => {
            let lane = timeline.lane(*lane)?;
            let scope = lane.scopes.get(*index)?;
            let end = scope.end.unwrap_or(timeline.now);
            Some(Tooltip::Note(NoteWords {
                text: scope.name.clone(),
                what: format!("scope in {}", lane.name),
                start: scope.start,
                duration: Some(end.saturating_sub(scope.start)),
            }))
        }
        Hit::Print { lane, index } => note(timeline, *lane, "printed", timeline.prints.get(*index)?),
        Hit::Mark { lane, index } => note(timeline, *lane, "mark", timeline.marks.get(*index)?),
        Hit::Turn { resource, turn } => Some(Tooltip::Note(NoteWords {
            text: name(timeline, turn.lane),
            what: format!("has the {}", timeline.target_name((*resource).into())),
            start: turn.start,
            duration: Some(turn.end(timeline).saturating_sub(turn.start)),
        })),
        Hit::Turns { resource } => Some(Tooltip::Turns(turns_words(timeline, timeline.resource(*resource)?))),
    }
}

fn note(timeline: &Timeline, lane: LaneId, what: &'static str, text: &crate::timeline::Text) -> Option<Tooltip> {
    let what = format!("{what} in {}", timeline.lane(lane)?.name);
    Some(Tooltip::Note(NoteWords { text: text.text.clone(), what, start: text.time, duration: None }))
}

/// A span in words; `None` if there is no such span.
pub fn span_words(timeline: &Timeline, span: SpanRef) -> Option<SpanWords> {
    let lane = timeline.lane(span.lane).filter(|lane| span.index < lane.changes.len())?;
    let goes_on = lane.end.is_none() && span.index + 1 == lane.changes.len();
    let span = lane.span(span.index, timeline.now);
    let source = span.site.and_then(|site| timeline.site(site)).map(|line| format!("{}:{}", line.file, line.line));
    Some(SpanWords {
        lane: lane.name.clone(),
        kind: kind(lane),
        state: span.state,
        words: state_words(timeline, &span),
        waits_on: span.on.map(|on| timeline.target_name(on)),
        start: span.start,
        duration: span.duration(),
        goes_on,
        source,
        woken_by: span.cause.map(|cause| Waker {
            lane: cause.lane,
            name: name(timeline, cause.lane),
            time: cause.time,
        }),
    })
}

impl SpanWords {
    /// All of it in one sentence, for a screen reader.
    pub fn sentence(&self) -> String {
        let SpanWords { lane, kind, words, start, duration, .. } = self;
        let so_far = if self.goes_on { " so far" } else { "" };
        let mut text = format!("{kind} {lane}: {words}, from {start}, for {duration}{so_far}");
        if let Some(source) = &self.source {
            text += &format!(", at {source}");
        }
        if let Some(waker) = &self.woken_by {
            text += &format!(", woken by {} at {}", waker.name, waker.time);
        }
        text + "."
    }
}

fn state_words(timeline: &Timeline, span: &Span) -> String {
    let on = span.on.map(|on| match on {
        Target::Lane(lane) => format!("the end of {}", name(timeline, lane)),
        resource => timeline.target_name(resource),
    });
    match (span.state, on) {
        (State::Running, _) => "running".to_owned(),
        (State::Ready, None) => "ready: could run, and waits for its turn".to_owned(),
        (State::Ready, Some(on)) => format!("ready: could run, and waits for {on}"),
        (State::Sleeping, None) => "sleeping: waits for a timer".to_owned(),
        (State::Sleeping, Some(on)) => format!("sleeping: waits for {on}"),
        (State::Blocked, None) => "blocked: waits for another".to_owned(),
        (State::Blocked, Some(on)) => format!("blocked: waits for {on}"),
        (State::Suspended, None) => "suspended: awaits".to_owned(),
        (State::Suspended, Some(on)) => format!("suspended: awaits {on}"),
    }
}

fn aggregate_words(timeline: &Timeline, part: &Aggregate) -> Option<AggregateWords> {
    let lane = timeline.lane(part.lane)?;
    let (from, to) = (part.from, part.to);
    let states = longest_first(&part.sums);
    Some(AggregateWords { lane: lane.name.clone(), kind: kind(lane), count: part.changes.len(), from, to, states })
}

fn longest_first(sums: &ByState) -> Vec<(State, Nanos)> {
    let mut states: Vec<_> = State::ALL.into_iter().map(|state| (state, sums.of(state))).collect();
    states.retain(|(_, time)| *time > Nanos::ZERO);
    states.sort_by_key(|(_, time)| std::cmp::Reverse(*time));
    states
}

fn lane_words(timeline: &Timeline, lane: &Lane) -> LaneWords {
    LaneWords {
        lane: lane.name.clone(),
        kind: kind(lane),
        started_by: lane.parent.map(|parent| name(timeline, parent)),
        start: lane.start(),
        end: lane.end.as_ref().map(|end| (end.ending.name(), end.time, end.message.clone())),
        spans: lane.changes.len(),
    }
}

fn turns_words(timeline: &Timeline, resource: &Resource) -> TurnsWords {
    let latest = resource.events.iter().rev().find_map(|event| match event.kind {
        EventKind::Acquired { .. } => Some(Some(event.lane)),
        EventKind::Released { .. } => Some(None),
        _ => None,
    });
    TurnsWords { name: resource.name.clone(), holder: latest.flatten().map(|lane| name(timeline, lane)) }
}

fn kind(lane: &Lane) -> &'static str {
    lane.kind.map_or("lane", |kind| kind.name())
}

fn name(timeline: &Timeline, lane: LaneId) -> String {
    timeline.lane(lane).map_or_else(|| format!("lane {}", lane.0), |lane| lane.name.clone())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::testing::{ms, timeline};

    #[test]
    fn a_span_says_all_that_is_known_of_it() {
        let timeline =
            timeline("A: run 0-20\nB < A: block 2-9 on door, run 9-20 from A@8, end 20\nC task < A: suspend 1-5 on B");
        let of = |lane: usize, index| span_words(&timeline, SpanRef { lane: timeline.lanes[lane].id, index });
        let blocked = of(1, 0).unwrap();
        assert_eq!(blocked.waits_on.as_deref(), Some("door"));
        assert_eq!(blocked.sentence(), "thread B: blocked: waits for door, from 2.00 ms, for 7.00 ms.");
        let running = of(1, 1).unwrap();
        assert_eq!(running.woken_by.as_ref().map(|waker| (waker.name.as_str(), waker.time)), Some(("A", ms(8))));
        assert_eq!(
            of(2, 0).unwrap().sentence(),
            "task C: suspended: awaits the end of B, from 1.00 ms, for 19.0 ms so far."
        );
        assert_eq!(of(1, 99), None);
    }

    #[test]
    fn a_lane_says_how_it_ended() {
        let timeline = timeline("A: run 0-20\nB < A: run 2-9, fail 9");
        let Some(Tooltip::Lane(words)) = tooltip(&timeline, &Hit::Label { lane: timeline.lanes[1].id }) else {
            panic!()
        };
        assert_eq!(words.end, Some(("failed", ms(9), Some("boom".to_owned()))));
        assert_eq!(words.started_by.as_deref(), Some("A"));
    }
}
