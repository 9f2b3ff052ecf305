//! A future: a result that is set later.
//!
//! ```
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! use std::time::Duration;
//! use weft::runtime::tasks::{Future, run_main, sleep, spawn};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let answer = Future::new("answer");
//!     answer.add_done_callback(|answer| print(format!("done: {:?}", answer.result())));
//!     let thinker = spawn("thinker", {
//!         let answer = answer.clone();
//!         async move {
//!             sleep(Duration::from_millis(1)).await;
//!             answer.set_result(42)
//!         }
//!     });
//!     assert!(answer.result().is_err(), "not yet");
//!     assert_eq!(answer.clone().await?, 42);
//!     assert!(answer.set_result(43).is_err(), "it is done");
//!     thinker.await?;
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! As Python's `asyncio.Future`:
//!
//! - It is pending until it has a result or an error, or is cancelled; from then on it is done, and stays as it is.
//!   Setting it again, or asking a pending one for its result, is an `InvalidStateError`.
//! - Any number of tasks may await it. Unlike Python, where all get the same object, each gets a clone of the result. If
//!   one of them is cancelled, so is the future, and with it the others.
//! - Its callbacks are called by the event loop, soon after it is done. Callbacks and waiting tasks have their turns in
//!   the order in which they came.
//!
//! Unlike Python, where an error that nobody has asked for is logged when the future is gone, nothing is said of it.
//!
//! This is not Rust's [`std::future::Future`], which is a computation that has not been awaited: in Python, a coroutine.

use std::cell::RefCell;
use std::future::{Future as _, IntoFuture, poll_fn};
use std::rc::Rc;
use std::task::Poll;

use futures::future::LocalBoxFuture;

use super::Error;
use super::callback::DoneCallback;
use super::core::Cancels;
use super::executor;
use super::flag::Flag;
use crate::runtime::lane::{self, Site};
use crate::runtime::traced::LocalTraced;
use crate::trace::ResourceKind;

/// A result that is set later: in Python, `asyncio.Future`. Clones are the same future.
pub struct Future<T> {
    inner: Rc<Inner<T>>,
}

struct Inner<T> {
    traced: LocalTraced,
    /// `None` until it is done.
    outcome: RefCell<Option<Result<T, Error>>>,
    done: Rc<Flag>,
}

impl<T> Inner<T> {
    fn settle(&self, outcome: Result<T, Error>) {
        self.outcome.replace(Some(outcome));
        let cause = lane::with(|lane| self.traced.level(lane, 1));
        self.done.raise(cause);
    }
}

impl<T> Clone for Future<T> {
    fn clone(&self) -> Future<T> {
        Future { inner: self.inner.clone() }
    }
}

impl<T: Clone + 'static> Future<T> {
    /// A pending future: in Python, `loop.create_future()`.
    pub fn new(name: impl Into<String>) -> Future<T> {
        let traced = LocalTraced::with_level(ResourceKind::Future, name, 0);
        let done = Flag::new(traced.target(), false);
        Future { inner: Rc::new(Inner { traced, outcome: RefCell::new(None), done }) }
    }

    /// It is done, with this result: in Python, `future.set_result(value)`.
    ///
    /// # Errors
    /// If it is done already.
    pub fn set_result(&self, value: T) -> Result<(), Error> {
        self.set(Ok(value))
    }

    /// It is done, with this error: in Python, `future.set_exception(error)`.
    ///
    /// # Errors
    /// If it is done already.
    pub fn set_error(&self, error: Error) -> Result<(), Error> {
        self.set(Err(error))
    }

    /// Cancels it, and tasks that await it get [`Error::Cancelled`]; false if it is done already: in Python,
    /// `future.cancel()`.
    pub fn cancel(&self) -> bool {
        self.inner.cancel()
    }

    /// Whether it has a result or an error, or was cancelled: in Python, `future.done()`.
    pub fn done(&self) -> bool {
        self.inner.done.is_up()
    }

    /// Whether it was cancelled: in Python, `future.cancelled()`.
    pub fn cancelled(&self) -> bool {
        matches!(*self.inner.outcome.borrow(), Some(Err(Error::Cancelled)))
    }

    /// Its result: in Python, `future.result()`.
    ///
    /// # Errors
    /// Its error; or [`Error::Cancelled`]; or, while it is pending, that there is none yet.
    pub fn result(&self) -> Result<T, Error> {
        let outcome = self.inner.outcome.borrow().clone();
        outcome.unwrap_or_else(|| {
            Err(self.invalid(|name, lane| format!("{lane} asked future “{name}” for its result, which it has not yet")))
        })
    }

    /// Its error, or `None` if it has a result: in Python, `future.exception()`.
    ///
    /// # Errors
    /// [`Error::Cancelled`], if it was cancelled; or, while it is pending, that there is none yet.
    pub fn exception(&self) -> Result<Option<Error>, Error> {
        match &*self.inner.outcome.borrow() {
            Some(Ok(_)) => Ok(None),
            Some(Err(Error::Cancelled)) => Err(Error::Cancelled),
            Some(Err(error)) => Ok(Some(error.clone())),
            None => {
                Err(self.invalid(|name, lane| format!("{lane} asked future “{name}” for its error, but it is pending")))
            }
        }
    }

    /// Has the event loop call this once it is done; soon, if it is done already: in Python,
    /// `future.add_done_callback(callback)`. What is returned can remove it.
    pub fn add_done_callback(&self, callback: impl FnOnce(&Future<T>) + 'static) -> DoneCallback {
        let added = DoneCallback::added();
        let call = {
            // Whatever sets it holds it; a strong reference would keep alive a future that can never be set.
            let (added, inner) = (added.handle(), Rc::downgrade(&self.inner));
            move || {
                if added.remove()
                    && let Some(inner) = inner.upgrade()
                {
                    executor::call_soon(move || callback(&Future { inner }));
                }
            }
        };
        if self.done() {
            call();
        } else {
            self.inner.done.on_raise(call);
        }
        added
    }

    /// Its name.
    pub fn name(&self) -> &str {
        self.inner.traced.name()
    }

    fn set(&self, outcome: Result<T, Error>) -> Result<(), Error> {
        if self.done() {
            return Err(self.invalid(|name, lane| format!("{lane} set future “{name}”, which is done already")));
        }
        self.inner.settle(outcome);
        Ok(())
    }

    fn invalid(&self, problem: impl FnOnce(&str, &str) -> String) -> Error {
        let problem = |lane: &str| format!("InvalidStateError: {}", problem(self.name(), lane));
        Error::Raised(lane::with(|lane| lane.misuse(problem)).message)
    }
}

impl<T: Clone + 'static> IntoFuture for Future<T> {
    type Output = Result<T, Error>;
    type IntoFuture = LocalBoxFuture<'static, Result<T, Error>>;

    #[track_caller]
    fn into_future(self) -> LocalBoxFuture<'static, Result<T, Error>> {
        let mut done = Box::pin(self.inner.done.wait(Site::caller()));
        Box::pin(poll_fn(move |context| {
            if done.as_mut().poll(context).is_ready() {
                return Poll::Ready(self.result());
            }
            executor::current().current_task().core().awaits(self.inner.clone());
            Poll::Pending
        }))
    }
}

impl<T: Clone + 'static> Cancels for Inner<T> {
    fn cancel(&self) -> bool {
        let pending = !self.done.is_up();
        if pending {
            self.settle(Err(Error::Cancelled));
        }
        pending
    }
}
