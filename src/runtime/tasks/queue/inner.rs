//! What a queue holds, and who waits for it.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;

use crate::runtime::lane::{self, Site, WaitReason};
use crate::runtime::order::Order;
use crate::runtime::tasks::flag::Flag;
use crate::runtime::tasks::wait_queue::WaitQueue;
use crate::runtime::traced::LocalTraced;
use crate::trace::{Cause, ResourceKind};

pub(super) struct Inner<T> {
    pub(super) traced: LocalTraced,
    pub(super) capacity: usize,
    pub(super) order: Order<T>,
    pub(super) now: RefCell<Now<T>>,
    /// No item is unfinished.
    pub(super) all_done: Rc<Flag>,
}

pub(super) struct Now<T> {
    /// The items, the next at the front, and who put them.
    pub(super) items: VecDeque<(T, Cause)>,
    pub(super) getters: WaitQueue,
    pub(super) putters: WaitQueue,
    /// Items for which `task_done` was not called yet.
    pub(super) unfinished: usize,
    /// Who has shut it down.
    pub(super) shut: Option<Cause>,
}

impl<T> Inner<T> {
    pub(super) fn new(name: String, capacity: usize, order: Order<T>) -> Rc<Inner<T>> {
        let traced = LocalTraced::with_level(ResourceKind::Queue, name, 0);
        let (getters, putters) = (WaitQueue::default(), WaitQueue::default());
        let now = RefCell::new(Now { items: VecDeque::new(), getters, putters, unfinished: 0, shut: None });
        let all_done = Flag::new(traced.target(), true);
        Rc::new(Inner { traced, capacity, order, now, all_done })
    }

    pub(super) fn room(&self, now: &Now<T>) -> usize {
        self.capacity - now.items.len()
    }

    pub(super) fn add(&self, now: &mut Now<T>, item: T) {
        now.unfinished += 1;
        self.all_done.lower();
        let cause = self.record(now.items.len() + 1);
        self.order.insert(&mut now.items, item, cause);
        now.getters.call(now.items.len(), cause);
    }

    /// Takes the first item, at this source line.
    pub(super) fn take(&self, now: &mut Now<T>, site: Site) -> Option<T> {
        let (item, put) = now.items.pop_front()?;
        lane::with(|lane| {
            let on = self.traced.target();
            if !lane.was_woken(on, Some(put)) {
                lane.passed(on, Some(put), Some(site));
            }
        });
        let cause = self.record(now.items.len());
        now.putters.call(self.room(now), cause);
        Some(item)
    }

    /// Records how many items there are now.
    pub(super) fn record(&self, items: usize) -> Cause {
        lane::with(|lane| self.traced.level(lane, items as i64))
    }

    /// The current task will have to wait.
    pub(super) fn suspend(&self, site: Site) {
        let on = Some(self.traced.target());
        lane::with(|lane| lane.wait = Some(WaitReason::suspended(on, site)));
    }
}
