//! Natively a thread cannot be ended from outside: its waits return now and then to check whether its run was cancelled,
//! or whether the process that it plays is to end. If so, it unwinds.

use std::cell::RefCell;
use std::convert::Infallible;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering::*};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use crate::runtime::poison::unpoisoned;

/// How often a wait checks whether it is to go on.
pub const CHECK_EVERY: Duration = Duration::from_millis(10);

/// How often a wait on a monitor returns to check.
pub const LOOK_EVERY: Option<Duration> = Some(CHECK_EVERY);

/// The process that a thread plays, or is a thread of.
#[derive(Clone)]
pub struct Played {
    /// Set once its parent's run was cancelled.
    cancelled: Arc<AtomicBool>,
    /// It stops once this word has this value.
    told: Option<(&'static AtomicU32, u32)>,
    /// Each of the process's threads has it, so the other end is closed once all are gone.
    _threads: Sender<Infallible>,
}

thread_local! {
    static PLAYED: RefCell<Option<Played>> = const { RefCell::new(None) };
    /// Set once the run that this thread is in was cancelled.
    static CANCELLED: RefCell<Option<Arc<AtomicBool>>> = const { RefCell::new(None) };
}

/// From now on waits on this thread end with [`Cancelled`] once this flag is set; `None` takes it away.
pub fn end_with(cancelled: Option<Arc<AtomicBool>>) {
    CANCELLED.set(cancelled);
}

/// Makes this thread a process while it runs `body`. It ends once `cancelled` is set: its parent's run was cancelled.
/// Returns when the threads that the process has started are gone too.
pub fn as_process<R>(cancelled: Arc<AtomicBool>, body: impl FnOnce() -> R) -> R {
    let (sender, threads) = channel();
    /// Undoes that, however `body` ends, and waits for the threads.
    struct Over(Receiver<Infallible>);
    impl Drop for Over {
        fn drop(&mut self) {
            PLAYED.set(None);
            // Nothing is ever sent: it returns when nobody is left who could.
            let _ = self.0.recv();
        }
    }
    PLAYED.set(Some(Played { cancelled, told: None, _threads: sender }));
    let _over = Over(threads);
    body()
}

/// The process that this thread plays, for a thread that it starts.
pub fn played() -> Option<Played> {
    PLAYED.with_borrow(Clone::clone)
}

/// This thread is one of the process's from now on.
pub fn play(played: Option<Played>) {
    PLAYED.set(played);
}

/// Whether this thread plays a process.
pub fn is_process() -> bool {
    PLAYED.with_borrow(Option::is_some)
}

/// This process ends at its next observable step, once the word at this address of the main program's memory is
/// `value`.
pub fn stop_once(address: usize, value: u32) {
    // SAFETY: the parent keeps a process's life word until it knows that the process has ended.
    let word = unsafe { AtomicU32::from_ptr(std::ptr::with_exposed_provenance_mut(address)) };
    PLAYED.with_borrow_mut(|played| {
        if let Some(played) = played {
            played.told = Some((word, value));
        }
    });
}

/// The payload that a cancelled lane unwinds with. It is not a panic: no hook runs.
pub struct Cancelled;

/// Ends the current lane if its run was cancelled, or it is in a process that was killed. For work that does not wait.
pub fn checkpoint() {
    let cancelled = || CANCELLED.with_borrow(|flag| flag.as_ref().is_some_and(|flag| flag.load(Acquire)));
    // A lane that is already unwinding may come here again while it drops what it had.
    if (is_stopped() || cancelled()) && !std::thread::panicking() {
        std::panic::resume_unwind(Box::new(Cancelled));
    }
}

/// Whether this thread plays a process that is to end: it was killed, or its parent's run was cancelled.
fn is_stopped() -> bool {
    PLAYED.with_borrow(|played| {
        played.as_ref().is_some_and(|Played { cancelled, told, .. }| {
            cancelled.load(Acquire) || told.is_some_and(|(word, value)| word.load(SeqCst) == value)
        })
    })
}

/// Where threads wait for words to change, hashed by the words' addresses.
static PLACES: [Place; 64] = [const { Place { mutex: Mutex::new(()), changed: Condvar::new() } }; 64];

struct Place {
    mutex: Mutex<()>,
    changed: Condvar,
}

fn place(word: &AtomicU32) -> &'static Place {
    &PLACES[std::ptr::from_ref(word).addr() / 4 % PLACES.len()]
}

/// Blocks while the word is `value`, until a notification, or for `limit` at most.
pub fn wait_on_word(word: &AtomicU32, value: u32, limit: Option<Duration>) {
    let place = place(word);
    let guard = unpoisoned(&place.mutex);
    // A thread that changes the word takes this mutex before it notifies, so no notification is lost.
    if word.load(SeqCst) == value {
        let limit = limit.map_or(CHECK_EVERY, |limit| limit.min(CHECK_EVERY));
        drop(place.changed.wait_timeout(guard, limit).unwrap_or_else(PoisonError::into_inner));
    }
    checkpoint();
}

/// Wakes all waiters on the word, however few are wanted, since waiters on other words may share its place.
pub fn notify_word(word: &AtomicU32, _: u32) {
    let place = place(word);
    drop(unpoisoned(&place.mutex));
    place.changed.notify_all();
}
