//! CPython's `lock_tests.py`, by what it tests.

mod barriers;
mod conditions;
mod events;
mod locks;
mod semaphores;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::{Duration, Instant};

use weft::runtime::threads::{JoinHandle, sleep, spawn};

use crate::threads::until;

const N: usize = 5;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// Threads that do the same.
struct Bunch<T>(Vec<JoinHandle<T>>);

fn bunch<T: Send + 'static>(size: usize, body: impl Fn() -> T + Clone + Send + 'static) -> Bunch<T> {
    Bunch((1..=size).map(|number| spawn(format!("thread-{number}"), body.clone())).collect())
}

impl<T> Bunch<T> {
    fn join(self) -> Vec<T> {
        self.0.into_iter().map(JoinHandle::join).collect()
    }

    fn finished(&self) -> usize {
        self.0.iter().filter(|thread| !thread.is_alive()).count()
    }
}

/// How often something has happened.
#[derive(Clone, Default)]
struct Count(Arc<AtomicUsize>);

impl Count {
    /// Once more; how often before.
    fn add(&self) -> usize {
        self.0.fetch_add(1, SeqCst)
    }

    fn get(&self) -> usize {
        self.0.load(SeqCst)
    }

    fn wait_until(&self, count: usize) {
        until(|| self.get() >= count);
    }
}

/// Gives threads the time to block.
fn let_block() {
    sleep(ms(100));
}

/// What `body` returns, which it must not do before this time has passed.
fn after<T>(time: Duration, body: impl FnOnce() -> T) -> T {
    let from = Instant::now();
    let value = body();
    assert!(from.elapsed() >= time, "{:?}, not {time:?}", from.elapsed());
    value
}
