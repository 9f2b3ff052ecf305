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
    /// Its future is dropped instead of polled.
    dropped_next: Cell<bool>,
    /// How many futures it is inside that want to be told of a cancellation.
    pub(super) catchers: Cell<u32>,
    /// The innermost of them is to be told.
    pub(super) told: Cell<bool>,
}

type Callback = Box<dyn FnOnce(&Core)>;

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
            dropped_next: Cell::new(false),
            catchers: Cell::new(0),
            told: Cell::new(false),
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

    /// Asks it to end: tells it, if it wants to be told; otherwise drops its future at its next turn. False if it is
    /// over.
    pub(super) fn cancel(&self) -> bool {
        if self.end.get().is_some() {
            return false;
        }
        if self.catchers.get() > 0 {
            self.told.set(true)
        } else {
            self.drop_at_next_turn()
        }
        Waker::from(self.info.clone()).wake();
        true
    }

    pub(super) fn drop_at_next_turn(&self) {
        self.dropped_next.set(true);
    }

    pub(super) fn is_to_be_dropped(&self) -> bool {
        self.dropped_next.get()
    }
}
