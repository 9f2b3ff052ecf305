//! Where a run is, and how it ended.

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;

use super::intake::{Delivery, Intake};
use crate::analysis::{DeadlockWatch, Observation};
use crate::program::{ExitReport, RunSpec, Status};
use crate::runtime::Failure;
use crate::runtime::input::Question;
use crate::timeline::{Disturbance, Timeline};
use crate::trace::{Ending, Nanos};

/// Where a run is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Phase {
    /// There is none.
    #[default]
    Idle,
    /// Its engine is starting.
    Starting,
    /// It is running.
    Running,
    /// It has finished.
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

    /// How the run ended, if it has.
    pub fn status(self) -> Option<Status> {
        match self {
            Phase::Finished => Some(Status::Finished),
            Phase::Failed => Some(Status::Failed),
            Phase::Stopped => Some(Status::Stopped),
            Phase::Idle | Phase::Starting | Phase::Running => None,
        }
    }

    /// Whether a run is going on.
    pub fn is_active(self) -> bool {
        matches!(self, Phase::Starting | Phase::Running)
    }
}

/// Why a run failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The lane that failed; `None` if no lane did.
    pub lane: Option<String>,
    /// What was wrong.
    pub message: String,
    /// Whether that is a mistake of Weft's, not the program's.
    pub internal: bool,
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Problem {
        Problem { lane: Some(failure.lane), message: failure.message, internal: false }
    }
}

/// What can be seen in a run that has ended.
pub type Judge = fn(&RunSpec, &Timeline) -> Vec<Observation>;

/// How a run ended.
pub struct Outcome {
    /// Finished, failed or stopped.
    pub phase: Phase,
    /// When.
    pub time: Nanos,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// How the reader's program ended, if it was one and ended by itself.
    pub exit: Option<ExitReport>,
}

/// A run as the window sees it: one value, which grows during the run and is complete once that has ended.
#[derive(Default)]
pub struct ShownRun {
    /// What is or was run; `None` before the first run.
    pub spec: Option<RunSpec>,
    /// Where it is.
    pub phase: Phase,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// How the reader's program ended, if it was one and ended by itself.
    pub exit: Option<ExitReport>,
    /// What can be seen in it: nothing before it has ended, or if it was stopped.
    pub observations: Vec<Observation>,
    /// What lanes have asked the reader for and not got yet.
    pub questions: VecDeque<Question>,
    /// The files that it has written and not removed, by path.
    pub files: BTreeMap<String, Rc<[u8]>>,
    /// How many lines it printed beyond those that are recorded.
    pub lost_lines: u64,
    /// Where and when it was recorded, if it did not run here.
    pub recorded: Option<String>,
    /// The time in it; once it has ended, its length.
    pub elapsed: Nanos,
    /// What first disturbed it, and when.
    pub(super) disturbance: Option<(Nanos, Disturbance)>,
    /// How it ended, once it has; takes effect when everything before it is decoded.
    pub(super) outcome: Option<Outcome>,
    pub(super) intake: Intake,
    pub(super) deadlock: DeadlockWatch,
}

impl ShownRun {
    /// A run that is about to start.
    pub(super) fn starting(spec: RunSpec) -> ShownRun {
        ShownRun { spec: Some(spec), phase: Phase::Starting, ..ShownRun::default() }
    }

    /// A run that ended in `phase`, outside this session.
    pub fn ended(spec: RunSpec, phase: Phase, timeline: Timeline) -> ShownRun {
        let elapsed = timeline.now;
        ShownRun { spec: Some(spec), phase, elapsed, intake: Intake::of(timeline), ..ShownRun::default() }
    }

    /// What has happened in it so far.
    pub fn timeline(&self) -> &Timeline {
        &self.intake.timeline
    }

    /// How its trace has arrived so far.
    pub fn delivery(&self) -> Delivery {
        self.intake.delivery()
    }

    /// Whether much of what has arrived is not decoded yet.
    pub fn catching_up(&self) -> bool {
        self.intake.behind()
    }

    /// Time passes in a run that goes on.
    pub(super) fn advance(&mut self, now: Nanos) {
        self.elapsed = now;
        self.intake.timeline.advance(now);
    }

    /// It has ended with `outcome`, and all of its trace is decoded.
    pub(super) fn conclude(&mut self, outcome: Outcome, judge: Judge) {
        let timeline = &mut self.intake.timeline;
        timeline.close(outcome.time, Ending::Stopped);
        if let Some((time, disturbance)) = self.disturbance {
            timeline.note_disturbance(time, disturbance);
        }
        self.elapsed = timeline.now;
        self.phase = outcome.phase;
        self.problem = outcome.problem;
        self.exit = outcome.exit;
        self.questions.clear();
        // Nothing can be expected of a run that was cut short.
        if let Some(spec) = self.spec.as_ref().filter(|_| outcome.phase != Phase::Stopped) {
            self.observations = judge(spec, timeline);
        }
    }
}
