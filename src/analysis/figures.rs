//! Figures that a run measured, in a form that programs can read: the bars on the page, the guide, scripts.
//!
//! They accompany the [`Observation`](super::Observation) that states them in words, and are computed from the same
//! trace. A figure's id consists of what was measured and for which model: `wall.threads`, `increment.processes`. Ids
//! and units stay as they are, since programs read them.

use strum::{IntoStaticStr, VariantArray};

/// A figure that a run measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What was measured.
    pub measure: Measure,
    /// For which model, by a stable name: `sequential`, `threads`, `threads-gil`, `tasks`, `tasks-pool`, `processes`…
    pub of: &'static str,
    /// The same for readers.
    pub label: &'static str,
    /// How much, in the measure's unit.
    pub value: f64,
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, IntoStaticStr, VariantArray)]
#[strum(serialize_all = "kebab-case")]
pub enum Measure {
    /// From a model's first step to its last, its start-up included.
    Wall,
    /// How many times as fast as one after the other.
    SpeedUp,
    /// The speed-up, as a share of the number of cores.
    OfCores,
    /// From requesting all the workers until the last of them runs.
    StartUp,
    /// The total time that all its lanes spent Running.
    Running,
    /// The median time between two changes of a GIL's holder that another lane had asked for.
    Interval,
    /// One increment under a lock.
    Increment,
    /// One item through a queue, from one lane to another.
    HandOff,
    /// Starting one and waiting for its end.
    StartJoin,
}

impl Measure {
    /// All of them, in the order in which they are shown.
    pub const ALL: &'static [Measure] = Measure::VARIANTS;

    /// The first part of a figure's id.
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// The unit of its figures: `ms`, `ns`, `×` or `%`.
    pub fn unit(self) -> &'static str {
        match self {
            Measure::Wall | Measure::StartUp | Measure::Running | Measure::Interval => "ms",
            Measure::SpeedUp => "×",
            Measure::OfCores => "%",
            Measure::Increment | Measure::HandOff | Measure::StartJoin => "ns",
        }
    }

    /// What readers call it.
    pub fn title(self) -> &'static str {
        match self {
            Measure::Wall => "Wall time",
            Measure::SpeedUp => "Speed-up",
            Measure::OfCores => "Use of the cores",
            Measure::StartUp => "Start-up",
            Measure::Running => "Time Running",
            Measure::Interval => "Between forced switches",
            Measure::Increment => "A locked increment",
            Measure::HandOff => "A hand-off through a queue",
            Measure::StartJoin => "Start and join",
        }
    }

    /// What it means, in a sentence.
    pub fn help(self) -> &'static str {
        match self {
            Measure::Wall => "From the first step to the last, start-up included.",
            Measure::SpeedUp => "How many times as fast as one after the other.",
            Measure::OfCores => "The speed-up, as a share of the number of cores.",
            Measure::StartUp => "From asking for the workers until the last of them runs.",
            Measure::Running => "The time that all lanes spent Running, added up.",
            Measure::Interval => "How long the GIL stays before it is given up for another thread, in the median.",
            Measure::Increment => "Take a lock, add one, release it.",
            Measure::HandOff => "Put an item into a queue, until another lane has it.",
            Measure::StartJoin => "Start one that does nothing, and wait for its end.",
        }
    }
}

impl Figure {
    /// Its name for programs: `wall.threads`.
    pub fn id(&self) -> String {
        format!("{}.{}", self.measure.name(), self.of)
    }
}
