//! What the components of the page share: the session, the address, and the moment under the pointer.

use std::cell::{Cell, RefCell};
use std::ops::Deref;
use std::rc::Rc;

use wasm_bindgen::JsValue;
use yew::Callback;

use super::browser;
use super::link::Link;
use super::listeners::Listeners;
use super::near::Nearness;
use super::pair::{Pair, Slot};
use super::recorded;
use super::service::{self, Service};
use super::ticks::Ticks;
use crate::app::address::{self, Address, DemoAddress, Page};
use crate::app::words;
use crate::demos::{Demo, SpanRef};
use crate::engine::{Phase, Session, Settings};
use crate::trace::Nanos;

/// A handle on what the components share. Clones are handles on the same.
#[derive(Clone)]
pub struct Site(Rc<Shared>);

/// What the components share.
pub struct Shared {
    /// The runs.
    pub session: Session,
    /// Who answers the requests of demos.
    pub service: Service,
    /// Told when something of the session has changed, except the timeline.
    pub changes: Listeners,
    /// Told from time to time while a run goes on. All that moves on the page moves then, apart from the chart: each
    /// frame takes time from the lanes that are shown.
    pub ticks: Ticks,
    /// Told when the reader points at another moment of the run.
    pub moments: Listeners,
    /// Told when the page looks different: another theme, another screen.
    pub looks: Listeners,
    /// Told right before the shown run makes room for another.
    pub settling: Listeners,
    /// Two runs side by side.
    pub pair: Pair,
    /// The charts on the page.
    pub charts: Link,
    /// How many runs there have been.
    runs: Cell<u64>,
    /// How many were asked for, or given up by leaving the page.
    asked: Cell<u64>,
    /// Of which demo the last of them was.
    asked_demo: Cell<&'static str>,
    /// How often the reader has gone to an address.
    visits: Cell<u64>,
    moment: Cell<Option<Moment>>,
    router: RefCell<Option<Callback<Address>>>,
    /// The address of what is shown.
    hash: RefCell<String>,
    nearness: Nearness,
    /// A recording is shown that nobody has asked for.
    previewing: Cell<bool>,
    /// A recording is on its way that somebody has asked for.
    fetching: Cell<bool>,
    complaints: RefCell<Option<Callback<String>>>,
}

/// A moment of a run that the reader points at.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Moment {
    /// Of which run.
    pub slot: Slot,
    /// When.
    pub time: Nanos,
    /// Whether it is under the pointer; else it is where a selection begins.
    pub hovered: bool,
}

impl Deref for Site {
    type Target = Shared;
    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl PartialEq for Site {
    fn eq(&self, other: &Site) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

impl Site {
    /// Around a session; keeps the page state of the contract in step with it.
    pub fn new(session: Session) -> Site {
        let hash = browser::hash();
        let nearness = if address::parse(&hash).embedded { Nearness::watch(&session) } else { Nearness::here() };
        let site = Site(Rc::new(Shared {
            session: session.clone(),
            service: Service::start(nearness.reached()),
            changes: Listeners::default(),
            ticks: Ticks::new(&session),
            pair: Pair::default(),
            charts: Link::default(),
            moments: Listeners::default(),
            looks: Listeners::default(),
            settling: Listeners::default(),
            runs: Cell::new(0),
            asked: Cell::new(0),
            asked_demo: Cell::new(""),
            fetching: Cell::new(false),
            visits: Cell::new(0),
            moment: Cell::new(None),
            router: RefCell::new(None),
            hash: RefCell::new(hash),
            nearness,
            previewing: Cell::new(false),
            complaints: RefCell::new(None),
        }));
        browser::set_root_data("weftMode", session.mode());
        browser::set_root_data("weftRun", session.phase().name());
        let weak = Rc::downgrade(&site.0);
        session.on_change(move || {
            if let Some(shared) = weak.upgrade() {
                let phase = shared.session.phase();
                let told = if shared.previewing.get() { Phase::Idle } else { phase };
                browser::set_root_data("weftRun", told.name());
                shared.ticks.go_on_while(phase.is_active());
                shared.changes.tell();
            }
        });
        site
    }

    /// Starts a run, after the one before has been stopped and whoever waits for its result has it.
    ///
    /// # Errors
    /// A sentence, if it cannot start.
    pub async fn run(&self, settings: Settings) -> Result<(), String> {
        self.run_as(settings, false).await.map(|_| ())
    }

    /// The same, as the first of two or not; gives the number of the run.
    pub(super) async fn run_as(&self, settings: Settings, leading: bool) -> Result<u64, String> {
        self.nearness.used();
        if !words::can_run(settings.demo, self.session.live()) {
            return self.show_recording(settings, leading, false).await;
        }
        if let Some(sentence) = settings.demo.too_long(&settings.values, settings.speed) {
            return Err(sentence);
        }
        self.wait_for_service(settings.demo).await?;
        // Others may have been waiting for the same end, and have started a run of theirs by now.
        while self.session.phase().is_active() {
            self.session.stop();
            self.session.ended().await;
        }
        self.settling.tell();
        self.next_run();
        self.previewing.set(false);
        self.pair.set_leading(leading);
        self.session.start(settings)?;
        Ok(self.run_number())
    }

    /// Which run the session's is.
    pub fn run_number(&self) -> u64 {
        self.runs.get()
    }

    /// The session's run is another from now on.
    pub fn next_run(&self) {
        self.runs.set(self.runs.get() + 1);
    }

    /// Shows the nearest recording where the demo cannot run: `preview`, before anybody has asked for a run.
    async fn show_recording(&self, settings: Settings, leading: bool, preview: bool) -> Result<u64, String> {
        let number = self.ask(settings.demo);
        self.fetching.set(!preview);
        let recording = recorded::fetch(&settings).await;
        if self.asked.get() != number {
            return Err(words::OVERTAKEN.to_owned());
        }
        self.fetching.set(false);
        let recording = recording?;
        self.settling.tell();
        self.next_run();
        self.previewing.set(preview);
        self.pair.set_leading(leading);
        self.session.restore(recording);
        Ok(self.run_number())
    }

    /// Shows a recording as soon as the page is in view, unless something else is asked for before that.
    pub fn preview(&self, settings: Settings, failed: Callback<String>) {
        let (site, asked) = (self.clone(), self.asked.get());
        wasm_bindgen_futures::spawn_local(async move {
            site.nearness.reached().await;
            if site.asked.get() == asked
                && !site.fetching.get()
                && let Err(sentence) = site.show_recording(settings, false, true).await
                && sentence != words::OVERTAKEN
            {
                failed.emit(sentence);
            }
        });
    }

    /// Whether somebody has asked for the run that is shown.
    pub fn asked_for(&self) -> bool {
        !self.previewing.get()
    }

    /// Starts a run as soon as the page is in view, unless another is asked for before that.
    pub fn start_when_near(&self, settings: Settings, failed: Callback<String>) {
        let (site, runs) = (self.clone(), self.runs.get());
        wasm_bindgen_futures::spawn_local(async move {
            site.nearness.reached().await;
            if site.runs.get() == runs && !site.session.phase().is_active() {
                site.start(settings, failed);
            }
        });
    }

    /// A run of this demo is asked for; gives the number of the question.
    fn ask(&self, demo: &Demo) -> u64 {
        self.asked_demo.set(demo.id);
        self.fetching.set(false);
        self.asked.set(self.asked.get() + 1);
        self.asked.get()
    }

    /// An engine's requests go through the service worker only if it was there before the engine.
    async fn wait_for_service(&self, demo: &Demo) -> Result<(), String> {
        let number = self.ask(demo);
        if !service::wanted(demo) || self.service.is_settled() {
            return Ok(());
        }
        self.service.waiting.set(true);
        self.changes.tell();
        // Without one the demo runs too, and says so.
        let _ = self.service.settled().await;
        self.service.waiting.set(false);
        self.changes.tell();
        match self.asked.get() == number {
            true => Ok(()),
            false => Err(words::OVERTAKEN.to_owned()),
        }
    }

    /// Warms an engine up for these settings, once its requests would go where they should.
    pub fn prepare(&self, settings: Settings) {
        if !service::wanted(settings.demo) || self.service.is_settled() {
            return self.session.prepare(&settings);
        }
        let site = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let _ = site.service.settled().await;
            site.session.prepare(&settings);
        });
    }

