//! What an event loop knows about a task, whatever its value is: its end, who waits for that, and how it is cancelled.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::sync::Arc;
use std::task::{Context, Poll, Waker};

use super::Error;
use super::turns::TaskInfo;
use crate::runtime::{Run, lane};
use crate::trace::{Cause, Ending};

/// What a task and those who wait for it share, apart from its value.
pub(super) struct Core {
    pub(super) info: Arc<TaskInfo>,
    /// Its last moment, once it is over.
    pub(super) end: Cell<Option<Cause>>,
    /// Why there is no value, once that is known.
    pub(super) error: RefCell<Option<Error>>,
    /// Called when it is over, in the order in which they were added.
    callbacks: RefCell<Vec<Callback>>,
    /// A cancellation that is still to arrive, at the await where it is: CPython's `_must_cancel`.
    pub(super) must_cancel: Cell<bool>,
    /// How often it was cancelled, without what was taken back: CPython's `_num_cancels_requested`.
    requests: Cell<u32>,
    /// How many futures it is inside that catch a cancellation.
    pub(super) catchers: Cell<u32>,
    /// It has its turn.
    runs: Cell<bool>,
    /// What it awaits and would take along: CPython's `_fut_waiter`.
    awaits: RefCell<Option<Rc<dyn Cancels>>>,
}

type Callback = Box<dyn FnOnce(&Core)>;

/// What a task may await, and then takes along when it is cancelled.
pub(super) trait Cancels {
    /// Asks it to end; false if it is over.
    fn cancel(&self) -> bool;
}

impl<T: Ends> Cancels for T {
    fn cancel(&self) -> bool {
        self.core().cancel()
    }
}

/// A task, whatever its value is.
pub(super) trait Ends {
    fn core(&self) -> &Core;
}

/// What a task runs: its future, which stores the value in the task, and what reports its end.
pub(super) struct Body {
    pub(super) future: Pin<Box<dyn Future<Output = Result<(), Error>>>>,
    /// `None` once it has returned.
    pub(super) life: Option<Life>,
}

impl Body {
    /// True once it has returned.
    pub(super) fn poll(&mut self, context: &mut Context<'_>) -> bool {
        let Poll::Ready(result) = self.future.as_mut().poll(context) else { return false };
        if let Some(life) = self.life.take() {
            life.returned(result);
        }
        true
    }
}

/// Makes sure that a task's end is reported, however it comes.
pub(super) struct Life {
    run: Arc<Run>,
    task: Rc<dyn Ends>,
}

impl Life {
    pub(super) fn new(run: Arc<Run>, task: Rc<dyn Ends>) -> Life {
        run.task_made();
        Life { run, task }
    }

    /// The task has returned: a value, which is already stored, or an error.
    fn returned(self, result: Result<(), Error>) {
        let core = self.task.core();
        match result {
            // As in CPython: it has not awaited anything since it was cancelled.
            Ok(()) if core.must_cancel.get() => core.over(Ending::Cancelled, Some(Error::Cancelled)),
            Ok(()) => core.over(Ending::Returned, None),
            Err(Error::Cancelled) => core.over(Ending::Cancelled, Some(Error::Cancelled)),
            Err(error) => core.over(Ending::Failed, Some(error)),
        }
    }
}

impl Drop for Life {
    fn drop(&mut self) {
        let core = self.task.core();
        if core.end.get().is_none() {
            if std::thread::panicking() {
                core.over(Ending::Failed, Some(Error::raised("panicked")));
            } else {
                core.over(Ending::Cancelled, Some(Error::Cancelled));
            }
        }
        self.run.task_dropped();
    }
}

impl Core {
    pub(super) fn new(info: Arc<TaskInfo>) -> Core {
        Core {
            info,
            end: Cell::new(None),
            error: RefCell::default(),
            callbacks: RefCell::default(),
            must_cancel: Cell::new(false),
            requests: Cell::new(0),
            catchers: Cell::new(0),
            runs: Cell::new(false),
            awaits: RefCell::default(),
        }
    }

    fn over(&self, ending: Ending, error: Option<Error>) {
        let message = match (&error, ending) {
            (Some(error), Ending::Failed) => error.to_string(),
            _ => String::new(),
        };
        self.error.replace(error);
        let end = lane::with(|context| context.end_of(self.info.lane, ending, &message));
        self.end.set(Some(end));
        // What is woken now is woken by this task's end.
        lane::with(|context| context.act_for(end));
        for callback in self.callbacks.take() {
            callback(self);
        }
        lane::with(|context| context.act_for_myself());
    }

    /// Calls `callback` when the task is over, which it is not yet.
    pub(super) fn on_end(&self, callback: impl FnOnce(&Core) + 'static) {
        self.callbacks.borrow_mut().push(Box::new(callback));
    }

    /// Asks it to end: what it awaits is asked, and what that does then arrives here. If it awaits nothing that can be
    /// asked, the cancellation arrives at its next turn; if it has its turn, at its next await. False if it is over.
    pub(super) fn cancel(&self) -> bool {
        if self.end.get().is_some() {
            return false;
        }
        self.requests.set(self.requests.get() + 1);
        if self.runs.get() {
            self.must_cancel.set(true);
        } else {
            self.deliver();
        }
        true
    }

    /// How often it was asked to end: CPython's `cancelling`.
    pub(super) fn cancelling(&self) -> u32 {
        self.requests.get()
    }

    /// Takes back a request, and returns how many are left: CPython's `uncancel`.
    pub(super) fn uncancel(&self) -> u32 {
        let left = self.requests.get().saturating_sub(1);
        self.requests.set(left);
        if left == 0 {
            self.must_cancel.set(false);
        }
        left
    }

    /// It awaits this now, until its next turn.
    pub(super) fn awaits(&self, awaited: Rc<dyn Cancels>) {
        self.awaits.replace(Some(awaited));
    }

    /// Its turn begins; true if it is cancelled, and nothing that it is inside catches that.
    pub(super) fn begin_turn(&self) -> bool {
        self.awaits.take();
        self.runs.set(true);
        self.catchers.get() == 0 && self.must_cancel.get()
    }

    /// Its turn ends, and it awaits something.
    pub(super) fn end_turn(&self) {
        self.runs.set(false);
        if self.must_cancel.take() {
            self.deliver();
        }
    }

    /// Takes a cancellation to what it awaits; or else wakes it, for its turn to begin with that.
    fn deliver(&self) {
        // Not there meanwhile: tasks may await each other, and the request comes back to this one.
        let awaited = self.awaits.take();
        let passed_on = awaited.as_ref().is_some_and(|awaited| awaited.cancel());
        self.awaits.replace(awaited);
        if !passed_on {
            self.must_cancel.set(true);
            Waker::from(self.info.clone()).wake();
        }
    }
}
