//! The runs of a window: one at a time, each on an engine of its own, and the timeline that grows out of it.
//!
//! What arrives is decoded in slices of a few milliseconds, so the window's thread is never busy for long. While the
//! page is idle, the engine for the next run is warmed up.

use std::cell::{Cell, Ref, RefCell};
use std::rc::Rc;

use futures::channel::oneshot;
use gloo_events::EventListener;
use gloo_timers::callback::Timeout;

use super::client::{Engine, Heard, Wants};
use super::intake::{Delivery, Intake};
use super::protocol::FromEngine;
use super::run::{Outcome, Phase, Problem, Recording, Settings};
use super::warm::Warm;
use crate::analysis::DeadlockWatch;
use crate::demos::{Need, Observation, Seen, observations};
use crate::runtime::host::cores;
use crate::runtime::host::web::{hidden, isolated, milliseconds, sandboxed};
use crate::timeline::Timeline;
use crate::trace::{Ending, EventKind, LOCAL_BITS, LaneId, Nanos};

/// Milliseconds of decoding before the page has its turn.
const DECODE_SLICE: f64 = 6.0;

/// Milliseconds from one decoding to the next, if it keeps pace: nobody sees what is newer, and what the window's thread
/// does not take, it is given at once when a batch arrives.
const DECODE_EVERY: f64 = 30.0;

/// Milliseconds after which an engine that does not stand is given up.
const WATCHDOG: u32 = 8_000;

/// Milliseconds after which a suspected deadlock is looked at again, if nothing arrives before.
const LOOK_AGAIN: u32 = 100;

/// Milliseconds from Run to the start on an engine that stands: what the page does for a new run, it has done before the
/// lanes want the cores.
const BEGIN_AFTER: u32 = 20;

/// Milliseconds for which changes are collected before listeners hear of them.
const TELL_AFTER: u32 = 16;

/// The runs of a window. Clones are handles on the same.
#[derive(Clone, Default)]
pub struct Session(Rc<Inner>);

#[derive(Default)]
struct Inner {
    phase: Cell<Phase>,
    settings: RefCell<Option<Settings>>,
    engine: RefCell<Option<Rc<Engine>>>,
    retried: Cell<bool>,
    watchdog: RefCell<Option<Timeout>>,
    beginning: RefCell<Option<Timeout>>,
    warm: Warm,
    /// Where and when the shown run was recorded; none if it ran here.
    recorded: RefCell<Option<String>>,
    intake: RefCell<Intake>,
    version: Cell<u64>,
    pumping: RefCell<Option<Timeout>>,
    /// When decoding last came to an end, in milliseconds.
    pumped: Cell<f64>,
    deadlock: RefCell<DeadlockWatch>,
    looking: RefCell<Option<Timeout>>,
    /// How the run ended, once it has; it counts when everything before it is decoded.
    outcome: RefCell<Option<Outcome>>,
    problem: RefCell<Option<Problem>>,
    observations: RefCell<Vec<Observation>>,
    elapsed: Cell<Nanos>,
    /// When in the run the page was hidden first.
    hidden: Cell<Option<Nanos>>,
    watching: RefCell<Option<EventListener>>,
    listeners: RefCell<Vec<Rc<dyn Fn()>>>,
    telling: RefCell<Option<Timeout>>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
}

impl Session {
    /// No run yet.
    pub fn new() -> Session {
        Session::default()
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
        self.0.listeners.borrow_mut().push(Rc::new(listener));
    }

    /// Warms an engine up for this run, soon, unless a run is going on or the page is hidden.
    pub fn prepare(&self, settings: &Settings) {
        if let Some(wants) = self.wants(settings) {
            self.0.warm.soon(wants);
        }
    }

    /// The same at once: this run is about to begin.
    pub fn prepare_now(&self, settings: &Settings) {
        if let Some(wants) = self.wants(settings) {
            self.0.warm.now(wants);
        }
    }

    /// What to warm an engine up for, unless a run is going on, which is followed by that, or this one could not start.
    fn wants(&self, settings: &Settings) -> Option<Wants> {
        let warms = !self.phase().is_active() && self.check(settings).is_ok();
        warms.then(|| Wants::of(settings.demo, &settings.values))
    }

    /// Ends what is warmed up, and warms nothing up from now on. A run goes on.
    pub fn rest(&self) {
        self.0.warm.rest();
    }

