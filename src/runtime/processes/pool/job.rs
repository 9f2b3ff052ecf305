//! What was asked of a crew: its results as they come, and who is to be told. It knows neither workers nor channels.

use std::sync::Arc;

use super::worker::Outcome;

/// What became of one of a job's tasks: packed results, or an error.
pub(super) type Part = Result<Arc<Vec<Vec<u8>>>, String>;

/// What became of a whole job: the parts' results, or why there are none.
pub(in crate::runtime::processes) type Answer = Result<Vec<Arc<Vec<Vec<u8>>>>, String>;

/// Called with the answer by the lane that takes the last result off the queue.
pub(super) type Callback = Box<dyn FnOnce(&Answer) + Send>;

/// Some calls that were asked for together.
pub(in crate::runtime::processes) struct Job {
    /// By their places.
    parts: Vec<Option<Part>>,
    /// The places of those that have come, in that order.
    came: Vec<usize>,
    left: usize,
    /// The error that came first.
    error: Option<String>,
    /// Why nothing more will come.
    pub(super) end: Option<String>,
    /// Its slot is used to cancel it. It has one task.
    pub(super) cancellable: bool,
    pub(super) slot: Option<u32>,
    pub(super) cancelled: bool,
    pub(super) callbacks: Vec<Callback>,
    /// Nothing is left to come, and whoever wanted to be called has been: after so many other jobs.
    pub(super) told: Option<u64>,
    /// Somebody may still ask for its results.
    pub(super) held: bool,
}

impl Job {
    /// A job of so many tasks.
    pub(super) fn new(tasks: usize, cancellable: bool) -> Job {
        Job {
            parts: vec![None; tasks],
            came: Vec::new(),
            left: tasks,
            error: None,
            end: None,
            cancellable,
            slot: None,
            cancelled: false,
            callbacks: Vec::new(),
            told: None,
            held: true,
        }
    }

    /// This became of a task.
    pub(super) fn take_in(&mut self, place: usize, outcome: Outcome) {
        if let Err(error) = &outcome {
            self.error.get_or_insert_with(|| error.clone());
        }
        self.parts[place] = Some(outcome.map(Arc::new));
        self.came.push(place);
        self.left -= 1;
    }

    /// Nothing more will come.
    pub(super) fn end(&mut self, why: &str) {
        self.end = Some(why.to_owned());
        self.left = 0;
    }

    /// Whether nothing more will come.
    pub(super) fn is_over(&self) -> bool {
        self.left == 0
    }

    /// Whether those who wait for it have been told, and after how many other jobs.
    pub(in crate::runtime::processes) fn told(&self) -> Option<u64> {
        self.told
    }

    pub(in crate::runtime::processes) fn is_told(&self) -> bool {
        self.told.is_some()
    }

    pub(in crate::runtime::processes) fn is_cancelled(&self) -> bool {
        self.cancelled
    }

    /// Whether a call has failed, or nothing more will come, but not because it was cancelled.
    pub(in crate::runtime::processes) fn has_failed(&self) -> bool {
        !self.cancelled && (self.error.is_some() || self.end.is_some())
    }

    pub(super) fn tasks(&self) -> usize {
        self.parts.len()
    }

    /// The part with this place, or the one that came at this place in time, if it has come.
    pub(super) fn part(&self, number: usize, unordered: bool) -> Option<&Part> {
        let place = if unordered { *self.came.get(number)? } else { number };
        self.parts[place].as_ref()
    }

    /// What became of it, once it is over.
    pub(super) fn answer(&self) -> Answer {
        match self.end.as_ref().or(self.error.as_ref()) {
            Some(error) => Err(error.clone()),
            None => self.parts.iter().flatten().cloned().collect(),
        }
    }
}
