//! Driving an event loop: as the main program of a worker, or by a thread that runs a loop of its own.
//!
//! ```
//! use weft::runtime::tasks::{Runner, sleep};
//! # use std::time::Duration;
//! # use weft::runtime::{Config, Run, host::Clock, print, run_main, threads};
//! # use weft::trace::LaneKind;
//! # let run = Run::new(Config::default(), Clock::start());
//! # run_main(&run, LaneKind::Thread, || {
//! let mut runner = Runner::new();
//! let answer = runner.run("first", async {
//!     sleep(Duration::from_millis(1)).await;
//!     Ok(42)
//! })?;
//! print(format!("the loop gave {answer}"));
//! runner.close();
//! assert!(runner.run("second", async { Ok(()) }).is_err());
//! # Ok(())
//! # }).unwrap();
//! ```

use std::cell::RefCell;
use std::future::Future;
use std::pin::pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Poll, Wake, Waker};
use std::time::Duration;

use super::core::{Core, Ends};
use super::executor::{EventLoop, LOOP, Next, running};
use super::task::spawn_on;
use super::{Error, Task};
use crate::runtime::host::{self, Monitor};
use crate::runtime::lane;
use crate::runtime::threads::gil;
use crate::runtime::{Failure, Run};
use crate::trace::{Ending, LaneKind, Nanos, State, Target};

/// Runs `program` as the first task of a new event loop on this worker, as `asyncio.run` does: when it returns, tasks
/// that are not over are cancelled, and when these have cleaned up, the loop ends; tasks that they have started go no
/// further.
///
/// # Errors
/// The program's failure.
pub async fn run_main<F>(run: &Arc<Run>, program: F) -> Result<(), Failure>
where
    F: Future<Output = Result<(), Failure>> + 'static,
{
    let event_loop = EventLoop::new(run.new_lane());
    let on_lane = lane::enter(run, event_loop.lane, LOOP);
    lane::with(|context| {
        context.define_self(LaneKind::EventLoop, None, LOOP);
        context.started(None);
    });
    let on_loop = event_loop.enter();
    let outcome = Rc::new(RefCell::new(None));
    let main = spawn_on(&event_loop, "main", {
        let outcome = outcome.clone();
        async move {
            let result = program.await;
            let told = result.as_ref().copied().map_err(|failure| Error::raised(&failure.message));
            outcome.replace(Some(result));
            told
        }
    });
    let ended = drive(&event_loop, || main.is_done()).await;
    let result = match ended {
        Ok(()) => {
            let left = event_loop.cancel_all();
            drive(&event_loop, || are_over(&left)).await
        }
        Err(panic) => Err(panic),
    };
    event_loop.clear();
    event_loop.ready.close();
    lane::with(|context| context.ended(Ending::Returned, ""));
    drop((on_loop, on_lane));
    let result = result.and_then(|()| outcome.take().unwrap_or(Ok(())));
    if let Err(failure) = &result {
        run.fail(failure.clone());
    }
    result
}

fn are_over(tasks: &[Rc<dyn Ends>]) -> bool {
    tasks.iter().all(|task| task.core().end.get().is_some())
}

/// Lets a loop run on the worker's own loop, until `over`.
///
/// # Errors
/// What a task panicked with.
async fn drive(event_loop: &EventLoop, over: impl Fn() -> bool) -> Result<(), Failure> {
    loop {
        match event_loop.turns(&over)? {
            Next::Over => return Ok(()),
            Next::Yield => host::next_turn().await,
            Next::Idle(until) => idle(event_loop, until).await,
        }
    }
}

/// Completes when a task is ready or at `until`, perhaps a moment before it.
async fn idle(event_loop: &EventLoop, until: Option<Nanos>) {
    let mut timer = until.map(|until| host::timer(Duration::from_nanos(until.saturating_sub(lane::now()).0)));
    std::future::poll_fn(|context| {
        event_loop.ready.sleeping_loop.register(context.waker());
        let due = timer.as_mut().is_some_and(|timer| pin!(timer).poll(context).is_ready());
        if due || !event_loop.ready.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    })
    .await;
}

/// A thread's own event loop, which runs when the thread tells it to: in Python, `asyncio.Runner`. While it does, the
/// thread is blocked. Between two runs the loop's tasks stand still; their timers do not.
pub struct Runner {
    event_loop: Rc<EventLoop>,
    closed: bool,
}

