//! Awaiting several tasks together.

use std::cell::Cell;
use std::future::Future;
use std::panic::Location;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll};

use super::task::Shared;
use super::{Error, Task};
use crate::runtime::lane::{self, Site, Wait};
use crate::trace::{ResourceKind, State, Target};

/// Waits for all of these tasks, and gives what they returned, in their order: in Python, `asyncio.gather`. If one has
/// failed, this gives its error; of several, that of the first in the list.
///
/// The waiter is woken once, by the task that ends last.
#[track_caller]
pub fn gather<T>(tasks: impl IntoIterator<Item = Task<T>>) -> Gather<T> {
    let tasks: Vec<_> = tasks.into_iter().map(|task| task.shared).collect();
    Gather { tasks, site: Location::caller(), waits_on: None }
}

/// The end of several tasks, to be awaited.
pub struct Gather<T> {
    tasks: Vec<Rc<Shared<T>>>,
    site: Site,
    waits_on: Option<Target>,
}

impl<T> Future for Gather<T> {
    type Output = Result<Vec<T>, Error>;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<Vec<T>, Error>> {
        let pending: Vec<_> = self.tasks.iter().filter(|task| task.end.get().is_none()).collect();
        if pending.is_empty() {
            return Poll::Ready(self.tasks.iter().map(|task| task.take()).collect());
        }
        if self.waits_on.is_none() {
            let left = Rc::new(Cell::new(pending.len()));
            for task in pending {
                let left = left.clone();
                let waker = context.waker().clone();
                task.on_end(move || {
                    left.set(left.get() - 1);
                    if left.get() == 0 {
                        waker.wake();
                    }
                });
            }
            let name = format!("gather of {}", self.tasks.len());
            let resource = lane::with(|lane| lane.define_resource(ResourceKind::Gather, &name));
            self.waits_on = Some(Target::Resource(resource));
        }
        let wait = Wait { state: State::Suspended, on: self.waits_on, site: Some(self.site) };
        lane::with(|lane| lane.wait = Some(wait));
        Poll::Pending
    }
}
