//! The beat to which the page moves during a run, apart from its chart.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use gloo_timers::callback::Interval;

use super::listeners::{Listeners, Listening};
use crate::engine::Session;

/// Milliseconds between two ticks. At each of them one listener has its turn: several small pieces of work delay what
/// arrives from the run less than one large piece does.
const TICK: u32 = 70;

/// While the lanes leave no core for the page, this many ticks are skipped between two.
const CROWDED_SKIPS: u32 = 7;

/// Listeners that have their turns, one at each tick.
pub struct Ticks {
    beat: Rc<Beat>,
    ticker: RefCell<Option<Interval>>,
}

struct Beat {
    session: Session,
    listeners: Listeners,
    /// Ticks skipped since the last.
    skipped: Cell<u32>,
}

impl Ticks {
    /// None yet.
    pub fn new(session: &Session) -> Ticks {
        let beat = Beat { session: session.clone(), listeners: Listeners::default(), skipped: Cell::new(0) };
        Ticks { beat: Rc::new(beat), ticker: RefCell::new(None) }
    }

    /// Calls `callback` in its turn from now on.
    pub fn listen(&self, callback: impl Fn() + 'static) -> Listening {
        self.beat.listeners.listen(callback)
    }

    /// Ticks as long as `active`.
    pub fn go_on_while(&self, active: bool) {
        let mut ticker = self.ticker.borrow_mut();
        if !active {
            *ticker = None;
        } else if ticker.is_none() {
            let beat = self.beat.clone();
            *ticker = Some(Interval::new(TICK, move || beat.tick()));
        }
    }
}

impl Beat {
    fn tick(&self) {
        let skipped = self.skipped.get();
        if skipped < CROWDED_SKIPS && self.session.is_crowded() {
            self.skipped.set(skipped + 1);
        } else {
            self.skipped.set(0);
            self.listeners.tell_next();
        }
    }
}