impl Runner {
    /// Makes a loop, which does not run yet.
    #[expect(clippy::new_without_default, reason = "it adds a lane to the trace, which a default should not")]
    pub fn new() -> Runner {
        let lane = lane::with(|context| {
            let lane = context.run.new_lane();
            context.define_lane(lane, LaneKind::EventLoop, LOOP);
            lane
        });
        Runner { event_loop: EventLoop::new(lane), closed: false }
    }

    /// The same, with its loop's debug mode on or off: in Python, `asyncio.Runner(debug=on)`. See
    /// [`set_debug`](super::set_debug).
    pub fn debug(self, on: bool) -> Runner {
        self.event_loop.slow.debug.set(on);
        self
    }

    /// Runs `future` as a task of the loop, and the loop's other tasks with it, until that task is over.
    ///
    /// # Errors
    /// The task's error, or a sentence if the runner is closed, or the thread is inside an event loop already.
    ///
    /// # Panics
    /// If a task does.
    #[track_caller]
    pub fn run<T: Clone + 'static>(
        &mut self,
        name: impl Into<String>,
        future: impl Future<Output = Result<T, Error>> + 'static,
    ) -> Result<T, Error> {
        if self.closed {
            return Err(Error::raised("RuntimeError: Runner is closed"));
        }
        if running().is_some() {
            return Err(Error::raised("RuntimeError: Runner.run() cannot be called from a running event loop"));
        }
        let event_loop = self.event_loop.clone();
        let on_loop = event_loop.enter();
        let task: Task<T> = spawn_on(&event_loop, name, future);
        self.block_until(Some(task.core()), || task.is_done());
        drop(on_loop);
        task.shared.result()
    }

    /// Cancels the tasks that are left, lets them clean up, and ends the loop. Dropping the runner does the same.
    pub fn close(&mut self) {
        if std::mem::replace(&mut self.closed, true) {
            return;
        }
        let event_loop = self.event_loop.clone();
        let on_loop = event_loop.enter();
        if !event_loop.is_empty() {
            let left = event_loop.cancel_all();
            self.block_until(None, || are_over(&left));
            // As CPython: what was started meanwhile does not go on.
            event_loop.clear();
        }
        event_loop.ready.close();
        drop(on_loop);
        lane::with(|context| context.end_of(event_loop.lane, Ending::Returned, ""));
    }

    /// Lets the loop run on this thread, which waits for it.
    fn block_until(&self, task: Option<&Core>, over: impl Fn() -> bool) {
        let event_loop = &self.event_loop;
        let on = task.map_or(event_loop.lane, |task| task.info.lane);
        let (lane, name, since) = lane::with(|context| {
            let was = (context.lane, context.lane_name().to_owned());
            let since = context.state(State::Blocked, Some(Target::Lane(on)), None);
            context.switch_to(event_loop.lane, LOOP);
            (was.0, was.1, since)
        });
        let bell = Arc::new(Bell::default());
        let waker = Waker::from(bell.clone());
        let failure = loop {
            match event_loop.turns(&over) {
                Err(failure) => break Some(failure),
                Ok(Next::Over) => break None,
                Ok(Next::Yield) => {}
                Ok(Next::Idle(until)) => {
                    event_loop.ready.sleeping_loop.register(&waker);
                    if event_loop.ready.is_empty() {
                        bell.wait(until);
                    }
                }
            }
        };
        // Between two runs the loop waits for the next one.
        event_loop.show(State::Suspended);
        lane::with(|context| {
            context.switch_to(lane, &name);
            context.resumed(since, task.and_then(|task| task.end.get()), None);
        });
        if let Some(failure) = failure {
            panic!("{}", failure.message);
        }
    }
}

impl Drop for Runner {
    fn drop(&mut self) {
        // A panicking thread has no time to clean up.
        if !std::thread::panicking() {
            self.close();
        }
    }
}

/// Wakes a thread that runs a loop.
#[derive(Default)]
pub(super) struct Bell(Monitor<bool>);

impl Bell {
    pub(super) fn wait(&self, until: Option<Nanos>) {
        let given_up = gil::give_up();
        let mut rung = self.0.lock();
        while !std::mem::take(&mut *rung) {
            let left = until.map(|until| Duration::from_nanos(until.saturating_sub(lane::now()).0));
            if left == Some(Duration::ZERO) {
                break;
            }
            rung.wait_on(None, left);
        }
        drop(rung);
        if let Some(gil) = given_up {
            gil.take_back_ready(None);
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Bell>) {
        *self.0.lock() = true;
        self.0.notify_all();
    }
}
