//! Results as they come.
//!
//! ```
//! # use std::time::Duration;
//! # use weft::runtime::tasks::*;
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! # run_main(&run, async {
//! let tasks = [9, 1, 5].map(|ms| {
//!     spawn(format!("wait-{ms}"), async move {
//!         sleep(Duration::from_millis(ms)).await;
//!         Ok(ms)
//!     })
//! });
//! let mut results = as_completed(tasks);
//! while let Some(result) = results.next().await {
//!     print(format!("{} ms are over", result?));
//! }
//! # Ok(())
//! # }).await.unwrap();
//! # });
//! ```

use std::cell::RefCell;
use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use super::sleep::timer_in;
use super::timers::{Due, Timer};
use super::{Error, Task};
use crate::runtime::lane::{self, Site, WaitReason};
use crate::trace::{Cause, ResourceKind, Target};

/// The results of these tasks, in the order in which they end: in Python, `asyncio.as_completed`. Tasks that are
/// already over come first, in the order given. If this is dropped, the tasks go on.
pub fn as_completed<T: Clone + 'static>(tasks: impl IntoIterator<Item = Task<T>>) -> AsCompleted<T> {
    let tasks: Vec<_> = tasks.into_iter().collect();
    let name = format!("as_completed of {}", tasks.len());
    let resource = lane::with(|lane| lane.define_resource(ResourceKind::Gather, &name));
    let state = Rc::new(State::default());
    let left = tasks.len();
    for task in tasks {
        if task.is_done() {
            state.ended.borrow_mut().push_back(task);
            continue;
        }
        let weak = Rc::downgrade(&state);
        let ended = task.clone();
        task.core().on_end(move |_| {
            if let Some(state) = weak.upgrade() {
                state.ended.borrow_mut().push_back(ended);
                if let Some(waiter) = state.waiter.take() {
                    waiter.wake();
                }
            }
        });
    }
    AsCompleted { state, left, on: Target::Resource(resource), timer: None }
}

/// Tasks that end one after the other.
pub struct AsCompleted<T> {
    state: Rc<State<T>>,
    /// How many have not come yet.
    left: usize,
    on: Target,
    /// Its time is up when this is over.
    timer: Option<Timer>,
}

struct State<T> {
    /// In the order of their ends.
    ended: RefCell<VecDeque<Task<T>>>,
    waiter: RefCell<Option<Waker>>,
}

impl<T> Default for State<T> {
    fn default() -> State<T> {
        State { ended: RefCell::default(), waiter: RefCell::default() }
    }
}

impl<T: 'static> AsCompleted<T> {
    /// Waits for so long at most, at the run's speed, from now on: in Python, `timeout`. What has not come by then comes
    /// as [`Error::TimedOut`].
    pub fn at_most(mut self, limit: Duration) -> AsCompleted<T> {
        let weak = Rc::downgrade(&self.state);
        let wake = move || {
            if let Some(waiter) = weak.upgrade().and_then(|state| state.waiter.take()) {
                waiter.wake();
            }
        };
        self.timer = Some(timer_in(limit, Due::Call(Box::new(wake))).0);
        self
    }

    /// The next result, to be awaited; `None` when all have come.
    #[track_caller]
    #[expect(clippy::should_implement_trait, reason = "it is awaited, as a stream's `next` is")]
    pub fn next(&mut self) -> NextCompleted<'_, T> {
        NextCompleted { of: self, site: Site::caller(), waited: false }
    }
}

/// The result of whichever task ends next.
pub struct NextCompleted<'a, T> {
    of: &'a mut AsCompleted<T>,
    site: Site,
    waited: bool,
}

impl<T: Clone + 'static> Future for NextCompleted<'_, T> {
    type Output = Option<Result<T, Error>>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T, Error>>> {
        if self.of.left == 0 {
            return Poll::Ready(None);
        }
        let on = self.of.on;
        let ended = self.of.state.ended.borrow_mut().pop_front();
        if let Some(task) = ended {
            self.of.left -= 1;
            if !self.waited {
                let end: Option<Cause> = task.core().end.get();
                lane::with(|lane| lane.passed(on, end, Some(self.site)));
            }
            return Poll::Ready(Some(task.shared.result()));
        }
        if self.of.timer.as_ref().is_some_and(Timer::is_due) {
            self.of.left -= 1;
            return Poll::Ready(Some(Err(Error::TimedOut)));
        }
        self.waited = true;
        self.of.state.waiter.replace(Some(context.waker().clone()));
        lane::with(|lane| lane.wait = Some(WaitReason::suspended(Some(on), self.site)));
        Poll::Pending
    }
}
