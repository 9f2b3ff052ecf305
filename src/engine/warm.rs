//! The engine that is warmed up for the next run, so that it can begin at once.
//!
//! It knows nothing of runs: starting one takes the engine, which also cancels what was about to be warmed up.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Timeout;

use super::client::{Engine, Heard, Wants};
use crate::runtime::host::web::hidden;

/// Milliseconds between a change of parameters and warming an engine up for them.
const WARM_AFTER: u32 = 250;

/// At most one engine. Clones are handles to the same one.
#[derive(Clone, Default)]
pub struct Warm(Rc<Inner>);

#[derive(Default)]
struct Inner {
    engine: RefCell<Option<Rc<Engine>>>,
    soon: RefCell<Option<Timeout>>,
    /// Nothing is warmed up.
    resting: Cell<bool>,
}

impl Warm {
    /// Warms an engine up for such a run, in a moment: the next change of parameters may be about to come.
    pub fn soon(&self, wants: Wants) {
        let warm = self.clone();
        self.0.soon.replace(Some(Timeout::new(WARM_AFTER, move || warm.now(wants))));
    }

    /// Warms an engine up for such a run, unless one is there, nothing is warmed up, or the page is hidden.
    pub fn now(&self, wants: Wants) {
        self.0.soon.take();
        let is_there = self.0.engine.borrow().as_ref().is_some_and(|engine| engine.serves(&wants));
        if is_there || self.0.resting.get() || hidden() {
            return;
        }
        let warm = self.clone();
        let engine = Engine::start(wants, move |heard| {
            if let Heard::Died(_) = heard {
                // The run will start an engine of its own, and say what is wrong with it.
                warm.0.engine.take();
            }
        });
        self.0.engine.replace(engine.ok());
    }

    /// The engine, if there is one and it serves such a run. Nothing is warmed up afterwards until requested.
    pub fn take(&self, wants: &Wants) -> Option<Rc<Engine>> {
        self.0.soon.take();
        self.0.engine.take().filter(|engine| engine.serves(wants))
    }

    /// Ends what is warmed up, and warms nothing up from now on.
    pub fn rest(&self) {
        self.0.resting.set(true);
        self.0.soon.take();
        self.0.engine.take();
    }

    /// Warms engines up again. False if it already did.
    pub fn wake(&self) -> bool {
        self.0.resting.replace(false)
    }
}
