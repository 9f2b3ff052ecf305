//! Listeners for something on the page.

use std::cell::RefCell;
use std::rc::{Rc, Weak};

use yew::Callback;

/// Listeners for something.
#[derive(Clone, Default)]
pub struct Listeners(Rc<RefCell<List>>);

#[derive(Default)]
struct List {
    next: u64,
    /// Which of them was called last in turn.
    turn: usize,
    callbacks: Vec<(u64, Callback<()>)>,
}

/// Listens until it is dropped.
pub struct Listening {
    list: Weak<RefCell<List>>,
    number: u64,
}

impl Listeners {
    /// Calls `callback` from now on.
    pub fn listen(&self, callback: impl Fn() + 'static) -> Listening {
        let mut list = self.0.borrow_mut();
        let number = list.next;
        list.next += 1;
        list.callbacks.push((number, Callback::from(move |()| callback())));
        Listening { list: Rc::downgrade(&self.0), number }
    }

    /// Calls the one whose turn it is.
    pub fn tell_next(&self) {
        let callback = {
            let list = &mut *self.0.borrow_mut();
            list.turn = if list.turn + 1 < list.callbacks.len() { list.turn + 1 } else { 0 };
            list.callbacks.get(list.turn).map(|(_, callback)| callback.clone())
        };
        if let Some(callback) = callback {
            callback.emit(());
        }
    }

    /// Calls all of them.
    pub fn tell(&self) {
        // Called outside the borrow, since one of them may add or drop another.
        let callbacks: Vec<_> = self.0.borrow().callbacks.iter().map(|(_, callback)| callback.clone()).collect();
        for callback in callbacks {
            callback.emit(());
        }
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        if let Some(list) = self.list.upgrade() {
            list.borrow_mut().callbacks.retain(|(number, _)| *number != self.number);
        }
    }
}
