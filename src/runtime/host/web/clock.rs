//! One time for all workers: each worker's `performance.now()` counts from its own start, so it asks the engine.

use std::cell::Cell;
use std::mem::offset_of;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering::*};

use js_sys::{Reflect, global};
use wasm_bindgen::prelude::*;

use super::Monitor;
use crate::trace::Nanos;
use crate::trace::clock::{Ping, offset};
use crate::trace::reader::Memory;

#[wasm_bindgen]
extern "C" {
    // Imported directly: looking `performance` up at each call would take four times as long.
    #[wasm_bindgen(js_namespace = performance, js_name = now)]
    fn performance_now() -> f64;
}

/// How many questions a worker asks.
const ROUNDS: u32 = 24;

/// Milliseconds after which an unanswered worker goes on with what it has.
const PATIENCE: f64 = 200.0;

thread_local! {
    /// What to add to this worker's clock to have the engine's, in milliseconds.
    static OFFSET: Cell<f64> = const { Cell::new(0.0) };
}

/// This worker's clock, in milliseconds.
pub fn milliseconds() -> f64 {
    performance_now()
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
    #[inline]
    pub fn now(&self) -> Nanos {
        Nanos::from_millis_f64(performance_now() - self.start_here)
    }
}

/// A place in shared memory where one worker asks for the time and another answers.
#[derive(Default)]
#[repr(C)]
pub struct Calibration {
    asked: AtomicU32,
    answered: AtomicU32,
    answer_low: AtomicU32,
    answer_high: AtomicU32,
    done: AtomicU32,
}

impl Calibration {
    /// Its address in this memory.
    pub fn address(&self) -> usize {
        std::ptr::from_ref(self).expose_provenance()
    }

    /// Asks whoever answers there, and keeps what follows for this worker's clock.
    fn ask(&self) {
        let begun = performance_now();
        let mut pings = Vec::with_capacity(ROUNDS as usize);
        'rounds: for round in 1..=ROUNDS {
            let asked = performance_now();
            self.asked.store(round, Release);
            while self.answered.load(Acquire) != round {
                if performance_now() - begun > PATIENCE {
                    break 'rounds;
                }
                std::hint::spin_loop();
            }
            let received = performance_now();
            let low = u64::from(self.answer_low.load(Relaxed));
            let high = u64::from(self.answer_high.load(Relaxed));
            pings.push(Ping { asked, answer: f64::from_bits(low | (high << 32)), received });
        }
        self.done.store(1, Release);
        if let Some(offset) = offset(pings) {
            OFFSET.set(offset);
        }
    }
}

/// Answers the questions asked at `address` in `memory`, until they are all asked or the asker is not heard of for
/// too long.
pub fn answer_pings(memory: &impl Memory, address: usize) {
    let mut heard = performance_now();
    while memory.load_u32(address + offset_of!(Calibration, done)) == 0 {
        let asked = memory.load_u32(address + offset_of!(Calibration, asked));
        let now = performance_now();
        if asked != memory.load_u32(address + offset_of!(Calibration, answered)) {
            let bits = (now + OFFSET.get()).to_bits();
            memory.store_u32(address + offset_of!(Calibration, answer_low), bits as u32);
            memory.store_u32(address + offset_of!(Calibration, answer_high), (bits >> 32) as u32);
            memory.store_u32(address + offset_of!(Calibration, answered), asked);
            heard = now;
        } else if now - heard > PATIENCE {
            return;
        }
        std::hint::spin_loop();
    }
}

/// Calibrates the clocks of all workers of the pool, one after the other, to this one's. Blocks for a few
/// milliseconds, so it is done before a run begins.
pub fn calibrate_pool(memory: &impl Memory) {
    let workers = rayon::current_num_threads();
    let places: Arc<Vec<Calibration>> = Arc::new((0..workers).map(|_| Calibration::default()).collect());
    let turn = Arc::new(Monitor::new(usize::MAX));
    rayon::spawn_broadcast({
        let (places, turn) = (places.clone(), turn.clone());
        move |context| {
            let mine = context.index();
            let mut current = turn.lock();
            while *current < mine || *current == usize::MAX {
                current.wait();
            }
            drop(current);
            places[mine].ask();
        }
    });
    for (number, place) in places.iter().enumerate() {
        *turn.lock() = number;
        turn.notify_all();
        answer_pings(memory, place.address());
    }
}

/// Calibrates this process's clock to the engine's, which has been told of `place`. Until the engine answers, what the
/// browser says of the two workers' beginnings must do.
pub fn calibrate_process(place: &Calibration, engine_origin: f64) {
    OFFSET.set(time_origin() - engine_origin);
    place.ask();
}

/// When this worker's clock began, in milliseconds of the wall clock: off by up to some milliseconds.
pub fn time_origin() -> f64 {
    Reflect::get(&global(), &"performance".into())
        .and_then(|performance| Reflect::get(&performance, &"timeOrigin".into()))
        .ok()
        .and_then(|origin| origin.as_f64())
        .unwrap_or(0.0)
}
