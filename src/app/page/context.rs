//! What the components of the page share: the session, the address, and the moment under the pointer.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use yew::Callback;

use super::browser;
use super::editing::Editing;
use super::link::LinkedCharts;
use super::listeners::Listeners;
use super::near::Nearness;
use super::pair::{Pair, Slot};
use super::service::Service;
use super::ticks::Ticks;
use crate::analysis::Stretch;
use crate::app::address::{self, Address, DemoAddress, Page, WriteAddress};
use crate::engine::{Phase, Session};
use crate::trace::{LaneId, Nanos};

/// A handle to what the components share. Clones are handles to the same.
#[derive(Clone)]
pub struct AppContext(Rc<Shared>);

/// What the components share.
pub struct Shared {
    /// The runs.
    pub session: Session,
    /// The service worker, which answers the requests of demos.
    pub service: Service,
    /// Notified when something in the session has changed, except the timeline.
    pub changes: Listeners,
    /// Notified from time to time during a run. All that moves on the page, apart from the chart, moves only then: each
    /// frame takes time from the lanes that are shown.
    pub ticks: Ticks,
    /// Notified when the reader points at another moment of the run.
    pub moments: Listeners,
    /// Notified when the page looks different: another theme, another screen.
    pub looks: Listeners,
    /// Notified right before the shown run is replaced.
    pub settling: Listeners,
    /// Two runs side by side.
    pub pair: Pair,
    /// The charts on the page.
    pub charts: LinkedCharts,
    /// How many runs there have been.
    pub(super) runs: Cell<u64>,
    /// How many were requested, or given up by leaving the page.
    pub(super) asked: Cell<u64>,
    /// At which of the reader's visits the last of them was requested.
    pub(super) asked_in: Cell<u64>,
    /// At which of them the shown run was started.
    pub(super) ran_in: Cell<u64>,
    /// How many times the reader has gone to an address.
    visits: Cell<u64>,
    moment: Cell<Option<Moment>>,
    router: RefCell<Option<Callback<Address>>>,
    /// The address of what is shown.
    hash: RefCell<String>,
    pub(super) nearness: Nearness,
    /// A recording is shown that was not requested.
    pub(super) previewing: Cell<bool>,
    /// A requested recording is being fetched.
    pub(super) fetching: Cell<bool>,
    complaints: RefCell<Option<Callback<String>>>,
    /// How many consoles are shown, in which a program can ask for a line.
    pub consoles: Cell<u32>,
    /// The program that the reader writes.
    pub editing: Editing,
}

/// A moment of a run that the reader points at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Which run.
    pub slot: Slot,
    /// When.
    pub time: Nanos,
    /// The lane that is pointed at, if it is one.
    pub lane: Option<LaneId>,
    /// Whether it is under the pointer; otherwise it is where a selection begins.
    pub hovered: bool,
}

