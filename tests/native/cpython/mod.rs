//! CPython's own tests, asked of the runtime: one file for each of theirs, and in it one test for each of their tests, by
//! the same name. `names.txt` lists all of theirs, and says of those that have none here why.

mod concurrent_futures;
mod futures;
mod lock_tests;
mod locks;
mod multiprocessing_connections;
mod multiprocessing_manager;
mod multiprocessing_pool;
mod multiprocessing_process;
mod multiprocessing_queues;
mod multiprocessing_sync;
mod multiprocessing_values;
mod process_pool;
mod queue;
mod queues;
mod runners;
mod table;
mod taskgroups;
mod tasks;
mod threading;
mod timeouts;
mod waitfor;
mod with_processes;

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use weft::runtime::tasks::{Error, Finally, finally, sleep};

use crate::tasks::play;

/// Short, but not nothing.
const EPSILON: Duration = Duration::from_millis(100);

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

async fn nap(wait: u64) -> Result<(), Error> {
    sleep(ms(wait)).await;
    Ok(())
}

/// The others have a turn.
async fn turn() {
    sleep(Duration::ZERO).await;
}

/// What has happened, in order.
#[derive(Clone)]
struct Noted<T>(Rc<RefCell<Vec<T>>>);

impl<T: Clone> Noted<T> {
    fn new() -> Noted<T> {
        Noted(Rc::default())
    }

    fn put(&self, what: T) {
        self.0.borrow_mut().push(what);
    }

    fn none(&self) -> bool {
        self.0.borrow().is_empty()
    }

    fn all(&self) -> Vec<T> {
        self.0.borrow().clone()
    }
}

/// Whether something has happened.
#[derive(Clone, Default)]
struct Seen(Rc<Cell<bool>>);

impl Seen {
    fn set(&self) {
        self.0.set(true);
    }

    fn is(&self) -> bool {
        self.0.get()
    }

    /// It happens when this is dropped.
    fn on_drop(&self) -> Finally<impl FnOnce() + use<>> {
        let seen = self.clone();
        finally(move || seen.set())
    }
}
