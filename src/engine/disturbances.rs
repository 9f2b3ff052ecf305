//! What disturbs a run from outside: noted while it goes on, told when it is judged.

use gloo_events::EventListener;
use gloo_timers::callback::Interval;

use super::session::Session;
use crate::analysis::StandstillWatch;
use crate::runtime::host::web::hidden;
use crate::timeline::Disturbance;

impl Session {
    /// Notes when the page is hidden during the run, or the machine stands still.
    pub(super) fn watch_for_disturbances(&self) {
        let session = self.clone();
        let note = move || {
            let now = session.now();
            if hidden() {
                session.0.run.borrow_mut().disturbance.get_or_insert((now, Disturbance::Hidden));
            }
        };
        note();
        let session = self.clone();
        let mut watch = StandstillWatch::start(self.now());
        let every = StandstillWatch::EVERY.as_millis() as u32;
        let beat = Interval::new(every, move || {
            let now = session.now();
            if watch.look(now) {
                session.0.run.borrow_mut().disturbance.get_or_insert((now, Disturbance::Standstill));
            }
        });
        let document = web_sys::window().and_then(|window| window.document());
        let hiding = document.map(|document| EventListener::new(&document, "visibilitychange", move |_| note()));
        self.0.watching.replace(Some((hiding, beat)));
    }
}
