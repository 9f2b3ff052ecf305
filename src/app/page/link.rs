//! The charts on the page, which have one time scale: what moves one moves the others.

use std::cell::RefCell;

use super::pair::Slot;
use super::stage::Stage;
use crate::trace::Nanos;

/// The charts on the page.
#[derive(Default)]
pub struct Link(RefCell<Vec<Member>>);

/// A way to a chart that does not keep it alive.
type Member = Box<dyn Fn() -> Option<Stage>>;

impl Link {
    /// Another chart is on the page, until it is gone. It shows what the others show.
    pub fn join(&self, stage: &Stage) {
        if let Some(other) = self.all().first() {
            stage.align(other);
        }
        self.0.borrow_mut().push(Box::new(stage.weak()));
    }

    /// The chart in this place.
    pub fn of(&self, slot: Slot) -> Option<Stage> {
        self.all().into_iter().find(|stage| stage.slot() == slot)
    }

    /// The other charts.
    pub fn others(&self, stage: &Stage) -> Vec<Stage> {
        let mut all = self.all();
        all.retain(|other| other.slot() != stage.slot());
        all
    }

    /// The longest of the other charts' runs.
    pub fn longest_beside(&self, stage: &Stage) -> Nanos {
        self.others(stage).iter().map(Stage::length).max().unwrap_or_default()
    }

    /// Has all of them drawn anew: one has come, or gone.
    pub fn ask(&self) {
        for stage in self.all() {
            stage.ask();
        }
    }

    fn all(&self) -> Vec<Stage> {
        let mut members = self.0.borrow_mut();
        let all: Vec<_> = members.iter().filter_map(|member| member()).collect();
        members.retain(|member| member().is_some());
        all
    }
}