impl Deref for AppContext {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl PartialEq for AppContext {
    fn eq(&self, other: &AppContext) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl AppContext {
    /// What components share, around a session; keeps the page state of the contract in step with it.
    pub fn new(session: Session) -> AppContext {
        let hash = browser::hash();
        let nearness = if address::parse(&hash).embedded { Nearness::watch(&session) } else { Nearness::here() };
        let app = AppContext(Rc::new(Shared {
            session: session.clone(),
            service: Service::start(nearness.reached()),
            changes: Listeners::default(),
            ticks: Ticks::new(&session),
            pair: Pair::default(),
            charts: LinkedCharts::default(),
            moments: Listeners::default(),
            looks: Listeners::default(),
            settling: Listeners::default(),
            runs: Cell::new(0),
            asked: Cell::new(0),
            asked_in: Cell::new(0),
            ran_in: Cell::new(0),
            fetching: Cell::new(false),
            visits: Cell::new(0),
            moment: Cell::new(None),
            router: RefCell::new(None),
            hash: RefCell::new(hash),
            nearness,
            previewing: Cell::new(false),
            complaints: RefCell::new(None),
            consoles: Cell::new(0),
            editing: Editing::default(),
        }));
        browser::set_root_data("weftMode", session.mode());
        browser::set_root_data("weftRun", session.phase().name());
        let weak = Rc::downgrade(&app.0);
        session.on_change(move || {
            if let Some(shared) = weak.upgrade() {
                let phase = shared.session.phase();
                let told = if shared.previewing.get() { Phase::Idle } else { phase };
                browser::set_root_data("weftRun", told.name());
                shared.ticks.go_on_while(phase.is_active());
                let asks = !shared.session.run().questions.is_empty();
                if asks && shared.consoles.get() == 0 {
                    // Nobody could answer.
                    shared.session.type_line(None);
                }
                shared.changes.tell();
            }
        });
        app
    }

    /// Shows the page at this address, as following a link does.
    pub fn go(&self, hash: &str) {
        let address = address::parse(hash);
        self.rewrite(hash, address.embedded, false);
        if let Some(router) = &*self.router.borrow() {
            router.emit(address);
        }
    }

    /// The reader goes to an address.
    pub fn visit(&self) {
        self.visits.set(self.visits.get() + 1);
    }

    /// How many times the reader has done so.
    pub fn visits(&self) -> u64 {
        self.visits.get()
    }

    /// The address of what is shown has changed; nothing else does.
    pub fn rewrite_address(&self, hash: &str) {
        if self.hash() != hash {
            self.rewrite(hash, address::parse(hash).embedded, true);
        }
    }

    /// The reader's browser has gone to the address that it shows.
    pub fn arrive(&self) -> Address {
        self.hash.replace(browser::hash());
        address::parse(&browser::hash())
    }

    /// The address of what is shown.
    pub fn hash(&self) -> String {
        self.hash.borrow().clone()
    }

    /// Whether what is shown is embedded in another page.
    pub fn is_embedded(&self) -> bool {
        self.hash.borrow().starts_with("#/embed")
    }

    /// The embedded demo that is shown, if the page is embedded.
    pub fn embedded(&self) -> Option<DemoAddress> {
        match address::parse(&self.hash()).page {
            Page::Demo(demo) if demo.embedded => Some(*demo),
            _ => None,
        }
    }

    /// The embedded page for the reader's own program, if that is shown.
    pub fn embedded_write(&self) -> Option<WriteAddress> {
        match address::parse(&self.hash()).page {
            Page::Write(write) if write.embedded => Some(*write),
            _ => None,
        }
    }

    /// In an embedded page, the address stays as the other page wrote it, and its history is left alone.
    fn rewrite(&self, hash: &str, embedded: bool, replace: bool) {
        self.hash.replace(hash.to_owned());
        if !embedded {
            write_history(hash, replace);
        }
    }

    /// Reports a problem to the page around this one, too.
    pub fn complain(&self, sentence: &str) {
        if let Some(complaints) = &*self.complaints.borrow() {
            complaints.emit(sentence.to_owned());
        }
    }

    /// Sets who is told of problems.
    pub fn set_complaints(&self, complaints: Callback<String>) {
        self.complaints.replace(Some(complaints));
    }

    /// How many runs there have been.
    pub fn runs(&self) -> u64 {
        self.runs.get()
    }

    /// Sets what shows the page at an address.
    pub fn set_router(&self, router: Callback<Address>) {
        self.router.replace(Some(router));
    }

    /// Shows these stretches of lanes in the chart of a run.
    pub fn show_spans(&self, slot: Slot, spans: &[Stretch]) {
        if let Some(stage) = self.charts.of(slot) {
            stage.show(spans);
        }
    }

    /// Chooses a moment of a lane in the chart of a run.
    pub fn choose_moment(&self, slot: Slot, lane: LaneId, time: Nanos) {
        if let Some(stage) = self.charts.of(slot) {
            stage.choose(lane, time);
        }
    }

    /// The moment that the reader points at, in a chart.
    pub fn moment(&self) -> Option<Moment> {
        self.moment.get()
    }

    /// The reader points at another moment of the run in this place, or no longer at any.
    pub fn set_moment(&self, slot: Slot, moment: Option<Moment>) {
        let before = self.moment.get();
        let stays = match (before, moment) {
            (Some(before), None) => before.slot != slot,
            // Pointing at one chart takes precedence over a selection in another.
            (Some(before), Some(new)) => before.slot != slot && before.hovered && !new.hovered,
            (None, _) => false,
        };
        if !stays && before != moment {
            self.moment.set(moment);
            self.moments.tell();
        }
    }
}

fn write_history(hash: &str, replace: bool) {
    let Ok(history) = browser::window().history() else { return };
    // Browsers refuse when asked too often; then the address lags behind until the next change.
    let _ = match replace {
        true => history.replace_state_with_url(&JsValue::NULL, "", Some(hash)),
        false => history.push_state_with_url(&JsValue::NULL, "", Some(hash)),
    };
}
