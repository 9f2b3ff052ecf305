//! The runs of a window: one at a time, each on an engine of its own.
//!
//! Starting and stopping them, and receiving what they send; `decoding` makes a timeline of what arrives. While the
//! page is idle, the engine for the next run is warmed up.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use gloo_events::EventListener;
use gloo_timers::callback::{Interval, Timeout};

use super::changes::Changes;
use super::client::{Engine, Heard, Wants};
use super::given::GivenFile;
use super::protocol::FromEngine;
use super::run::{Judge, Outcome, Phase, Problem, ShownRun};
use super::warm::Warm;
use crate::program::{Language, Need, RunSpec};
use crate::runtime::disk::Change;
use crate::runtime::host::cores;
use crate::runtime::host::web::{isolated, sandboxed};
use crate::runtime::input::Question;
use crate::trace::{Ending, Event, EventKind, LaneId, Nanos};

/// Milliseconds after which an engine that is not up is given up.
const WATCHDOG: u32 = 8_000;

/// The same for one that fetches its interpreter first, since more of that has arrived.
const WATCHDOG_OF_PYTHON: u32 = 60_000;

/// Milliseconds that an engine has to say why it died.
const LAST_WORDS: u32 = 250;

/// Milliseconds from Run to the start on an engine that is ready: by then the page has done its work for a new run,
/// before the lanes want the cores.
const BEGIN_AFTER: u32 = 20;

/// The runs of a window. Clones are handles to the same session.
#[derive(Clone)]
pub struct Session(pub(super) Rc<Inner>);

pub(super) struct Inner {
    pub(super) judge: Judge,
    /// The run that is shown: the only place where it is kept.
    pub(super) run: RefCell<ShownRun>,
    pub(super) engine: RefCell<Option<Rc<Engine>>>,
    /// The files that the reader's programs find.
    given: RefCell<Vec<GivenFile>>,
    /// What the current run wants of its engine.
    wants: Cell<Option<Wants>>,
    retried: Cell<bool>,
    watchdog: RefCell<Option<Timeout>>,
    beginning: RefCell<Option<Timeout>>,
    dying: RefCell<Option<Timeout>>,
    warm: Warm,
    pub(super) version: Cell<u64>,
    pub(super) pumping: RefCell<Option<Timeout>>,
    /// When decoding last came to an end, in milliseconds.
    pub(super) pumped: Cell<f64>,
    pub(super) looking: RefCell<Option<Timeout>>,
    pub(super) watching: RefCell<Option<(Option<EventListener>, Interval)>>,
    pub(super) changes: Changes,
}

impl Session {
    /// No run yet. `judge` says what can be seen in one that has ended.
    pub fn new(judge: Judge) -> Session {
        Session(Rc::new(Inner {
            judge,
            run: RefCell::default(),
            engine: RefCell::default(),
            given: RefCell::default(),
            wants: Cell::default(),
            retried: Cell::default(),
            watchdog: RefCell::default(),
            beginning: RefCell::default(),
            dying: RefCell::default(),
            warm: Warm::default(),
            version: Cell::default(),
            pumping: RefCell::default(),
            pumped: Cell::default(),
            looking: RefCell::default(),
            watching: RefCell::default(),
            changes: Changes::default(),
        }))
    }

    /// Whether threads can start in this page.
    pub fn live(&self) -> bool {
        // A sandboxed page may be isolated, but the pool's workers do not start there.
        isolated() && !sandboxed()
    }

