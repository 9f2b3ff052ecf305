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
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::core::{Core, Ends};
use super::executor::running;
use super::{Error, Task, spawn};
use crate::runtime::lane::{self, Site, WaitReason};
use crate::trace::{ResourceKind, Target};

/// Runs `body`, which may start tasks in the group, and waits for all of them: in Python,
/// `async with asyncio.TaskGroup() as group:`.
///
/// If one of them fails, its siblings and `body` are cancelled, and this returns the error (Python raises it in an
/// `ExceptionGroup`). If `body` fails, the tasks are cancelled likewise. If this itself is dropped, the tasks are
/// dropped with it at once: no child outlives the group.
#[track_caller]
pub fn task_group<T>(body: impl AsyncFnOnce(&TaskGroup) -> Result<T, Error>) -> impl Future<Output = Result<T, Error>> {
    let site = Site::caller();
    async move {
        let group = TaskGroup::new(site);
        let result = {
            let mut body = pin!(body(&group));
            poll_fn(|context| {
                let polled = body.as_mut().poll(context);
                group.poll_body(context, polled)
            })
            .await
        };
        if !matches!(result, Some(Ok(_))) {
            group.state.cancel_all();
        }
        poll_fn(|context| group.poll_children(context)).await;
        let failed = group.state.failed.take();
        match (result, failed) {
            (Some(result), None) => result,
            (Some(Err(error)), Some(_)) => Err(error),
            (_, Some(error)) => Err(error),
            (None, None) => unreachable!("the body is cut only when a child has failed"),
        }
    }
}

/// The tasks of a [`task_group`].
pub struct TaskGroup {
    state: Rc<State>,
    site: Site,
    on: Target,
}

#[derive(Default)]
struct State {
    children: RefCell<Vec<Rc<dyn Ends>>>,
    /// How many are not over.
    left: Cell<usize>,
    /// The error of the first to fail.
    failed: RefCell<Option<Error>>,
    /// The body is over; the waiter waits for the last child.
    joining: Cell<bool>,
    waiter: RefCell<Option<Waker>>,
}

impl State {
    fn cancel_all(&self) {
        for child in &*self.children.borrow() {
            child.core().cancel();
        }
    }

    /// A child is over.
    fn ended(&self, child: &Core) {
        self.left.set(self.left.get() - 1);
        let error = child.error.borrow().clone().filter(|error| *error != Error::Cancelled);
        let first = error.is_some() && self.failed.borrow().is_none();
        if first {
            self.failed.replace(error);
            self.cancel_all();
        }
        let enough = if self.joining.get() { self.left.get() == 0 } else { first };
        if let Some(waiter) = self.waiter.borrow().as_ref().filter(|_| enough) {
            waiter.wake_by_ref();
        }
    }
}

impl TaskGroup {
    fn new(site: Site) -> TaskGroup {
        let resource = lane::with(|lane| lane.define_resource(ResourceKind::Gather, "task group"));
        TaskGroup { state: Rc::default(), site, on: Target::Resource(resource) }
    }

    /// Starts a task in the group: in Python, `group.create_task(future, name=name)`.
    #[track_caller]
    pub fn spawn<T: 'static>(
        &self,
        name: impl Into<String>,
        future: impl Future<Output = Result<T, Error>> + 'static,
    ) -> Task<T> {
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

    /// Ready with what the body returns, or with `None` as soon as a child has failed.
    fn poll_body<T>(&self, context: &mut Context<'_>, body: Poll<Result<T, Error>>) -> Poll<Option<Result<T, Error>>> {
        if let Poll::Ready(result) = body {
            return Poll::Ready(Some(result));
        }
        if self.state.failed.borrow().is_some() {
            lane::with(|lane| lane.wait = None);
            return Poll::Ready(None);
        }
        self.state.waiter.replace(Some(context.waker().clone()));
        Poll::Pending
    }

    /// Ready when all children are over.
    fn poll_children(&self, context: &mut Context<'_>) -> Poll<()> {
        self.state.joining.set(true);
        if self.state.left.get() == 0 {
            return Poll::Ready(());
        }
        self.state.waiter.replace(Some(context.waker().clone()));
        lane::with(|lane| lane.wait = Some(WaitReason::suspended(Some(self.on), self.site)));
        Poll::Pending
    }
}

impl Drop for TaskGroup {
    fn drop(&mut self) {
        let Some(event_loop) = running() else { return };
        for child in self.state.children.take() {
            if child.core().end.get().is_none() {
                event_loop.drop_now(&child);
            }
        }
    }
}
