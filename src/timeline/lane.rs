//! One lane: its changes of state, and the spans that follow from them.

use crate::trace::{Cause, Ending, LaneId, LaneKind, Nanos, SiteId, State, Target};

/// A thread, process, task or event loop.
#[derive(Clone, Debug, PartialEq)]
pub struct Lane {
    /// Its number.
    pub id: LaneId,
    /// What it is; unknown until its definition arrives.
    pub kind: Option<LaneKind>,
    /// Its name in the code.
    pub name: String,
    /// Who started it.
    pub parent: Option<LaneId>,
    /// When it was started, which is not when it began to run.
    pub defined: Option<Nanos>,
    /// The worker that runs it (process, stream); unknown until it runs.
    pub worker: Option<(u16, u16)>,
    /// Its changes of state, by time. Spans lie between them, so they can neither overlap nor be left open.
    pub changes: Vec<Change>,
    /// Named parts of its work, by start.
    pub scopes: Vec<Scope>,
    /// Waits that were already over when it came to them, by time.
    pub passed: Vec<Passed>,
    /// When its latest wait ends at the latest, if that has a time-out and is not over.
    pub wait_until: Option<Nanos>,
    /// How it ended.
    pub end: Option<End>,
}

/// From `time` on the lane is in `state`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Change {
    /// When.
    pub time: Nanos,
    /// Which state.
    pub state: State,
    /// What it waits for.
    pub on: Option<Target>,
    /// The source line.
    pub site: Option<SiteId>,
    /// Who woke it.
    pub cause: Option<Cause>,
}

/// A wait that was already over when a lane came to it.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passed {
    /// When.
    pub time: Nanos,
    /// What it would have waited for.
    pub on: Target,
    /// The source line.
    pub site: Option<SiteId>,
    /// Who had ended the wait before it began.
    pub cause: Option<Cause>,
}

/// A named part of a lane's work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Its name.
    pub name: String,
    /// When it began.
    pub start: Nanos,
    /// When it ended; `None` while it is open.
    pub end: Option<Nanos>,
    /// How many scopes it is inside.
    pub depth: u32,
}

/// How a lane ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct End {
    /// When.
    pub time: Nanos,
    /// How.
    pub ending: Ending,
    /// What went wrong, if it failed.
    pub message: Option<String>,
}

/// A stretch of time in one state.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Span {
    /// Position among the lane's changes.
    pub index: usize,
    /// When it begins.
    pub start: Nanos,
    /// When it ends (for the last span of a lane that is not over: the present).
    pub end: Nanos,
    /// The state.
    pub state: State,
    /// What the lane waits for.
    pub on: Option<Target>,
    /// The source line.
    pub site: Option<SiteId>,
    /// Who began it.
    pub cause: Option<Cause>,
}

impl Span {
    /// How long.
    pub fn duration(&self) -> Nanos {
        self.end.saturating_sub(self.start)
    }
}

impl Lane {
    /// A lane about which nothing is known yet.
    pub(super) fn unheard_of(id: LaneId) -> Lane {
        Lane {
            id,
            kind: None,
            name: format!("lane {}", id.0),
            parent: None,
            defined: None,
            worker: None,
            changes: Vec::new(),
            scopes: Vec::new(),
            passed: Vec::new(),
            wait_until: None,
            end: None,
        }
    }

    /// The span that begins with change `index`; `now` ends the last one of a lane that is not over.
    ///
    /// # Panics
    /// If there is no such change.
    pub fn span(&self, index: usize, now: Nanos) -> Span {
        let change = self.changes[index];
        let end = match (self.changes.get(index + 1), &self.end) {
            (Some(next), _) => next.time,
            (None, Some(end)) => end.time,
            (None, None) => now,
        };
        Span {
            index,
            start: change.time,
            end: end.max(change.time),
            state: change.state,
            on: change.on,
            site: change.site,
            cause: change.cause,
        }
    }

    /// All spans, by time; some may have no duration.
    pub fn spans(&self, now: Nanos) -> impl DoubleEndedIterator<Item = Span> + '_ {
        (0..self.changes.len()).map(move |index| self.span(index, now))
    }

    /// Spans in this state.
    pub fn spans_in(&self, state: State, now: Nanos) -> impl DoubleEndedIterator<Item = Span> + '_ {
        self.spans(now).filter(move |span| span.state == state)
    }

    /// Position of the change that is in force at `time`: the latest that is not after it.
    pub fn change_at(&self, time: Nanos) -> Option<usize> {
        self.changes.partition_point(|change| change.time <= time).checked_sub(1)
    }

    /// The span that covers `time`; none before the lane began or once it is over.
    pub fn span_at(&self, time: Nanos, now: Nanos) -> Option<Span> {
        let span = self.span(self.change_at(time)?, now);
        let over = self.end.as_ref().is_some_and(|end| time >= end.time && time > span.start);
        (!over).then_some(span)
    }

    /// When it first appears.
    pub fn start(&self) -> Option<Nanos> {
        self.changes.first().map(|change| change.time).or(self.defined)
    }

    /// When it first ran.
    pub fn first_run(&self) -> Option<Nanos> {
        self.changes.iter().find(|change| change.state == State::Running).map(|change| change.time)
    }

    /// Time in a state.
    pub fn time_in(&self, state: State, now: Nanos) -> Nanos {
        self.spans_in(state, now).fold(Nanos::ZERO, |sum, span| sum + span.duration())
    }
}
