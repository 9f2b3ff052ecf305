//! The charts on the page, which have one time scale: what moves one moves the others. Knows no charts, only what each
//! of them can do.

use std::cell::RefCell;
use std::rc::Rc;

use super::pair::Slot;
use crate::analysis::Stretch;
use crate::chart::Chart;
use crate::trace::{LaneId, Nanos};

/// A chart on the page, as the others see it.
pub trait Linked {
    /// Whose run it shows.
    fn slot(&self) -> Slot;
    /// How long its run is so far.
    fn length(&self) -> Nanos;
    /// Requests another frame: something has changed.
    fn ask(&self);
    /// Shows the same times as another chart does.
    fn align(&self, other: &Chart);
    /// Lets `look` look at what it shows.
    fn look(&self, look: &mut dyn FnMut(&Chart));
    /// Shows these stretches of lanes.
    fn show(&self, spans: &[Stretch]);
    /// Chooses a moment of a lane.
    fn choose(&self, lane: LaneId, time: Nanos);
}

/// The charts on the page.
#[derive(Default)]
pub struct LinkedCharts(RefCell<Vec<Member>>);

/// Access to a chart, without keeping it alive.
pub type Member = Box<dyn Fn() -> Option<Rc<dyn Linked>>>;

impl LinkedCharts {
    /// Adds a chart, for as long as it exists. It shows the same times as the others.
    pub fn join(&self, member: Member) {
        if let (Some(other), Some(chart)) = (self.all().first(), member()) {
            other.look(&mut |shown| chart.align(shown));
        }
        self.0.borrow_mut().push(member);
    }

    /// The chart in this place.
    pub fn of(&self, slot: Slot) -> Option<Rc<dyn Linked>> {
        self.all().into_iter().find(|chart| chart.slot() == slot)
    }

    /// The charts in other places.
    pub fn others(&self, slot: Slot) -> Vec<Rc<dyn Linked>> {
        let mut all = self.all();
        all.retain(|other| other.slot() != slot);
        all
    }

    /// The longest of the runs in other places.
    pub fn longest_beside(&self, slot: Slot) -> Nanos {
        self.others(slot).iter().map(|chart| chart.length()).max().unwrap_or_default()
    }

    /// Has all of them redrawn: one has been added or removed.
    pub fn ask(&self) {
        for chart in self.all() {
            chart.ask();
        }
    }

    fn all(&self) -> Vec<Rc<dyn Linked>> {
        let mut members = self.0.borrow_mut();
        let all: Vec<_> = members.iter().filter_map(|member| member()).collect();
        members.retain(|member| member().is_some());
        all
    }
}
