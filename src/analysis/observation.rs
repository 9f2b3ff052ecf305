//! What can be seen in a run: a sentence with its figure, computed from the trace, and the stretches of lanes that show
//! it.

use super::Figure;
use crate::timeline::{Lane, Span};
use crate::trace::{LaneId, Nanos};

/// Something that can be seen in a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// A sentence with its figure.
    pub text: String,
    /// Whether it is true. A figure that judges nothing holds if the trace has what it is computed from.
    pub holds: bool,
    /// The spans that show it.
    pub shown_by: Vec<Stretch>,
    /// Its figures for programs; most have none.
    pub figures: Vec<Figure>,
}

/// A stretch of a lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// Whose.
    pub lane: LaneId,
    /// From.
    pub start: Nanos,
    /// To.
    pub end: Nanos,
}

impl Stretch {
    /// A span of a lane.
    pub fn new(lane: &Lane, span: &Span) -> Stretch {
        Stretch { lane: lane.id, start: span.start, end: span.end }
    }

    /// All of a lane.
    pub fn whole(lane: &Lane, now: Nanos) -> Stretch {
        let end = lane.end.as_ref().map_or(now, |end| end.time);
        Stretch { lane: lane.id, start: lane.start().unwrap_or(end), end }
    }
}

impl Observation {
    /// A sentence that holds or not.
    pub fn new(holds: bool, text: impl Into<String>) -> Observation {
        Observation { text: text.into(), holds, shown_by: Vec::new(), figures: Vec::new() }
    }

    /// The same with the spans that show it.
    pub fn shown_by(mut self, spans: impl IntoIterator<Item = Stretch>) -> Observation {
        self.shown_by.extend(spans);
        self
    }

    /// The same with figures for programs.
    pub fn with(mut self, figures: impl IntoIterator<Item = Figure>) -> Observation {
        self.figures.extend(figures);
        self
    }
}

/// All figures of a run, in the order of its observations.
pub fn figures(observations: &[Observation]) -> impl Iterator<Item = &Figure> {
    observations.iter().flat_map(|observation| &observation.figures)
}

/// The value of the figure with this id, if the run has it.
pub fn figure(observations: &[Observation], id: &str) -> Option<f64> {
    figures(observations).find(|figure| figure.id() == id).map(|figure| figure.value)
}
