//! A flag, and tasks that wait until it is raised: what [`Event`](super::Event), [`Future`](super::Future) and the
//! joining of a [`Queue`](super::Queue) are made of.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use super::wait_queue::acting_for;
use crate::runtime::lane::{self, Site, WaitReason};
use crate::trace::{Cause, Target};

pub(super) struct Flag {
    on: Target,
    now: RefCell<Now>,
}

#[derive(Default)]
struct Now {
    up: bool,
    /// Who raised it last.
    cause: Option<Cause>,
    /// In the order in which they came.
    waiting: Vec<Waiting>,
}

enum Waiting {
    /// A task, to be told before it is woken.
    Task(Rc<Cell<bool>>, Waker),
    /// Something to be called.
    Callback(Box<dyn FnOnce()>),
}

impl Waiting {
    fn is(&self, task: &Rc<Cell<bool>>) -> bool {
        matches!(self, Waiting::Task(told, _) if Rc::ptr_eq(told, task))
    }
}

impl Flag {
    /// A flag whose waiters wait for this.
    pub(super) fn new(on: Target, up: bool) -> Rc<Flag> {
        let now = RefCell::new(Now { up, ..Now::default() });
        Rc::new(Flag { on, now })
    }

    pub(super) fn is_up(&self) -> bool {
        self.now.borrow().up
    }

    /// Raises it, and wakes all waiters; they go on even if it is lowered before they run. `cause` has raised it.
    pub(super) fn raise(&self, cause: Cause) {
        let mut now = self.now.borrow_mut();
        now.up = true;
        now.cause = Some(cause);
        let waiting = std::mem::take(&mut now.waiting);
        // A callback may look at the flag.
        drop(now);
        if waiting.is_empty() {
            return;
        }
        acting_for(cause, || {
            for waiting in waiting {
                match waiting {
                    Waiting::Task(told, waker) => {
                        told.set(true);
                        waker.wake();
                    }
                    Waiting::Callback(callback) => callback(),
                }
            }
        });
    }

    /// Calls this, in its place among the waiters, when it is next raised.
    pub(super) fn on_raise(&self, callback: impl FnOnce() + 'static) {
        self.now.borrow_mut().waiting.push(Waiting::Callback(Box::new(callback)));
    }

    /// From now on tasks wait.
    pub(super) fn lower(&self) {
        self.now.borrow_mut().up = false;
    }

    /// Completes when it is up.
    pub(super) fn wait(self: &Rc<Self>, site: Site) -> impl Future<Output = ()> + use<> {
        Raised { flag: self.clone(), site, told: None }
    }
}

struct Raised {
    flag: Rc<Flag>,
    site: Site,
    /// While it waits: whether the flag was raised meanwhile.
    told: Option<Rc<Cell<bool>>>,
}

impl Future for Raised {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let flag = self.flag.clone();
        let now = &mut *flag.now.borrow_mut();
        match &self.told {
            None if now.up => {
                lane::with(|lane| lane.passed(flag.on, now.cause, Some(self.site)));
                return Poll::Ready(());
            }
            None => {
                let told = Rc::new(Cell::new(false));
                now.waiting.push(Waiting::Task(told.clone(), context.waker().clone()));
                self.told = Some(told);
            }
            Some(told) if told.get() => {
                self.told = None;
                return Poll::Ready(());
            }
            Some(told) => {
                let mine = now.waiting.iter_mut().find(|waiting| waiting.is(told));
                *mine.expect("it waits until it is told") = Waiting::Task(told.clone(), context.waker().clone());
            }
        }
        lane::with(|lane| lane.wait = Some(WaitReason::suspended(Some(flag.on), self.site)));
        Poll::Pending
    }
}

impl Drop for Raised {
    fn drop(&mut self) {
        if let Some(told) = &self.told {
            self.flag.now.borrow_mut().waiting.retain(|waiting| !waiting.is(told));
        }
    }
}
