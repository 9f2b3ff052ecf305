//! A session's trace: decoded in slices as it arrives, searched for deadlocks, and concluded.

use gloo_timers::callback::Timeout;

use super::run::{Outcome, Phase};
use super::session::Session;
use crate::runtime::host::web::milliseconds;

/// Milliseconds of decoding before the page gets its turn.
const DECODE_SLICE: f64 = 6.0;

/// Milliseconds from one decoding to the next, if it keeps pace: newer data would not be seen anyway, and a window's
/// thread that has been idle is scheduled at once when a batch arrives.
const DECODE_EVERY: f64 = 30.0;

/// Milliseconds after which a suspected deadlock is checked again, if nothing arrives before.
const LOOK_AGAIN: u32 = 100;

impl Session {
    /// Decodes what has arrived: at once, unless that was done a moment ago.
    pub(super) fn schedule_pump(&self) {
        if self.0.pumping.borrow().is_none() {
            self.pump_after(self.0.pumped.get() + DECODE_EVERY - milliseconds());
        }
    }

    /// Decodes what has arrived, after `wait` milliseconds.
    pub(super) fn pump_after(&self, wait: f64) {
        let session = self.clone();
        let pumping = Timeout::new(wait.clamp(0.0, DECODE_EVERY) as u32, move || {
            session.0.pumping.replace(None);
            session.pump(DECODE_SLICE);
        });
        self.0.pumping.replace(Some(pumping));
    }

    /// Decodes all that waits, and ends a run that is over.
    pub(super) fn settle(&self) {
        self.0.pumping.replace(None);
        if self.0.run.borrow().outcome.is_some() {
            self.pump(f64::INFINITY);
        }
    }

    /// Decodes what waits, for `slice` milliseconds; then goes on later, or ends the run if it is over.
    fn pump(&self, slice: f64) {
        let decoded = self.0.run.borrow_mut().intake.decode(slice);
        if !decoded.confirmed.is_empty()
            && let Some(engine) = &*self.0.engine.borrow()
        {
            engine.confirm(decoded.confirmed);
        }
        self.0.version.set(self.0.version.get() + 1);
        if decoded.printed {
            self.0.changes.tell_soon();
        }
        self.0.pumped.set(milliseconds());
        if decoded.more {
            return self.pump_after(0.0);
        }
        let outcome = self.0.run.borrow_mut().outcome.take();
        match outcome {
            Some(outcome) => self.conclude(outcome),
            None => self.look_for_deadlocks(),
        }
    }

    /// Ends a run whose lanes wait for each other: it would go on for ever.
    fn look_for_deadlocks(&self) {
        if self.phase() != Phase::Running {
            return;
        }
        let now = self.now();
        let (found, suspects) = {
            let mut run = self.0.run.borrow_mut();
            let run = &mut *run;
            let found = run.deadlock.look(&run.intake.timeline, now);
            let lane = |id| run.intake.timeline.lane(id).map(|lane| lane.name.clone());
            (found.map(|found| (lane(found.lanes[0]), found.text)), run.deadlock.suspects())
        };
        if let Some((lane, text)) = found {
            self.fail(lane, text);
        } else if suspects {
            let session = self.clone();
            let again = Timeout::new(LOOK_AGAIN, move || session.schedule_pump());
            self.0.looking.replace(Some(again));
        }
    }

    fn conclude(&self, outcome: Outcome) {
        self.0.watching.take();
        self.0.run.borrow_mut().conclude(outcome, self.0.judge);
        self.0.version.set(self.0.version.get() + 1);
        self.0.changes.end();
        self.0.changes.tell_soon();
        if let Some(spec) = self.spec() {
            self.prepare(&spec);
        }
    }
}
