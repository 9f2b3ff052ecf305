//! Two runs side by side: the first is pinned to the page, the second is the session's.
//!
//! A run can be pinned once it has ended. An address may also ask for two runs of which none was made yet: then the
//! first is planned, and Run makes both, one after the other.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use yew::Callback;

use super::site::Site;
use crate::app::address::DemoAddress;
use crate::demos::{Demo, Observation, Status};
use crate::engine::{Delivery, Phase, Problem, Recording, Session, Settings};
use crate::timeline::Timeline;
use crate::trace::Nanos;

/// A place for a run on the page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Slot {
    /// Of the pinned run: run 1.
    Pinned,
    /// Of the session's run: run 2 if there is a pinned one, else the only one.
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

    /// For ids of elements that both have.
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
    pinned: RefCell<Option<Pinned>>,
    /// Changes whenever something here does.
    version: Cell<u64>,
    /// The session's run is the first of two that were planned.
    leading: Cell<bool>,
    /// Which run the reader wants in the panels below the charts.
    chosen: Cell<Slot>,
}

/// The first of two runs.
#[derive(Clone)]
pub struct Pinned {
    /// What is or will be run.
    pub settings: Settings,
    /// The run; none while it is only planned.
    pub recording: Option<Rc<Recording>>,
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

    fn set(&self, pinned: Option<Pinned>) {
        self.pinned.replace(pinned);
        self.set_leading(false);
    }
}

impl Site {
    /// The first of two runs, if there are two.
    pub fn pinned(&self) -> Option<Pinned> {
        self.pair.pinned.borrow().clone()
    }

    /// The run that is shown in this place.
    pub fn run_in(&self, slot: Slot) -> RunView {
        let pinned = self.pair.pinned.borrow();
        let Some(pinned) = &*pinned else { return RunView::Live(self.session.clone()) };
        match (slot, &pinned.recording) {
            (Slot::Pinned, Some(recording)) => RunView::Kept(recording.clone()),
            // While the first of two runs goes on, it is where it will be once it is over.
            (slot, _) if (slot == Slot::Pinned) == self.pair.leading() => RunView::Live(self.session.clone()),
            _ => RunView::Nothing,
        }
    }

    /// Which run the panels below the charts are of.
    pub fn shown_slot(&self) -> Slot {
        let nothing = self.run_in(Slot::Live).phase() == Phase::Idle;
        match self.pair.pinned.borrow().is_some() && nothing {
            true => Slot::Pinned,
            false => self.pair.chosen.get(),
        }
    }

    /// The run that the panels below the charts are of.
    pub fn shown(&self) -> RunView {
        self.run_in(self.shown_slot())
    }

    /// A panel's title; while two runs are shown it says of which it is, between `before` and `after`.
    pub fn titled(&self, alone: &'static str, before: &str, after: &str) -> String {
        match self.pinned() {
            None => alone.to_owned(),
            Some(_) => format!("{before} {} {after}", self.shown_slot().name().to_lowercase()).trim_end().to_owned(),
        }
    }

    /// The latest run that there is: the session's, or else the pinned one.
    pub fn latest(&self) -> RunView {
        match self.session.phase() {
            Phase::Idle => self.run_in(Slot::Pinned),
            _ => RunView::Live(self.session.clone()),
        }
    }

    /// Keeps what is pinned only if it is a run of this demo.
    pub fn unplan(&self, demo: &Demo) {
        let stays = |pinned: &Pinned| pinned.recording.is_some() && pinned.settings.demo.id == demo.id;
        if !self.pinned().as_ref().is_none_or(stays) {
            self.plan(None);
        }
    }

    /// The reader wants this run in the panels below the charts.
    pub fn choose(&self, slot: Slot) {
        self.pair.chosen.set(slot);
        self.pair.version.set(self.pair.version.get() + 1);
        self.changes.tell();
    }

    /// Pins the session's run, if it has ended, in the place of the one before.
    pub fn pin(&self) {
        if self.session.phase().is_active() {
            return;
        }
        // Whoever waits for its result gets it first.
        self.settling.tell();
        if let Some(recording) = self.session.take() {
            self.next_run();
            let settings = recording.settings.clone();
            self.pair.set(Some(Pinned { settings, recording: Some(Rc::new(recording)) }));
            self.changes.tell();
        }
    }

    /// Shows one run again: the second, or the pinned one where there is no second.
    pub fn unpin(&self) {
        let pinned = self.pair.pinned.take();
        self.pair.set(None);
        let recording = pinned.and_then(|pinned| pinned.recording).and_then(Rc::into_inner);
        if let Some(recording) = recording.filter(|_| self.session.phase() == Phase::Idle) {
            self.next_run();
            self.session.restore(recording);
        }
        self.changes.tell();
    }

    /// The address asks for this first run beside a second one, or for one run only.
    pub fn plan(&self, first: Option<Settings>) {
        let same = match (&first, &*self.pair.pinned.borrow()) {
            (None, None) => true,
            (Some(first), Some(Pinned { settings, recording: Some(_) })) => first == settings,
            _ => false,
        };
        if !same {
            self.pair.set(first.map(|settings| Pinned { settings, recording: None }));
            self.changes.tell();
        }
    }

