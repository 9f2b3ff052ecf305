//! What keeps the loop: polls that take long, and timers that come late because of them.
//!
//! ```
//! # use std::time::Duration;
//! # use weft::runtime::tasks::{run_main, set_debug, sleep, spawn};
//! # use weft::runtime::{Config, Run, host::Clock};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! # run_main(&run, async {
//! set_debug(true);
//! let report = spawn("report", async {
//!     std::thread::sleep(Duration::from_millis(150)); // Nobody else has a turn now.
//!     sleep(Duration::from_millis(1)).await;
//!     Ok(())
//! });
//! report.await?; // Prints "Executing report took 0.150 seconds (src/…)".
//! # Ok(())
//! # }).await.unwrap();
//! # });
//! ```

use std::cell::{Cell, RefCell};
use std::time::Duration;

use super::executor::{TaskInfo, current};
use crate::runtime::lane::{self, Wait};
use crate::trace::Nanos;

/// How late a timer may be before a mark says who has kept the loop.
pub const LATE: Nanos = Nanos::from_millis(5);

/// How long a poll may take in debug mode before a warning: asyncio's `slow_callback_duration`.
pub const SLOW: Duration = Duration::from_millis(100);

/// Turns the debug mode of the current event loop on or off: in Python, `loop.set_debug(on)`. In it, a task that has
/// kept the loop for longer than [`SLOW`], or [`set_slow_duration`], without awaiting is named in a printed line and a
/// mark: with how long that took, and the source line at which it awaits at last. (If it has ended instead: the line
/// where it had been waiting before, or else where it was spawned.)
///
/// # Panics
/// Outside an event loop.
pub fn set_debug(on: bool) {
    current().slow.debug.set(on);
}

/// Sets what is too long in debug mode: in Python, `loop.slow_callback_duration = …`.
///
/// # Panics
/// Outside an event loop.
pub fn set_slow_duration(limit: Duration) {
    current().slow.limit.set(limit);
}

/// What an event loop knows of slow polls.
pub(super) struct Slow {
    debug: Cell<bool>,
    limit: Cell<Duration>,
    /// The last poll that took longer than [`LATE`].
    long: RefCell<Option<Long>>,
}

impl Default for Slow {
    fn default() -> Slow {
        Slow { debug: Cell::new(false), limit: Cell::new(SLOW), long: RefCell::new(None) }
    }
}

/// A poll that kept the loop.
struct Long {
    began: Nanos,
    ended: Nanos,
    task: String,
    /// How many timers were due meanwhile.
    late: usize,
    /// The most that one of them was late.
    latest: Nanos,
}

impl Slow {
    /// A task was polled; the current lane is the loop's again. `wait` is what the task awaits now.
    pub(super) fn polled(
        &self,
        context: &mut lane::Context,
        info: &TaskInfo,
        began: Nanos,
        ended: Nanos,
        wait: Option<Wait>,
    ) {
        let took = ended.saturating_sub(began);
        if took <= LATE {
            return;
        }
        let long = Long { began, ended, task: info.name.clone(), late: 0, latest: Nanos::ZERO };
        self.long.replace(Some(long));
        if self.debug.get() && took >= Nanos::from(self.limit.get()) {
            let site = wait.or(context.waited).and_then(|wait| wait.site).unwrap_or(info.site);
            let seconds = took.as_millis_f64() / 1e3;
            let (file, line) = (site.file(), site.line());
            let warning = format!("Executing {} took {seconds:.3} seconds ({file}:{line})", info.name);
            context.mark(&warning);
            context.print(&warning);
        }
    }

    /// A timer that was due at `until` is looked at only now.
    pub(super) fn due(&self, until: Nanos, now: Nanos) {
        if let Some(long) = &mut *self.long.borrow_mut()
            && long.began <= until
            && until + LATE <= long.ended
        {
            long.late += 1;
            long.latest = long.latest.max(now.saturating_sub(until));
        }
    }

    /// Marks the loop's lane, if timers were late because of one long poll.
    pub(super) fn tell_late(&self) {
        let mut long = self.long.borrow_mut();
        if long.as_ref().is_none_or(|long| long.late == 0) {
            return;
        }
        if let Some(Long { began, ended, task, late, latest }) = long.take() {
            let timers = if late == 1 { "1 timer came".to_owned() } else { format!("{late} timers came, up to") };
            let ran = ended.saturating_sub(began);
            lane::with(|context| context.mark(&format!("{timers} {latest} late: {task} ran for {ran}")));
        }
    }
}
