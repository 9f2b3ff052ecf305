//! Tasks that end before the block in which they were started.
//!
//! ```
//! # use std::time::Duration;
//! # use weft::runtime::tasks::*;
//! # use weft::runtime::{Config, Run, host::Clock, print};
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! # let run = Run::new(Config::default(), Clock::start());
//! # run_main(&run, async {
//! let sum = task_group(async |group| {
//!     let one = group.spawn("one", async { Ok(1) });
//!     let two = group.spawn("two", async { Ok(2) });
//!     Ok(one.await? + two.await?)
//! });
//! assert_eq!(sum.await, Ok(3));
//!
//! let failed: Result<(), _> = task_group(async |group| {
//!     group.spawn::<()>("bad", async { Err(Error::raised("no luck")) });
//!     group.spawn("good", async { Ok(sleep(Duration::from_secs(60)).await) });
//!     Ok(())
//! })
//! .await;
//! assert_eq!(failed, Err(Error::raised("no luck")));
//! # Ok(())
//! # }).await.unwrap();
//! # });
//! ```

use std::cell::{Cell, RefCell};
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::cancel::catch_cancel;
use super::core::{Core, Ends};
use super::executor::current;
use super::{Error, Task, spawn};
use crate::runtime::lane::{self, Site, WaitReason};
use crate::trace::{ResourceKind, Target};

/// Runs `body`, which may start tasks in the group, and waits for all of them: in Python,
/// `async with asyncio.TaskGroup() as group:`.
///
/// If one of them fails, its siblings and `body` are cancelled; if `body` fails, so are the tasks; if the current task is
/// cancelled, both. When all are over, this returns the first error that is no cancellation. Unlike Python, which raises
/// all errors in an `ExceptionGroup`, it returns only that one.
#[track_caller]
pub fn task_group<T>(body: impl AsyncFnOnce(&TaskGroup) -> Result<T, Error>) -> impl Future<Output = Result<T, Error>> {
    let site = Site::caller();
    async move {
        let group = TaskGroup::new(site);
        let state = &group.state;
        // What follows is CPython's `TaskGroup.__aexit__`.
        let result = catch_cancel(body(&group)).await;
        state.exiting.set(true);
        let parent = state.parent.core();
        let mut cancelled = matches!(result, Err(Error::Cancelled));
        if state.cancelled_parent.get() && parent.uncancel() == 0 {
            cancelled = false;
        }
        if let Err(error) = &result {
            state.fails(error);
        }
        while state.left.get() > 0 {
            if catch_cancel(poll_fn(|context| group.poll_children(context))).await.is_err() && !state.aborting.get() {
                cancelled = true;
                state.abort();
            }
        }
        match state.failed.take() {
            Some(error) => {
                // A request from elsewhere is still to arrive.
                if parent.cancelling() > 0 {
                    parent.uncancel();
                    parent.cancel();
                }
                Err(error)
            }
            None if cancelled => Err(Error::Cancelled),
            None => result,
        }
    }
}

/// The tasks of a [`task_group`]. Clones are the same group, so that its tasks can start others in it.
#[derive(Clone)]
pub struct TaskGroup {
    state: Rc<State>,
    site: Site,
    on: Target,
}

struct State {
    /// The task that is in the block.
    parent: Rc<dyn Ends>,
    children: RefCell<Vec<Rc<dyn Ends>>>,
    /// How many are not over.
    left: Cell<usize>,
    /// The first error.
    failed: RefCell<Option<Error>>,
    /// The tasks were cancelled, and no more are started.
    aborting: Cell<bool>,
    /// The body is over.
    exiting: Cell<bool>,
    /// The body was cancelled because a child has failed.
    cancelled_parent: Cell<bool>,
    waiter: RefCell<Option<Waker>>,
}

impl State {
    fn abort(&self) {
        self.aborting.set(true);
        for child in &*self.children.borrow() {
            child.core().cancel();
        }
    }

    /// A child or the body has ended with this error.
    fn fails(&self, error: &Error) {
        if *error != Error::Cancelled {
            self.failed.borrow_mut().get_or_insert_with(|| error.clone());
        }
        if !self.aborting.get() {
            self.abort();
        }
    }

    /// A child is over.
    fn ended(&self, child: &Core) {
        self.left.set(self.left.get() - 1);
        let error = child.error.borrow().clone().filter(|error| *error != Error::Cancelled);
        if let Some(error) = error {
            self.fails(&error);
            if !self.exiting.get() && !self.cancelled_parent.replace(true) {
                self.parent.core().cancel();
            }
        }
        if self.left.get() == 0
            && let Some(waiter) = self.waiter.take()
        {
            waiter.wake();
        }
    }

    /// Why no task can be added, if so.
    fn refuses(&self) -> Option<Error> {
        let is_over = self.exiting.get() && self.left.get() == 0;
        let why = match (is_over, self.aborting.get()) {
            (true, _) => "is finished",
            (false, true) => "is shutting down",
            (false, false) => return None,
        };
        Some(Error::raised(format!("RuntimeError: the task group {why}")))
    }
}

impl TaskGroup {
    fn new(site: Site) -> TaskGroup {
        let resource = lane::with(|lane| lane.define_resource(ResourceKind::Gather, "task group"));
        let state = State {
            parent: current().current_task(),
            children: RefCell::default(),
            left: Cell::new(0),
            failed: RefCell::default(),
            aborting: Cell::new(false),
            exiting: Cell::new(false),
            cancelled_parent: Cell::new(false),
            waiter: RefCell::default(),
        };
        TaskGroup { state: Rc::new(state), site, on: Target::Resource(resource) }
    }

    /// Starts a task in the group: in Python, `group.create_task(future, name=name)`. When the group is over or has
    /// begun to cancel its tasks, `future` never runs. Unlike Python, where that is an error here, the task is then one
    /// that has failed with a `RuntimeError`.
    #[track_caller]
    pub fn spawn<T: 'static>(
        &self,
        name: impl Into<String>,
        future: impl Future<Output = Result<T, Error>> + 'static,
    ) -> Task<T> {
        if let Some(error) = self.state.refuses() {
            return spawn(name, std::future::ready(Err(error)));
        }
        let task = spawn(name, future);
        let weak = Rc::downgrade(&self.state);
        task.core().on_end(move |core| {
            if let Some(state) = weak.upgrade() {
                state.ended(core);
            }
        });
        self.state.left.set(self.state.left.get() + 1);
        self.state.children.borrow_mut().push(task.shared.clone());
        task
    }

    /// Ready when all children are over.
    fn poll_children(&self, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        if self.state.left.get() == 0 {
            return Poll::Ready(Ok(()));
        }
        self.state.waiter.replace(Some(context.waker().clone()));
        lane::with(|lane| lane.wait = Some(WaitReason::suspended(Some(self.on), self.site)));
        Poll::Pending
    }
}