    /// The address of what is shown, where the controls say `form`.
    pub fn address(&self, base: &DemoAddress, form: &Settings) -> DemoAddress {
        let mut address = DemoAddress { autorun: false, compare: None, ..base.clone() };
        (address.values, address.speed) = (form.values.clone(), form.speed);
        if let Some(pinned) = self.pinned() {
            address.compare = Some((address.values, address.speed));
            (address.values, address.speed) = (pinned.settings.values, pinned.settings.speed);
        }
        address
    }

    /// Starts what the reader asks for: this run, after the first of two if that was not made yet. `failed` gets a
    /// sentence if something cannot start.
    pub fn start(&self, settings: Settings, failed: Callback<String>) {
        let site = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let done = match site.pinned() {
                Some(Pinned { settings: first, recording: None }) => site.run_both(first, settings).await,
                _ => site.run(settings).await,
            };
            if let Err(sentence) = done {
                site.complain(&sentence);
                failed.emit(sentence);
            }
        });
    }

    async fn run_both(&self, first: Settings, second: Settings) -> Result<(), String> {
        if let Some(sentence) = first.demo.too_long(&first.values, first.speed) {
            return Err(format!("Run 1: {sentence}"));
        }
        if let Some(sentence) = second.demo.too_long(&second.values, second.speed) {
            return Err(format!("Run 2: {sentence}"));
        }
        let number = self.run_as(first.clone(), true).await?;
        self.session.ended().await;
        // It was stopped, and the other one with it; or something else is shown by now.
        let planned = self.pinned().is_some_and(|pinned| pinned.settings == first && pinned.recording.is_none());
        if self.run_number() != number || self.session.phase() == Phase::Stopped || !planned {
            return Ok(());
        }
        self.pin();
        self.run(second).await
    }
}

/// A run in its place on the page.
#[derive(Clone)]
pub enum RunView {
    /// The session's.
    Live(Session),
    /// One that has ended, and is kept.
    Kept(Rc<Recording>),
    /// None yet.
    Nothing,
}

impl RunView {
    /// Where it is.
    pub fn phase(&self) -> Phase {
        match self {
            RunView::Live(session) => session.phase(),
            RunView::Kept(recording) => recording.phase,
            RunView::Nothing => Phase::Idle,
        }
    }

    /// How it ended, if it has.
    pub fn status(&self) -> Option<Status> {
        match self.phase() {
            Phase::Finished => Some(Status::Finished),
            Phase::Failed => Some(Status::Failed),
            Phase::Stopped => Some(Status::Stopped),
            Phase::Idle | Phase::Starting | Phase::Running => None,
        }
    }

    /// What is or was run.
    pub fn settings(&self) -> Option<Settings> {
        match self {
            RunView::Live(session) => session.settings(),
            RunView::Kept(recording) => Some(recording.settings.clone()),
            RunView::Nothing => None,
        }
    }

    /// Why it failed.
    pub fn problem(&self) -> Option<Problem> {
        match self {
            RunView::Live(session) => session.problem(),
            RunView::Kept(recording) => recording.problem.clone(),
            RunView::Nothing => None,
        }
    }

    /// What can be seen in it.
    pub fn observations(&self) -> Vec<Observation> {
        match self {
            RunView::Live(session) => session.observations(),
            RunView::Kept(recording) => recording.observations.clone(),
            RunView::Nothing => Vec::new(),
        }
    }

    /// The time in it; once it has ended, its length.
    pub fn elapsed(&self) -> Nanos {
        match self {
            RunView::Live(session) => session.elapsed(),
            RunView::Kept(recording) => recording.elapsed,
            RunView::Nothing => Nanos::ZERO,
        }
    }

    /// Where and when it was recorded, if it did not run here.
    pub fn recorded(&self) -> Option<String> {
        match self {
            RunView::Live(session) => session.recorded(),
            RunView::Kept(recording) => recording.recorded.clone(),
            RunView::Nothing => None,
        }
    }

    /// How its trace arrived.
    pub fn delivery(&self) -> Delivery {
        match self {
            RunView::Live(session) => session.delivery(),
            RunView::Kept(recording) => recording.delivery,
            RunView::Nothing => Delivery::default(),
        }
    }

    /// Which run it is, and how far its timeline has come: other numbers mean something new to draw.
    pub fn version(&self, site: &Site) -> ((u8, u64), u64) {
        match self {
            RunView::Live(session) => ((0, site.run_number()), session.timeline_version()),
            RunView::Kept(recording) => ((1, Rc::as_ptr(recording) as u64), 0),
            RunView::Nothing => ((2, 0), 0),
        }
    }

    /// Lets `body` look at its timeline.
    pub fn with_timeline<R>(&self, body: impl FnOnce(&Timeline) -> R) -> R {
        let (live, nothing);
        let timeline: &Timeline = match self {
            RunView::Live(session) => {
                live = session.timeline();
                &live
            }
            RunView::Kept(recording) => &recording.timeline,
            RunView::Nothing => {
                nothing = Timeline::default();
                &nothing
            }
        };
        body(timeline)
    }
}
