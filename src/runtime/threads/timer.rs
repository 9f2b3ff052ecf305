//! A timer: something that is done after a while, unless it is cancelled before.
//!
//! ```
//! use std::time::Duration;
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # use weft::trace::LaneKind;
//! use weft::runtime::run_main;
//! use weft::runtime::threads::{SharedCell, Timer};
//!
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, LaneKind::Thread, || {
//!     let rung = SharedCell::new("rung", 0);
//!     let bell = {
//!         let rung = rung.clone();
//!         Timer::start("bell", Duration::from_millis(1), move || rung.set(1))
//!     };
//!     let never = Timer::start("never", Duration::from_secs(3600), || unreachable!("it is cancelled"));
//!     never.cancel();
//!     never.join();
//!     bell.join();
//!     assert_eq!(rung.get(), 1);
//!     Ok(())
//! })
//! .unwrap();
//! ```
//!
//! As Python's `threading.Timer`, it is a thread that waits for an event, which cancelling sets, and has a time-out.

use std::time::Duration;

use super::event::Event;
use super::spawn::{JoinHandle, spawn};

/// A thread that does something after a while: in Python, `threading.Timer`. Dropping it does not cancel it.
pub struct Timer {
    finished: Event,
    thread: JoinHandle<()>,
}

impl Timer {
    /// Starts a thread that calls `body` after `interval`: in Python, `Timer(interval, body).start()`.
    ///
    /// # Panics
    /// If more threads would live at the same time than the run has workers.
    pub fn start(name: impl Into<String>, interval: Duration, body: impl FnOnce() + Send + 'static) -> Timer {
        let name = name.into();
        let finished = Event::new(format!("{name} finished"));
        let thread = spawn(name, {
            let finished = finished.clone();
            move || {
                if !finished.wait_timeout(interval) {
                    body();
                }
                finished.set();
            }
        });
        Timer { finished, thread }
    }

    /// If it has not called its body yet, it never will: in Python, `timer.cancel()`.
    pub fn cancel(&self) {
        self.finished.set();
    }

    /// Waits until its thread is over: in Python, `timer.join()`.
    #[track_caller]
    pub fn join(self) {
        self.thread.join();
    }

    /// Whether its thread is not over yet: in Python, `timer.is_alive()`.
    pub fn is_alive(&self) -> bool {
        self.thread.is_alive()
    }
}
