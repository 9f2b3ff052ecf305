//! Time-outs: a deadline for one await, or for several.
//!
//! ```
//! # use std::time::Duration;
//! # use weft::runtime::tasks::*;
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! # run_main(&run, async {
//! let slow = spawn("slow", async {
//!     sleep(Duration::from_secs(60)).await;
//!     Ok(())
//! });
//! assert_eq!(wait_for(slow, Duration::from_millis(1)).await, Err(Error::TimedOut));
//!
//! let result = timeout(Duration::from_millis(5), async {
//!     sleep(Duration::from_millis(1)).await;
//!     sleep(Duration::from_secs(60)).await; // Cut here.
//!     Ok(())
//! });
//! assert_eq!(result.await, Err(Error::TimedOut));
//! # Ok(())
//! # }).await.unwrap();
//! # });
//! ```

use std::cell::{Cell, RefCell};
use std::future::{Future, IntoFuture};
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use super::cancel::{CatchCancel, catch_cancel};
use super::core::Ends;
use super::executor::current;
use super::timers::{Due, Timer};
use super::{Error, Task};
use crate::runtime::lane;
use crate::trace::Nanos;

/// What [`wait_for`] can wait for: a future, a [`Task`], or a [`Future`](super::Future) that somebody sets.
pub trait Operation {
    /// What it results in.
    type Value;

    /// Whether it goes on by itself, and not only because it is awaited.
    const GOES_ON: bool;

    /// What is awaited.
    fn body(self) -> impl Future<Output = Result<Self::Value, Error>>;
}

impl<T, F: Future<Output = Result<T, Error>>> Operation for F {
    type Value = T;

    const GOES_ON: bool = false;

    fn body(self) -> impl Future<Output = Result<T, Error>> {
        self
    }
}

impl<T: Clone + 'static> Operation for Task<T> {
    type Value = T;

    const GOES_ON: bool = true;

    #[track_caller]
    fn body(self) -> impl Future<Output = Result<T, Error>> {
        self.into_future()
    }
}

impl<T: Clone + 'static> Operation for super::Future<T> {
    type Value = T;

    const GOES_ON: bool = true;

    #[track_caller]
    fn body(self) -> impl Future<Output = Result<T, Error>> {
        self.into_future()
    }
}

/// Awaits this for at most `limit`, at the run's speed: in Python, `asyncio.wait_for(operation, limit)`. When the time
/// is up, what is awaited is cancelled as by [`Task::cancel`], and when it has cleaned up, this returns
/// [`Error::TimedOut`]; but if it then has an error or a value after all, that.
///
/// As in CPython since 3.12, what is done in the very turn in which the time is up has timed out; and with a `limit` of
/// zero a future never starts, and a task is cancelled unless it is over.
#[track_caller]
pub fn wait_for<O: Operation>(operation: O, limit: Duration) -> impl Future<Output = Result<O::Value, Error>> {
    let begins = O::GOES_ON || !limit.is_zero();
    let mut body = timeout(limit, operation.body());
    if limit.is_zero() {
        body.until = Until::Now;
    }
    async move { if begins { body.await } else { Err(Error::TimedOut) } }
}

/// Awaits all of this for at most `limit`: in Python, `async with asyncio.timeout(limit):` around several awaits. When
/// the time is up, the current task is cancelled, as by [`Task::cancel`], at the await where it is in `body`, which a
/// mark names. If `body` ends with that cancellation, this returns [`Error::TimedOut`].
pub fn timeout<T, F>(limit: Duration, body: F) -> Timeout<F>
where
    F: Future<Output = Result<T, Error>>,
{
    Timeout { body: catch_cancel(body), until: Until::For(limit), deadline: Deadline::new(None) }
}

/// Like [`timeout`], until `when`, which `body` may change: in Python, `async with asyncio.timeout_at(when) as deadline:`.
/// `None` is never.
pub async fn timeout_at<T>(
    when: Option<Nanos>,
    body: impl AsyncFnOnce(&Deadline) -> Result<T, Error>,
) -> Result<T, Error> {
    let deadline = Deadline::new(when);
    Timeout { body: catch_cancel(body(&deadline)), until: Until::Set, deadline: deadline.clone() }.await
}

/// The time in the current run after this long, at the run's speed: in Python, `loop.time() + duration`.
pub fn time_after(duration: Duration) -> Nanos {
    lane::now() + Nanos::from(lane::scaled(duration))
}