    /// The page opens at this address. If a run begins there by itself, its engine starts while the page is built; a
    /// service worker that it needs may come later than that, and a comparison begins with another run.
    pub fn expect(&self, address: &DemoAddress) {
        let DemoAddress { demo, values, speed, autorun, compare, .. } = address;
        if *autorun && compare.is_none() && !service::wanted(demo) {
            self.session.prepare_now(&Settings { demo, values: values.clone(), speed: *speed });
        }
    }

    /// The reader has left this demo: its run is stopped and forgotten.
    pub fn leave(&self, demo: &'static str) {
        let site = self.clone();
        // Of the next demo a run may have been asked for already.
        if self.asked_demo.get() == demo {
            self.asked.set(self.asked.get() + 1);
            self.fetching.set(false);
        }
        if self.pinned().is_some_and(|pinned| pinned.settings.demo.id == demo) {
            self.plan(None);
        }
        let shown = move |site: &Site| site.session.settings().is_some_and(|settings| settings.demo.id == demo);
        if !shown(self) {
            return;
        }
        wasm_bindgen_futures::spawn_local(async move {
            if site.session.phase().is_active() {
                site.session.stop();
                site.session.ended().await;
            }
            // Meanwhile a run of another demo may have been started.
            if shown(&site) {
                site.settling.tell();
                site.next_run();
                site.session.clear();
            }
        });
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

    /// How often that was.
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

    /// Whether what is shown is a part of somebody else's page.
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

    /// In somebody else's page, the address stays as that page wrote it, and its history is left alone.
    fn rewrite(&self, hash: &str, embedded: bool, replace: bool) {
        self.hash.replace(hash.to_owned());
        if !embedded {
            write_history(hash, replace);
        }
    }

    /// Says what is wrong to the page around this one, too.
    pub fn complain(&self, sentence: &str) {
        if let Some(complaints) = &*self.complaints.borrow() {
            complaints.emit(sentence.to_owned());
        }
    }

    /// Who hears what is wrong.
    pub fn set_complaints(&self, complaints: Callback<String>) {
        self.complaints.replace(Some(complaints));
    }

    /// How many runs there have been.
    pub fn runs(&self) -> u64 {
        self.runs.get()
    }

    /// Who shows the page at an address.
    pub fn set_router(&self, router: Callback<Address>) {
        self.router.replace(Some(router));
    }

    /// Shows these stretches of lanes in the chart of a run.
    pub fn show_spans(&self, slot: Slot, spans: &[SpanRef]) {
        if let Some(stage) = self.charts.of(slot) {
            stage.show(spans);
        }
    }

    /// The moment that the reader points at, in a chart.
    pub fn moment(&self) -> Option<Moment> {
        self.moment.get()
    }

    /// The reader points at another moment of the run in this place, or no longer at any of it.
    pub fn set_moment(&self, slot: Slot, moment: Option<Moment>) {
        let before = self.moment.get();
        let stays = match (before, moment) {
            (Some(before), None) => before.slot != slot,
            // What is selected in one chart says less than what is pointed at in another.
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