    /// Warms engines up again. False if it did so already.
    pub fn wake(&self) -> bool {
        self.0.warm.wake()
    }

    /// Where and when the shown run was recorded, if it did not run here.
    pub fn recorded(&self) -> Option<String> {
        self.0.recorded.borrow().clone()
    }

    /// Starts a run; stops the one before.
    ///
    /// # Errors
    /// A sentence, if it would take too long, or cannot run in this page. Then nothing has changed.
    pub fn start(&self, settings: Settings) -> Result<(), String> {
        self.check(&settings)?;
        self.stop();
        self.settle();
        self.forget();
        let wants = Wants::of(settings.demo, &settings.values);
        let warm = self.0.warm.take(&wants);
        self.0.settings.replace(Some(settings));
        self.0.retried.set(false);
        self.set_phase(Phase::Starting);
        self.take_engine(warm, wants);
        Ok(())
    }

    /// Ends the run, wherever it is. What it recorded is kept.
    pub fn stop(&self) {
        if !self.phase().is_active() || self.0.outcome.borrow().is_some() {
            return;
        }
        self.0.watchdog.replace(None);
        let time = self.0.engine.borrow().as_ref().map_or(Nanos::ZERO, |engine| engine.now());
        self.end(Outcome { phase: Phase::Stopped, time, problem: None });
    }

    /// Where the run is.
    pub fn phase(&self) -> Phase {
        self.0.phase.get()
    }

    /// What is or was run.
    pub fn settings(&self) -> Option<Settings> {
        self.0.settings.borrow().clone()
    }

    /// Why the run failed.
    pub fn problem(&self) -> Option<Problem> {
        self.0.problem.borrow().clone()
    }

    /// What can be seen in the run: nothing before it has ended, or if it was stopped.
    pub fn observations(&self) -> Vec<Observation> {
        self.0.observations.borrow().clone()
    }

    /// The time in the run; once it has ended, its length.
    pub fn elapsed(&self) -> Nanos {
        match (self.phase(), &*self.0.engine.borrow()) {
            (Phase::Running, Some(engine)) => engine.now(),
            _ => self.0.elapsed.get(),
        }
    }

    /// Whether much of what has arrived is not decoded yet.
    pub fn catching_up(&self) -> bool {
        self.0.intake.borrow().behind()
    }

