//! What blocks the loop: long polls, and timers that are late because of them.
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

use super::turns::TaskInfo;
use crate::runtime::lane::{self, WaitReason};
use crate::trace::Nanos;

/// How late a timer may be before a mark names the task that has blocked the loop.
pub const LATE: Nanos = Nanos::from_millis(5);

/// How long a poll may take in debug mode before a warning: asyncio's `slow_callback_duration`.
pub const SLOW: Duration = Duration::from_millis(100);

/// What an event loop knows about slow polls.
pub(super) struct Slow {
    pub(super) debug: Cell<bool>,
    pub(super) limit: Cell<Duration>,
    /// The last poll that took longer than [`LATE`].
    long: RefCell<Option<Long>>,
}

impl Default for Slow {
    fn default() -> Slow {
        Slow { debug: Cell::new(false), limit: Cell::new(SLOW), long: RefCell::new(None) }
    }
}

/// A poll that blocked the loop.
struct Long {
    began: Nanos,
    ended: Nanos,
    task: String,
    /// How many timers were due meanwhile.
    late: usize,
    /// By how much the latest of them was late.
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
        wait: Option<WaitReason>,
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
            let place = context.run.recorder.place(site);
            let warning = format!("Executing {} took {seconds:.3} seconds ({place})", info.name);
            context.mark(&warning);
            context.print(&warning, true);
        }
    }

    /// A timer that was due at `until` is handled only now.
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