/// When the time of a [`timeout_at`] is up. Clones are the same deadline.
#[derive(Clone)]
pub struct Deadline(Rc<Inner>);

struct Inner {
    when: Cell<Option<Nanos>>,
    state: Cell<State>,
    timer: RefCell<Option<Timer>>,
    /// Who is cancelled, and how often it had been before.
    task: RefCell<Option<(Rc<dyn Ends>, u32)>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Created,
    Active,
    /// The time is up, and the task is cancelled.
    Expiring,
    /// The body has ended after that.
    Expired,
    /// The body ended in time.
    Finished,
}

impl Deadline {
    fn new(when: Option<Nanos>) -> Deadline {
        Deadline(Rc::new(Inner {
            when: Cell::new(when),
            state: Cell::new(State::Created),
            timer: RefCell::default(),
            task: RefCell::default(),
        }))
    }

    /// When the time is up; `None` is never: in Python, `deadline.when()`.
    pub fn when(&self) -> Option<Nanos> {
        self.0.when.get()
    }

    /// Whether the time was up before the body had ended: in Python, `deadline.expired()`.
    pub fn expired(&self) -> bool {
        matches!(self.0.state.get(), State::Expiring | State::Expired)
    }

    /// Changes when the time is up: in Python, `deadline.reschedule(when)`. `None` is never.
    ///
    /// # Errors
    /// A `RuntimeError` if it is up already, or the body has ended.
    pub fn reschedule(&self, when: Option<Nanos>) -> Result<(), Error> {
        let state = match self.0.state.get() {
            State::Active => {
                self.set(when);
                return Ok(());
            }
            State::Created => "created",
            State::Expiring => "expiring",
            State::Expired => "expired",
            State::Finished => "finished",
        };
        Err(Error::raised(format!("RuntimeError: Cannot change state of {state} Timeout")))
    }

    fn set(&self, when: Option<Nanos>) {
        self.0.when.set(when);
        let due = |when| {
            let deadline = self.clone();
            Timer::set(&current().timers, when, Due::Call(Box::new(move || deadline.expire())))
        };
        self.0.timer.replace(when.map(due));
    }

    fn begin(&self, until: Until) {
        let task = current().current_task();
        let before = task.core().cancelling();
        self.0.task.replace(Some((task, before)));
        self.0.state.set(State::Active);
        match until {
            Until::Set => self.set(self.when()),
            Until::For(limit) => self.set(Some(time_after(limit))),
            Until::Now => self.expire(),
        }
    }

    /// The time is up.
    fn expire(&self) {
        self.0.state.set(State::Expiring);
        if let Some((task, _)) = &*self.0.task.borrow() {
            task.core().cancel();
        }
    }

    /// The body has ended; true if a cancellation that it ended with was this one's, and none from elsewhere. As CPython's
    /// `Timeout.__aexit__`.
    fn end(&self) -> bool {
        self.0.timer.take();
        let (was, task) = (self.0.state.get(), self.0.task.take());
        self.0.state.set(if was == State::Expiring { State::Expired } else { State::Finished });
        was == State::Expiring && task.is_some_and(|(task, before)| task.core().uncancel() <= before)
    }
}

/// When the time of a [`Timeout`] is up, before it begins.
#[derive(Clone, Copy)]
enum Until {
    /// As its deadline says.
    Set,
    /// So long after it has begun.
    For(Duration),
    /// When it begins.
    Now,
}

/// Something with a deadline, to be awaited. Its time begins when it is first polled.
pub struct Timeout<F> {
    body: CatchCancel<F>,
    until: Until,
    deadline: Deadline,
}

impl<T, F: Future<Output = Result<T, Error>>> Future for Timeout<F> {
    type Output = Result<T, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<T, Error>> {
        if self.deadline.0.state.get() == State::Created {
            self.deadline.begin(self.until);
        }
        let result = ready!(Pin::new(&mut self.body).poll(context));
        let is_own = self.deadline.end() && matches!(result, Err(Error::Cancelled));
        if !is_own {
            return Poll::Ready(result);
        }
        lane::with(|lane| match lane.waited.and_then(|wait| wait.site) {
            Some(site) => lane.mark(&format!("timed out at {}", lane.run.recorder.place(site))),
            None => lane.mark("timed out"),
        });
        Poll::Ready(Err(Error::TimedOut))
    }
}

impl<F> Drop for Timeout<F> {
    fn drop(&mut self) {
        // The timer holds the deadline.
        self.deadline.0.timer.take();
    }
}