    /// The timeline, as it is now; to be let go of at once, since it grows.
    pub fn timeline(&self) -> Ref<'_, Timeline> {
        if self.phase() == Phase::Running {
            let now = self.elapsed();
            self.0.intake.borrow_mut().timeline.advance(now);
        }
        Ref::map(self.0.intake.borrow(), |intake| &intake.timeline)
    }

    /// Lets `body` look at the timeline.
    pub fn with_timeline<R>(&self, body: impl FnOnce(&Timeline) -> R) -> R {
        body(&self.timeline())
    }

    /// Whether the lanes leave the page no core: whatever it does now takes time from them.
    pub fn is_crowded(&self) -> bool {
        self.phase() == Phase::Running && self.0.intake.borrow().timeline.at_work() >= cores()
    }

    /// A number that changes with the timeline. (The present moves on without it.)
    pub fn timeline_version(&self) -> u64 {
        self.0.version.get()
    }

    /// How the trace has arrived so far.
    pub fn delivery(&self) -> Delivery {
        self.0.intake.borrow().delivery()
    }

    /// Ends when no run is going on.
    pub async fn ended(&self) {
        if self.phase().is_active() {
            let (sender, receiver) = oneshot::channel();
            self.0.waiting.borrow_mut().push(sender);
            // The session outlives the page's futures, so the sender is not dropped unused.
            let _ = receiver.await;
        }
    }

    /// Stops the run and forgets it.
    pub fn clear(&self) {
        self.stop();
        self.settle();
        self.forget();
        self.0.settings.replace(None);
        self.set_phase(Phase::Idle);
    }

    /// Gives the run away, if one has ended: the session has none then.
    pub fn take(&self) -> Option<Recording> {
        if self.phase().is_active() {
            return None;
        }
        let settings = self.0.settings.take()?;
        let intake = self.0.intake.take();
        let recording = Recording {
            settings,
            phase: self.phase(),
            problem: self.0.problem.take(),
            observations: self.0.observations.take(),
            recorded: self.0.recorded.take(),
            elapsed: self.elapsed(),
            delivery: intake.delivery(),
            timeline: intake.timeline,
        };
        self.forget();
        self.set_phase(Phase::Idle);
        Some(recording)
    }

    /// Shows a run again that was given away; ends and forgets the one before.
    pub fn restore(&self, recording: Recording) {
        self.stop();
        self.settle();
        self.forget();
        self.0.settings.replace(Some(recording.settings));
        self.0.problem.replace(recording.problem);
        self.0.observations.replace(recording.observations);
        self.0.recorded.replace(recording.recorded);
        self.0.elapsed.set(recording.elapsed);
        self.0.intake.replace(Intake::of(recording.timeline, recording.delivery));
        self.set_phase(recording.phase);
    }

    /// A sentence, if a run cannot start.
    fn check(&self, settings: &Settings) -> Result<(), String> {
        let Settings { demo, values, speed } = settings;
        if let Some(sentence) = demo.too_long(values, *speed) {
            return Err(sentence);
        }
        if demo.needs.contains(&Need::Isolation) && !self.live() {
            return Err("Threads cannot start in this page: it is not cross-origin isolated.".to_owned());
        }
        Ok(())
    }

    fn forget(&self) {
        self.0.recorded.take();
        self.0.intake.take();
        self.0.deadlock.take();
        self.0.looking.take();
        self.0.outcome.take();
        self.0.problem.take();
        self.0.observations.take();
        self.0.elapsed.set(Nanos::ZERO);
        self.0.hidden.take();
        self.0.watching.take();
        self.0.version.set(self.0.version.get() + 1);
    }

    fn set_phase(&self, phase: Phase) {
        self.0.phase.set(phase);
        if !phase.is_active() {
            for waiting in self.0.waiting.take() {
                // Whoever waited may have gone.
                let _ = waiting.send(());
            }
        }
        self.changed();
    }

    /// Tells the listeners, soon.
    fn changed(&self) {
        let mut telling = self.0.telling.borrow_mut();
        if telling.is_some() {
            return;
        }
        let session = self.clone();
        *telling = Some(Timeout::new(TELL_AFTER, move || session.tell()));
    }

    /// Tells the listeners.
    fn tell(&self) {
        self.0.telling.replace(None);
        let listeners = self.0.listeners.borrow().clone();
        for listener in listeners {
            listener();
        }
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
                let session = self.clone();
                self.0.watchdog.replace(Some(Timeout::new(WATCHDOG, move || session.give_up(wants))));
                if prepared {
                    let session = self.clone();
                    self.0.beginning.replace(Some(Timeout::new(BEGIN_AFTER, move || session.begin())));
                    // Last, since whoever listens may stop the run.
                    self.tell();
                }
            }
            Err(message) => self.fail(None, format!("The engine did not start: {message}.")),
        }
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
        if let (Some(engine), Some(settings)) = (&*self.0.engine.borrow(), &*self.0.settings.borrow()) {
            engine.run(settings.demo.id, settings.values.clone(), settings.speed);
        }
    }

    fn fail(&self, lane: Option<String>, message: String) {
        let time = self.elapsed();
        self.end(Outcome { phase: Phase::Failed, time, problem: Some(Problem { lane, message }) });
    }

    fn hear(&self, heard: Heard) {
        match heard {
            Heard::Prepared => self.begin(),
            Heard::Started => {
                self.0.watchdog.replace(None);
                self.set_phase(Phase::Running);
                self.watch_hiding();
            }
            Heard::Batch(pieces) => {
                let at = self.elapsed();
                self.0.intake.borrow_mut().batch(pieces, at);
                self.schedule_pump();
            }
            Heard::Other(FromEngine::RecordingEnded { time }) => {
                self.0.intake.borrow_mut().timeline.recording_ended = Some(time);
                self.changed();
            }
            Heard::Other(FromEngine::ProcessDied { number, time, message }) => {
                let lane = LaneId(u32::from(number) << LOCAL_BITS);
                let kind = EventKind::Ended { ending: Ending::Failed, message: Some(message) };
                self.0.intake.borrow_mut().timeline.push_event(crate::trace::Event { time, lane, kind });
            }
            Heard::Other(FromEngine::Ended { time, failure }) => {
                let phase = if failure.is_some() { Phase::Failed } else { Phase::Finished };
                self.end(Outcome { phase, time, problem: failure.map(Problem::from) });
            }
            Heard::Other(_) => {}
            Heard::Died(message) => self.fail(None, format!("The engine died: {message}")),
        }
    }

    /// Notes when the page is hidden while the run goes on.
    fn watch_hiding(&self) {
        let session = self.clone();
        let note = move || {
            if hidden() && session.0.hidden.get().is_none() {
                session.0.hidden.set(Some(session.elapsed()));
            }
        };
        note();
        let document = web_sys::window().and_then(|window| window.document());
        let watching = document.map(|document| EventListener::new(&document, "visibilitychange", move |_| note()));
        self.0.watching.replace(watching);
    }

    /// The run is over. What is left to decode is decoded first.
    fn end(&self, outcome: Outcome) {
        self.0.watchdog.replace(None);
        self.0.beginning.replace(None);
        self.0.elapsed.set(outcome.time);
        if let Some(engine) = self.0.engine.take() {
            engine.terminate();
            self.0.intake.borrow_mut().left_behind(engine.left_behind());
        }
        self.0.outcome.replace(Some(outcome));
        self.pump_after(0.0);
    }

    /// Decodes what has arrived: at once, unless that was done a moment ago.
    fn schedule_pump(&self) {
        if self.0.pumping.borrow().is_none() {
            self.pump_after(self.0.pumped.get() + DECODE_EVERY - milliseconds());
        }
    }

    fn pump_after(&self, wait: f64) {
        let session = self.clone();
        let pumping = Timeout::new(wait.clamp(0.0, DECODE_EVERY) as u32, move || {
            session.0.pumping.replace(None);
            session.pump(DECODE_SLICE);
        });
        self.0.pumping.replace(Some(pumping));
    }

    /// Decodes what waits, for so many milliseconds; then goes on later, or ends the run if it is over.
    fn pump(&self, slice: f64) {
        let decoded = self.0.intake.borrow_mut().decode(slice);
        if !decoded.confirmed.is_empty()
            && let Some(engine) = &*self.0.engine.borrow()
        {
            engine.confirm(decoded.confirmed);
        }
        self.0.version.set(self.0.version.get() + 1);
        if decoded.printed {
            self.changed();
        }
        self.0.pumped.set(milliseconds());
        if decoded.more {
            self.pump_after(0.0);
        } else if let Some(outcome) = self.0.outcome.take() {
            self.conclude(outcome);
        } else {
            self.look_for_deadlocks();
        }
    }

    /// Ends a run whose lanes wait for each other: it would go on for ever.
    fn look_for_deadlocks(&self) {
        if self.phase() != Phase::Running {
            return;
        }
        let now = self.elapsed();
        let mut watch = self.0.deadlock.borrow_mut();
        let found = watch.look(&self.0.intake.borrow().timeline, now);
        if let Some(found) = found {
            let lane = self.0.intake.borrow().timeline.lane(found.lanes[0]).map(|lane| lane.name.clone());
            self.fail(lane, found.text);
        } else if watch.suspects() {
            let session = self.clone();
            let again = Timeout::new(LOOK_AGAIN, move || session.schedule_pump());
            self.0.looking.replace(Some(again));
        }
    }

    /// Decodes all that waits, and ends a run that is over.
    fn settle(&self) {
        self.0.pumping.replace(None);
        if self.0.outcome.borrow().is_some() {
            self.pump(f64::INFINITY);
        }
    }

    fn conclude(&self, outcome: Outcome) {
        self.0.watching.take();
        let Some(settings) = self.settings() else { return };
        {
            let timeline = &mut self.0.intake.borrow_mut().timeline;
            timeline.close(outcome.time, Ending::Stopped);
            if let Some(time) = self.0.hidden.get() {
                timeline.note_hidden(time);
            }
            self.0.elapsed.set(timeline.now);
            // Of a run that was cut short, nothing could be expected.
            if outcome.phase != Phase::Stopped {
                let seen = Seen { timeline, values: &settings.values, speed: settings.speed };
                self.0.observations.replace(observations(settings.demo, &seen));
            }
        }
        self.0.version.set(self.0.version.get() + 1);
        self.0.problem.replace(outcome.problem);
        self.set_phase(outcome.phase);
        self.prepare(&settings);
    }
}
