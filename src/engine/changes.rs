//! Listeners for changes of a session, and waiters for the end of its run. It knows nothing of sessions and runs.

use std::cell::RefCell;
use std::rc::Rc;

use futures::channel::oneshot;
use gloo_timers::callback::Timeout;

/// Milliseconds for which changes are collected before listeners are told.
const TELL_AFTER: u32 = 16;

/// Listeners and waiters. Clones are handles to the same ones.
#[derive(Clone, Default)]
pub struct Changes(Rc<Inner>);

#[derive(Default)]
struct Inner {
    listeners: RefCell<Vec<Rc<dyn Fn()>>>,
    telling: RefCell<Option<Timeout>>,
    waiting: RefCell<Vec<oneshot::Sender<()>>>,
}

impl Changes {
    /// Adds a listener.
    pub fn listen(&self, listener: impl Fn() + 'static) {
        self.0.listeners.borrow_mut().push(Rc::new(listener));
    }

    /// Tells the listeners, soon.
    pub fn tell_soon(&self) {
        let mut telling = self.0.telling.borrow_mut();
        if telling.is_none() {
            let changes = self.clone();
            *telling = Some(Timeout::new(TELL_AFTER, move || changes.tell()));
        }
    }

    /// Tells the listeners.
    pub fn tell(&self) {
        self.0.telling.replace(None);
        let listeners = self.0.listeners.borrow().clone();
        for listener in listeners {
            listener();
        }
    }

    /// Completes when [`Changes::end`] is called next.
    pub async fn ended(&self) {
        let (sender, receiver) = oneshot::channel();
        self.0.waiting.borrow_mut().push(sender);
        // A session outlives the page's futures, so the sender is not dropped unused.
        let _ = receiver.await;
    }

    /// Wakes all that wait for the end.
    pub fn end(&self) {
        for waiting in self.0.waiting.take() {
            // The waiter may be gone.
            let _ = waiting.send(());
        }
    }
}
