//! One time for all workers: each worker's `performance.now()` counts from its own start, so it asks the engine.

use std::cell::Cell;
use std::sync::Arc;

use wasm_bindgen::prelude::*;

use crate::runtime::host::Monitor;
use crate::trace::Nanos;
use crate::trace::clock::{Offset, Patience, Ping};

#[wasm_bindgen]
extern "C" {
    // Imported directly: looking `performance` up at each call would take four times as long.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// How long a worker of the pool asks. The clock's own steps are not much finer than the doubt that is left.
const PATIENCE: Patience = Patience { pings: 12..60, certain: 0.03 };

thread_local! {
    /// What to add to this worker's clock to have the engine's, in milliseconds.
    static OFFSET: Cell<f64> = const { Cell::new(0.0) };
}

/// This worker's clock, in milliseconds.
pub fn milliseconds() -> f64 {
    performance_now()
}

/// Reads this worker's clock and discards the result: the cost of recording is compared with that.
pub fn read_clock() {
    std::hint::black_box(performance_now());
}

/// The time since a run began.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// The run's beginning on the engine's clock, in milliseconds.
    start: f64,
    /// The same on the clock of the worker that asks.
    start_here: f64,
}

impl Clock {
    /// A run begins now.
    pub fn start() -> Clock {
        Clock::since(performance_now() + OFFSET.get())
    }

    /// A run that began at `start` on the engine's clock.
    pub fn since(start: f64) -> Clock {
        Clock { start, start_here: start - OFFSET.get() }
    }

    /// When the run began, on the engine's clock, in milliseconds.
    pub fn began(&self) -> f64 {
        self.start
    }

    /// The same clock as read by the current worker.
    pub fn here(&self) -> Clock {
        Clock::since(self.start)
    }

    /// The time since the run began.
    #[inline(always)]
    pub fn now(&self) -> Nanos {
        Nanos::from_millis_f64(performance_now() - self.start_here)
    }
}

/// What to add to this worker's clock to have the engine's, in milliseconds.
pub fn set_clock_offset(offset: f64) {
    OFFSET.set(offset);
}

/// A place where one worker of the pool asks for the time and the engine answers. Both block while they wait: if they
/// spun, and had to share a core, each would answer only when the operating system takes the core from the other.
#[derive(Default)]
pub(super) struct Question(Monitor<Exchange>);

#[derive(Clone, Copy, Default)]
enum Exchange {
    #[default]
    Nothing,
    Asked,
    Answered(f64),
    Done,
}

impl Question {
    /// Asks, and sets this worker's offset to the outcome.
    pub(super) fn ask(&self) {
        let mut offset = Offset::default();
        let mut exchange = self.0.lock();
        while !offset.is_enough(&PATIENCE) {
            let asked = performance_now();
            *exchange = Exchange::Asked;
            self.0.notify_all();
            let answer = loop {
                exchange.wait();
                if let Exchange::Answered(answer) = *exchange {
                    break answer;
                }
            };
            offset.learn(Ping { asked, answer, received: performance_now() });
        }
        *exchange = Exchange::Done;
        self.0.notify_all();
        OFFSET.set(offset.best());
    }

    /// Answers until there are no more questions.
    pub(super) fn answer(&self) {
        let mut exchange = self.0.lock();
        loop {
            match *exchange {
                Exchange::Asked => {
                    *exchange = Exchange::Answered(performance_now());
                    self.0.notify_all();
                }
                Exchange::Done => return,
                Exchange::Nothing | Exchange::Answered(_) => exchange.wait(),
            }
        }
    }
}

/// Calibrates the clocks of all workers of the pool, one after the other, to this one's, the engine's. Blocks for a
/// few milliseconds, so it is done before a run begins.
pub(super) fn calibrate_pool(workers: usize) {
    let questions: Arc<Vec<Question>> = Arc::new((0..workers).map(|_| Question::default()).collect());
    let turn = Arc::new(Monitor::new(None));
    rayon::spawn_broadcast({
        let (questions, turn) = (questions.clone(), turn.clone());
        move |context| {
            let mine = context.index();
            let mut current = turn.lock();
            while *current < Some(mine) {
                current.wait();
            }
            drop(current);
            questions[mine].ask();
        }
    });
    // Each question is asked in its worker's turn, so there is always a worker that asks.
    for (number, question) in questions.iter().enumerate() {
        *turn.lock() = Some(number);
        turn.notify_all();
        question.answer();
    }
}
