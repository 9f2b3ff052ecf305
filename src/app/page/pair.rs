//! Two runs side by side: the first is pinned to the page, the second is the session's.
//!
//! A run can be pinned once it has ended. An address may also ask for two runs, neither of which has been made yet:
//! then the first is planned, and Run makes both, one after the other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use crate::engine::{Phase, Session, ShownRun};
use crate::program::RunSpec;
use crate::timeline::Timeline;

/// A place for a run on the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slot {
    /// For the pinned run: run 1.
    Pinned,
    /// For the session's run: run 2 if there is a pinned one, otherwise the only one.
    #[default]
    Live,
}

impl Slot {
    /// What it is called while two runs are shown.
    pub fn name(self) -> &'static str {
        match self {
            Slot::Pinned => "Run 1",
            Slot::Live => "Run 2",
        }
    }

    /// For the ids of elements that both have.
    pub fn suffix(self) -> &'static str {
        match self {
            Slot::Pinned => "-1",
            Slot::Live => "",
        }
    }
}

/// What is pinned.
#[derive(Default)]
pub struct Pair {
    pub(super) pinned: RefCell<Option<Pinned>>,
    /// Changes whenever something here does.
    pub(super) version: Cell<u64>,
    /// The session's run is the first of two that were planned.
    pub(super) leading: Cell<bool>,
    /// Which run the reader wants in the panels below the charts.
    pub(super) chosen: Cell<Slot>,
}

/// The first of two runs.
#[derive(Clone)]
pub struct Pinned {
    /// What is or will be run.
    pub spec: RunSpec,
    /// The run; `None` while it is only planned.
    pub run: Option<Rc<ShownRun>>,
}

impl Pair {
    /// A number that changes whenever something is pinned, unpinned or chosen.
    pub fn version(&self) -> u64 {
        self.version.get()
    }

    /// Whether the session's run is the first of two.
    pub fn leading(&self) -> bool {
        self.leading.get()
    }

    /// The run that is about to start is the first of two, or is not.
    pub fn set_leading(&self, leading: bool) {
        self.leading.set(leading);
        self.chosen.set(Slot::Live);
        self.version.set(self.version.get() + 1);
    }

    pub(super) fn set(&self, pinned: Option<Pinned>) {
        self.pinned.replace(pinned);
        self.set_leading(false);
    }
}

/// A run in its place on the page.
#[derive(Clone)]
pub enum RunView {
    /// The session's.
    Live(Session),
    /// One that has ended and is kept.
    Kept(Rc<ShownRun>),
    /// None yet.
    Nothing,
}

impl RunView {
    /// Lets `look` look at it, as it is now.
    pub fn with<R>(&self, look: impl FnOnce(&ShownRun) -> R) -> R {
        match self {
            RunView::Live(session) => look(&session.run()),
            RunView::Kept(run) => look(run),
            RunView::Nothing => look(&ShownRun::default()),
        }
    }

    /// Where it is.
    pub fn phase(&self) -> Phase {
        self.with(|run| run.phase)
    }

    /// What is or was run.
    pub fn spec(&self) -> Option<RunSpec> {
        self.with(|run| run.spec.clone())
    }

    /// Lets `look` look at its timeline.
    pub fn with_timeline<R>(&self, look: impl FnOnce(&Timeline) -> R) -> R {
        self.with(|run| look(run.timeline()))
    }

    /// Which run it is, given the number of the session's run, and how far its timeline has got: other numbers mean
    /// something new to draw.
    pub fn version(&self, number: u64) -> ((u8, u64), u64) {
        match self {
            RunView::Live(session) => ((0, number), session.timeline_version()),
            RunView::Kept(run) => ((1, Rc::as_ptr(run) as u64), 0),
            RunView::Nothing => ((2, 0), 0),
        }
    }
}
