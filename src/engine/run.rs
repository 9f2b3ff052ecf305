//! What is run, where a run is, and how it ended.

use super::intake::Delivery;
use crate::demos::{Demo, Observation, Status, Values};
use crate::runtime::Failure;
use crate::timeline::Timeline;
use crate::trace::Nanos;

/// Where a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// There is none.
    #[default]
    Idle,
    /// Its engine is starting.
    Starting,
    /// It goes on.
    Running,
    /// It has come to its end.
    Finished,
    /// It has failed.
    Failed,
    /// It was stopped.
    Stopped,
}

impl Phase {
    /// The name in the page's state.
    pub fn name(self) -> &'static str {
        match self {
            Phase::Idle => "idle",
            Phase::Starting => "starting",
            Phase::Running => "running",
            Phase::Finished => Status::Finished.name(),
            Phase::Failed => Status::Failed.name(),
            Phase::Stopped => Status::Stopped.name(),
        }
    }

    /// Whether a run is going on.
    pub fn is_active(self) -> bool {
        matches!(self, Phase::Starting | Phase::Running)
    }
}

/// What to run.
#[derive(Clone)]
pub struct Settings {
    /// The demo.
    pub demo: &'static Demo,
    /// Its parameters.
    pub values: Values,
    /// How fast waits pass.
    pub speed: f64,
}

impl PartialEq for Settings {
    fn eq(&self, other: &Settings) -> bool {
        self.demo.id == other.demo.id && self.values == other.values && self.speed == other.speed
    }
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The lane that failed; none if no lane did.
    pub lane: Option<String>,
    /// What was wrong.
    pub message: String,
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem { lane: Some(failure.lane), message: failure.message }
    }
}

/// How a run ended.
pub struct Outcome {
    /// Finished, failed or stopped.
    pub phase: Phase,
    /// When.
    pub time: Nanos,
    /// Why it failed.
    pub problem: Option<Problem>,
}

/// A run that has ended, apart from the session that made it.
pub struct Recording {
    /// What was run.
    pub settings: Settings,
    /// Finished, failed or stopped.
    pub phase: Phase,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// What can be seen in it.
    pub observations: Vec<Observation>,
    /// Where and when it was recorded, if it did not run here.
    pub recorded: Option<String>,
    /// How long it took.
    pub elapsed: Nanos,
    /// What happened.
    pub timeline: Timeline,
    /// How the trace arrived.
    pub delivery: Delivery,
}
