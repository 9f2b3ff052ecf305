//! Callbacks for the end of a task or a future: which was added, so that it can be removed.

use std::cell::Cell;
use std::rc::Rc;

/// A callback that was added to a [`Task`](super::Task) or a [`Future`](super::Future). Dropping this leaves it there.
///
/// Unlike Python, where `remove_done_callback` is given the function, and removes all that are equal to it, this removes
/// the one that was added: closures cannot be compared.
pub struct DoneCallback(Rc<Cell<bool>>);

impl DoneCallback {
    pub(super) fn added() -> DoneCallback {
        DoneCallback(Rc::new(Cell::new(true)))
    }

    /// The same callback.
    pub(super) fn handle(&self) -> DoneCallback {
        DoneCallback(self.0.clone())
    }

    /// Removes it, so that it is not called: in Python, `task.remove_done_callback(callback)`. False if it was removed
    /// before, or the task or future is done; then it has been called, or will be soon.
    pub fn remove(&self) -> bool {
        self.0.replace(false)
    }
}
