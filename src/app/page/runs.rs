//! The runs of the page: which was requested last, what it waits for, and leaving it.

use yew::Callback;

use super::context::AppContext;
use super::fetch;
use super::service;
use crate::app::address::DemoAddress;
use crate::app::words;
use crate::program::{Program, RunSpec};

impl AppContext {
    /// Starts a run, after the previous one has been stopped and a script that waits for its result has got it.
    ///
    /// # Errors
    /// A sentence, if it cannot start.
    pub async fn run(&self, spec: RunSpec) -> Result<(), String> {
        self.run_as(spec, false).await.map(|_| ())
    }

    /// The same, as the first of two or not; returns the number of the run.
    pub(super) async fn run_as(&self, spec: RunSpec, leading: bool) -> Result<u64, String> {
        self.nearness.used();
        if !words::can_run(spec.program, self.session.live()) {
            return self.show_recording(spec, leading, false).await;
        }
        if let Some(sentence) = spec.too_long() {
            return Err(sentence);
        }
        self.wait_for_service(spec.program).await?;
        // Others may have waited for the same end and have started their own run by now.
        while self.session.phase().is_active() {
            self.session.stop();
            self.session.ended().await;
        }
        self.settling.tell();
        self.next_run();
        self.previewing.set(false);
        self.pair.set_leading(leading);
        self.session.start(spec)?;
        Ok(self.run_number())
    }

    /// The number of the session's run.
    pub fn run_number(&self) -> u64 {
        self.runs.get()
    }

    /// The session has a new run from now on.
    pub fn next_run(&self) {
        self.runs.set(self.runs.get() + 1);
        self.ran_in.set(self.visits());
    }

    /// Shows the nearest recording if the program cannot run; as a `preview`, if no run has been requested.
    async fn show_recording(&self, spec: RunSpec, leading: bool, preview: bool) -> Result<u64, String> {
        let number = self.ask();
        self.fetching.set(!preview);
        let recording = fetch::recording(&spec).await;
        if self.asked.get() != number {
            return Err(words::OVERTAKEN.to_owned());
        }
        self.fetching.set(false);
        let recording = recording?;
        self.settling.tell();
        self.next_run();
        self.previewing.set(preview);
        self.pair.set_leading(leading);
        self.session.show(recording);
        Ok(self.run_number())
    }

    /// Shows a recording as soon as the page is in view, unless something else is requested before that.
    pub fn preview(&self, spec: RunSpec, failed: Callback<String>) {
        let (app, asked) = (self.clone(), self.asked.get());
        wasm_bindgen_futures::spawn_local(async move {
            app.nearness.reached().await;
            if app.asked.get() == asked
                && !app.fetching.get()
                && let Err(sentence) = app.show_recording(spec, false, true).await
                && sentence != words::OVERTAKEN
            {
                failed.emit(sentence);
            }
        });
    }

    /// Whether the run that is shown was requested.
    pub fn asked_for(&self) -> bool {
        !self.previewing.get()
    }

    /// Starts a run as soon as the page is in view, unless another is requested before that.
    pub fn start_when_near(&self, spec: RunSpec, failed: Callback<String>) {
        let (app, runs) = (self.clone(), self.runs.get());
        wasm_bindgen_futures::spawn_local(async move {
            app.nearness.reached().await;
            if app.runs.get() == runs && !app.session.phase().is_active() {
                app.start(spec, failed);
            }
        });
    }

    /// A run is requested; returns the number of the request.
    fn ask(&self) -> u64 {
        self.asked_in.set(self.visits());
        self.fetching.set(false);
        self.asked.set(self.asked.get() + 1);
        self.asked.get()
    }

    /// An engine's requests go through the service worker only if it was there before the engine.
    async fn wait_for_service(&self, program: &Program) -> Result<(), String> {
        let number = self.ask();
        if !service::wanted(program) || self.service.is_settled() {
            return Ok(());
        }
        self.service.waiting.set(true);
        self.changes.tell();
        // The program runs without one, too, and the page says so.
        let _ = self.service.settled().await;
        self.service.waiting.set(false);
        self.changes.tell();
        match self.asked.get() == number {
            true => Ok(()),
            false => Err(words::OVERTAKEN.to_owned()),
        }
    }

    /// Warms an engine up for this run, once its requests would go through the service worker.
    pub fn prepare(&self, spec: RunSpec) {
        if !service::wanted(spec.program) || self.service.is_settled() {
            return self.session.prepare(&spec);
        }
        let app = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            let _ = app.service.settled().await;
            app.session.prepare(&spec);
        });
    }

    /// The page opens at this address. If that starts a run by itself, its engine starts while the page is built,
    /// unless it needs a service worker, which may come later than that, or is a comparison, which begins with another
    /// run.
    pub fn expect(&self, address: &DemoAddress) {
        let DemoAddress { spec, autorun, compare, .. } = address;
        if *autorun && compare.is_none() && !service::wanted(spec.program) {
            self.session.prepare_now(spec);
        }
    }

    /// The reader has left this program: its run is stopped and forgotten.
    pub fn leave(&self, program: &'static str) {
        // What was requested or started since then belongs to the next page, which may show the same program.
        let visit = self.visits();
        if self.asked_in.get() < visit {
            self.asked.set(self.asked.get() + 1);
            self.fetching.set(false);
        }
        if self.pinned().is_some_and(|pinned| pinned.spec.program.id == program) {
            self.plan(None);
        }
        let left = move |app: &AppContext| app.ran_in.get() < visit && app.session.spec().is_some();
        if !left(self) {
            return;
        }
        let app = self.clone();
        wasm_bindgen_futures::spawn_local(async move {
            if left(&app) && app.session.phase().is_active() {
                app.session.stop();
                app.session.ended().await;
            }
            if left(&app) {
                app.settling.tell();
                app.next_run();
                app.session.clear();
            }
        });
    }
}