    /// `live`, or `recorded` where threads cannot start; part of the contract.
    pub fn mode(&self) -> &'static str {
        if self.live() { "live" } else { "recorded" }
    }

    /// Calls `listener` soon after anything but the timeline has changed.
    pub fn on_change(&self, listener: impl Fn() + 'static) {
        self.0.changes.listen(listener);
    }

    /// Warms an engine up for this run, soon, unless a run is going on or the page is hidden.
    pub fn prepare(&self, spec: &RunSpec) {
        if let Some(wants) = self.wants(spec) {
            self.0.warm.soon(wants);
        }
    }

    /// The same, at once: this run is about to begin.
    pub fn prepare_now(&self, spec: &RunSpec) {
        if let Some(wants) = self.wants(spec) {
            self.0.warm.now(wants);
        }
    }

    /// What to warm an engine up for; `None` while a run is going on, after which an engine is warmed up anyway, or if
    /// this run could not start.
    fn wants(&self, spec: &RunSpec) -> Option<Wants> {
        let warms = !self.phase().is_active() && self.check(spec).is_ok();
        warms.then(|| Wants::of(spec))
    }

    /// Ends what is warmed up, and warms nothing up from now on. A current run goes on.
    pub fn rest(&self) {
        self.0.warm.rest();
    }

    /// Warms engines up again. False if it already did.
    pub fn wake(&self) -> bool {
        self.0.warm.wake()
    }

    /// Starts a run; stops the previous one.
    ///
    /// # Errors
    /// A sentence, if it would take too long, or cannot run in this page. Then nothing has changed.
    pub fn start(&self, spec: RunSpec) -> Result<(), String> {
        self.check(&spec)?;
        self.stop();
        self.settle();
        let wants = Wants::of(&spec);
        let warm = self.0.warm.take(&wants);
        self.0.retried.set(false);
        self.replace(ShownRun::starting(spec));
        self.take_engine(warm, wants);
        Ok(())
    }

    /// Ends the run, whatever it is doing. What it recorded is kept.
    pub fn stop(&self) {
        if !self.phase().is_active() || self.0.run.borrow().outcome.is_some() {
            return;
        }
        self.0.watchdog.replace(None);
        let time = self.0.engine.borrow().as_ref().map_or(Nanos::ZERO, |engine| engine.now());
        self.end(Outcome { phase: Phase::Stopped, time, problem: None, exit: None });
    }

    /// The files that the reader's programs find when they begin, from the next run on.
    pub fn give(&self, files: Vec<GivenFile>) {
        self.0.given.replace(files);
        self.0.changes.tell_soon();
    }

    /// The files that the reader's programs find when they begin.
    pub fn given(&self) -> Vec<GivenFile> {
        self.0.given.borrow().clone()
    }

    /// The reader has typed a line for the program; without one, there will be no more.
    pub fn type_line(&self, line: Option<String>) {
        let ended = line.is_none();
        if let Some(engine) = &*self.0.engine.borrow() {
            engine.typed(line);
        }
        {
            let questions = &mut self.0.run.borrow_mut().questions;
            questions.pop_front();
            if ended {
                questions.clear();
            }
        }
        self.0.changes.tell_soon();
    }

    /// The run, as it is now; to be released at once, since it grows.
    pub fn run(&self) -> Ref<'_, ShownRun> {
        if self.phase() == Phase::Running {
            let now = self.now();
            // If it is borrowed already, it has been advanced already.
            if let Ok(mut run) = self.0.run.try_borrow_mut() {
                run.advance(now);
            }
        }
        self.0.run.borrow()
    }

    /// Where the run is.
    pub fn phase(&self) -> Phase {
        self.0.run.borrow().phase
    }

    /// What is or was run.
    pub fn spec(&self) -> Option<RunSpec> {
        self.0.run.borrow().spec.clone()
    }

    /// The time in the run; once it has ended, its length.
    pub(super) fn now(&self) -> Nanos {
        match (self.phase(), &*self.0.engine.borrow()) {
            (Phase::Running, Some(engine)) => engine.now(),
            _ => self.0.run.borrow().elapsed,
        }
    }

    /// Whether the lanes leave no core for the page, so that whatever it does now takes time from them.
    pub fn is_crowded(&self) -> bool {
        let run = self.0.run.borrow();
        run.phase == Phase::Running && run.timeline().at_work() >= cores()
    }

    /// A number that changes with the timeline. (The present moves on without it.)
    pub fn timeline_version(&self) -> u64 {
        self.0.version.get()
    }

    /// Completes when no run is going on.
    pub async fn ended(&self) {
        if self.phase().is_active() {
            self.0.changes.ended().await;
        }
    }

    /// Stops the run and forgets it.
    pub fn clear(&self) {
        self.show(ShownRun::default());
    }

    /// Takes the run out of the session, if one has ended; the session then has none.
    pub fn take(&self) -> Option<ShownRun> {
        let run = self.0.run.borrow();
        if run.phase.is_active() || run.spec.is_none() {
            return None;
        }
        drop(run);
        Some(self.replace(ShownRun::default()))
    }

    /// Shows a run that has ended, such as one that was taken out before; stops and forgets the current one.
    pub fn show(&self, run: ShownRun) {
        self.stop();
        self.settle();
        self.replace(run);
    }

    /// Replaces the run, which is not going on; returns the old one.
    fn replace(&self, run: ShownRun) -> ShownRun {
        self.0.looking.take();
        self.0.watching.take();
        let before = self.0.run.replace(run);
        self.0.version.set(self.0.version.get() + 1);
        self.0.changes.tell_soon();
        before
    }

    /// A sentence, if a run cannot start.
    fn check(&self, spec: &RunSpec) -> Result<(), String> {
        if let Some(sentence) = spec.too_long() {
            return Err(sentence);
        }
        if spec.needs(Need::Isolation) && !self.live() {
            return Err("Threads cannot start in this page: it is not cross-origin isolated.".to_owned());
        }
        Ok(())
    }

    /// Begins a run on this engine, or on a new one.
    fn take_engine(&self, warm: Option<Rc<Engine>>, wants: Wants) {
        let session = self.clone();
        let listener = move |heard| session.hear(heard);
        let engine = match warm {
            Some(engine) => {
                engine.set_listener(listener);
                Ok(engine)
            }
            None => Engine::start(wants, listener),
        };
        match engine {
            Ok(engine) => {
                let prepared = engine.prepared.get();
                self.0.engine.replace(Some(engine));
                self.0.wants.set(Some(wants));
                self.await_engine();
                if prepared {
                    let session = self.clone();
                    self.0.beginning.replace(Some(Timeout::new(BEGIN_AFTER, move || session.begin())));
                    // Last, since a listener may stop the run.
                    self.0.changes.tell();
                }
            }
            Err(message) => self.fail(None, format!("The engine did not start: {message}.")),
        }
    }

    /// The engine has shown a sign of life, or should soon.
    fn await_engine(&self) {
        let (session, Some(wants)) = (self.clone(), self.0.wants.get()) else { return };
        let patience = match wants.language {
            Language::Rust => WATCHDOG,
            Language::Python => WATCHDOG_OF_PYTHON,
        };
        self.0.watchdog.replace(Some(Timeout::new(patience, move || session.give_up(wants))));
    }

    /// How much of the starting engine's program is loaded, from 0 to 1, if it has to be fetched.
    pub fn loaded(&self) -> Option<f64> {
        let engine = self.0.engine.borrow();
        engine.as_ref().filter(|_| self.phase() == Phase::Starting).map(|engine| engine.loaded.get())
    }

    /// The engine does not answer: one more try.
    fn give_up(&self, wants: Wants) {
        if let Some(engine) = self.0.engine.take() {
            engine.terminate();
        }
        if self.0.retried.replace(true) {
            self.fail(None, "The engine did not start, twice. Reload the page to try again.".to_owned());
        } else {
            self.take_engine(None, wants);
        }
    }

    fn begin(&self) {
        if let (Some(engine), Some(spec)) = (&*self.0.engine.borrow(), &self.0.run.borrow().spec) {
            engine.run(spec, &self.0.given.borrow());
        }
    }

    /// The run has failed: in this lane, for this reason.
    pub(super) fn fail(&self, lane: Option<String>, message: String) {
        self.fail_as(Problem { lane, message, internal: false });
    }

    fn fail_as(&self, problem: Problem) {
        let time = self.now();
        self.end(Outcome { phase: Phase::Failed, time, problem: Some(problem), exit: None });
    }

    fn hear(&self, heard: Heard) {
        match heard {
            Heard::Loading => self.await_engine(),
            Heard::Prepared => self.begin(),
            Heard::Started => {
                self.0.watchdog.replace(None);
                self.0.run.borrow_mut().phase = Phase::Running;
                self.0.changes.tell_soon();
                self.watch_for_disturbances();
            }
            Heard::Batch(pieces) => {
                let at = self.now();
                self.0.run.borrow_mut().intake.batch(pieces, at);
                self.schedule_pump();
            }
            Heard::Other(FromEngine::RecordingEnded { time }) => {
                self.0.run.borrow_mut().intake.timeline.recording_ended = Some(time);
                self.0.changes.tell_soon();
            }
            Heard::Other(FromEngine::InputWanted { lane, prompt }) => {
                self.0.run.borrow_mut().questions.push_back(Question { lane, prompt });
                self.0.changes.tell_soon();
            }
            Heard::Other(FromEngine::File(Change { name, bytes })) => {
                let files = &mut self.0.run.borrow_mut().files;
                match bytes {
                    Some(bytes) => _ = files.insert(name, Rc::from(bytes)),
                    None => _ = files.remove(&name),
                }
                self.0.changes.tell_soon();
            }
            Heard::Other(FromEngine::OutputCut { lines }) => {
                self.0.run.borrow_mut().lost_lines = lines;
                self.0.changes.tell_soon();
            }
            Heard::Other(FromEngine::ProcessDied { number, time, message }) => {
                let lane = LaneId::main_of(number);
                let kind = EventKind::Ended { ending: Ending::Failed, message: Some(message) };
                self.0.run.borrow_mut().intake.event(Event { time, lane, kind });
                self.schedule_pump();
            }
            Heard::Other(FromEngine::Ended { time, failure, internal, exit }) => {
                let phase = if failure.is_some() { Phase::Failed } else { Phase::Finished };
                let problem = failure.map(|failure| Problem { internal, ..Problem::from(failure) });
                self.end(Outcome { phase, time, problem, exit });
            }
            Heard::Other(_) => {}
            Heard::Died(message) if self.phase() == Phase::Running => {
                // It may have more to say about that than the browser.
                let session = self.clone();
                let message = format!("The engine died: {message}");
                let fail = move || session.fail_as(Problem { lane: None, message, internal: true });
                self.0.dying.borrow_mut().get_or_insert_with(|| Timeout::new(LAST_WORDS, fail));
            }
            Heard::Died(message) => self.fail(None, format!("The engine died: {message}")),
        }
    }

    /// The run is over. What is left to decode is decoded first.
    fn end(&self, outcome: Outcome) {
        self.0.watchdog.replace(None);
        self.0.beginning.replace(None);
        self.0.dying.replace(None);
        let engine = self.0.engine.take();
        {
            let mut run = self.0.run.borrow_mut();
            run.elapsed = outcome.time;
            if let Some(engine) = engine {
                engine.terminate();
                run.intake.left_behind(engine.left_behind());
            }
            run.outcome = Some(outcome);
        }
        self.pump_after(0.0);
    }
}
