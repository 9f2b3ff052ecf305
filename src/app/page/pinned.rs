//! Two runs side by side on the page: which is where, pinning one, planning the first and running both.
//!
//! A pinned run cannot change: it is taken out of its session whole.

use std::rc::Rc;

use yew::Callback;

use super::context::AppContext;
use super::pair::{Pinned, RunView, Slot};
use crate::app::address::DemoAddress;
use crate::engine::Phase;
use crate::program::{Program, RunSpec};

impl AppContext {
    /// The first of two runs, if there are two.
    pub fn pinned(&self) -> Option<Pinned> {
        self.pair.pinned.borrow().clone()
    }

    /// The run that is shown in this place.
    pub fn run_in(&self, slot: Slot) -> RunView {
        let pinned = self.pair.pinned.borrow();
        let Some(pinned) = &*pinned else { return RunView::Live(self.session.clone()) };
        match (slot, &pinned.run) {
            (Slot::Pinned, Some(run)) => RunView::Kept(run.clone()),
            // While the first of two runs goes on, it is already in its final place.
            (slot, _) if (slot == Slot::Pinned) == self.pair.leading() => RunView::Live(self.session.clone()),
            _ => RunView::Nothing,
        }
    }

    /// Which run the panels below the charts show.
    pub fn shown_slot(&self) -> Slot {
        let nothing = self.run_in(Slot::Live).phase() == Phase::Idle;
        match self.pair.pinned.borrow().is_some() && nothing {
            true => Slot::Pinned,
            false => self.pair.chosen.get(),
        }
    }

    /// The run that the panels below the charts show.
    pub fn shown(&self) -> RunView {
        self.run_in(self.shown_slot())
    }

    /// A panel's title; while two runs are shown it says which one it shows, between `before` and `after`.
    pub fn titled(&self, alone: &'static str, before: &str, after: &str) -> String {
        match self.pinned() {
            None => alone.to_owned(),
            Some(_) => format!("{before} {} {after}", self.shown_slot().name().to_lowercase()).trim_end().to_owned(),
        }
    }

    /// The latest run: the session's, or otherwise the pinned one.
    pub fn latest(&self) -> RunView {
        match self.session.phase() {
            Phase::Idle => self.run_in(Slot::Pinned),
            _ => RunView::Live(self.session.clone()),
        }
    }

    /// Keeps what is pinned only if it is a run of this program.
    pub fn unplan(&self, program: &Program) {
        let stays = |pinned: &Pinned| pinned.run.is_some() && pinned.spec.program.id == program.id;
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

    /// Pins the session's run, if it has ended, in place of the previous one.
    pub fn pin(&self) {
        if self.session.phase().is_active() {
            return;
        }
        // A script that waits for its result gets it first.
        self.settling.tell();
        if let Some(run) = self.session.take()
            && let Some(spec) = run.spec.clone()
        {
            self.next_run();
            self.pair.set(Some(Pinned { spec, run: Some(Rc::new(run)) }));
            self.changes.tell();
        }
    }

    /// Shows a single run again: the second, or the pinned one if there is no second.
    pub fn unpin(&self) {
        let pinned = self.pair.pinned.take();
        self.pair.set(None);
        let run = pinned.and_then(|pinned| pinned.run).and_then(Rc::into_inner);
        if let Some(run) = run.filter(|_| self.session.phase() == Phase::Idle) {
            self.next_run();
            self.session.show(run);
        }
        self.changes.tell();
    }

    /// The address asks for this first run beside a second one, or for one run only.
    pub fn plan(&self, first: Option<RunSpec>) {
        let same = match (&first, &*self.pair.pinned.borrow()) {
            (None, None) => true,
            (Some(first), Some(Pinned { spec, run: Some(_) })) => first == spec,
            _ => false,
        };
        if !same {
            self.pair.set(first.map(|spec| Pinned { spec, run: None }));
            self.changes.tell();
        }
    }

    /// The address of what is shown, while the controls specify `form`.
    pub fn address(&self, base: &DemoAddress, form: &RunSpec) -> DemoAddress {
        let (spec, compare) = match self.pinned() {
            None => (form.clone(), None),
            Some(pinned) => (pinned.spec, Some(form.clone())),
        };
        DemoAddress { autorun: false, spec, compare, ..base.clone() }
    }

    /// Starts what the reader asks for: this run, after the first of two if that has not been made yet. `failed` is
    /// called with a sentence if something cannot start.
    pub fn start(&self, spec: RunSpec, failed: Callback<String>) {
        let app = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let done = match app.pinned() {
                Some(Pinned { spec: first, run: None }) => app.run_both(first, spec).await,
                _ => app.run(spec).await,
            };
            if let Err(sentence) = done {
                app.complain(&sentence);
                failed.emit(sentence);
            }
        });
    }

    async fn run_both(&self, first: RunSpec, second: RunSpec) -> Result<(), String> {
        if let Some(sentence) = first.too_long() {
            return Err(format!("Run 1: {sentence}"));
        }
        if let Some(sentence) = second.too_long() {
            return Err(format!("Run 2: {sentence}"));
        }
        let number = self.run_as(first.clone(), true).await?;
        self.session.ended().await;
        // It was stopped, and the other one with it; or something else is shown by now.
        let planned = self.pinned().is_some_and(|pinned| pinned.spec == first && pinned.run.is_none());
        if self.run_number() != number || self.session.phase() == Phase::Stopped || !planned {
            return Ok(());
        }
        self.pin();
        self.run(second).await
    }
}
