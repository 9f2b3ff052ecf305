//! Joins the runtime's GIL to the interpreter: whoever is attached to the interpreter holds it.
//!
//! The runtime's waits give the GIL up and take it back themselves, and so does the start of a lane. The interpreter
//! detaches at other places, too, for example where it waits for a lock of its own; these are no waits of the program,
//! so the GIL passes there without one. Which of the two it is, each thread notes for itself.

use std::cell::Cell;
use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, OnceLock, PoisonError};

use rustpython_vm::VirtualMachine;
use rustpython_vm::vm::thread::{CurrentFrameSlot, INTERPRETER_LOCK, InterpreterLock, current_thread_slot};
use weft::runtime::threads::{self, Gil};
use weft::trace::LaneId;

thread_local! {
    /// The runtime sees to the GIL while this thread attaches or detaches.
    static BY_RUNTIME: Cell<bool> = const { Cell::new(true) };
}

/// The interpreter's threads by lane, so that the one that holds the GIL can be told.
static THREADS: Mutex<Option<HashMap<LaneId, CurrentFrameSlot>>> = Mutex::new(None);

/// Makes the interpreter's threads take and release the GIL. To be called before the first interpreter is made.
pub(crate) fn install() {
    // A second interpreter finds it done.
    let _ = INTERPRETER_LOCK.set(InterpreterLock {
        take: || by_interpreter(threads::take_again),
        release: || by_interpreter(threads::let_go),
        is_asked: threads::is_requested,
        hand_over: |vm| wait(vm, threads::checkpoint),
    });
}

fn by_interpreter(pass: fn()) {
    if !BY_RUNTIME.get() {
        pass();
    }
}

/// The GIL of the run.
static GIL: OnceLock<Gil> = OnceLock::new();

/// Makes the GIL of the run.
pub(crate) fn make(on: bool) -> &'static Gil {
    GIL.get_or_init(|| if on { Gil::of_interpreter(Gil::SWITCH_INTERVAL, tell_holder) } else { Gil::off() })
}

/// That of the run, once it is made.
pub(crate) fn of_run() -> Option<&'static Gil> {
    GIL.get()
}

/// Sets the flag at which the holder looks between two instructions.
fn tell_holder(holder: LaneId) {
    if let Some(thread) = threads(|threads| threads.get(&holder).cloned()) {
        thread.stop_requested.store(true, Ordering::Release);
    }
}

fn threads<R>(body: impl FnOnce(&mut HashMap<LaneId, CurrentFrameSlot>) -> R) -> R {
    body(THREADS.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_default())
}

/// Detaches from the interpreter, waits as `body` does, and attaches again. Every wait of a program goes through here:
/// whoever waits attached keeps a collection of garbage waiting.
pub(crate) fn wait<R>(vm: &VirtualMachine, body: impl FnOnce() -> R) -> R {
    let outer = BY_RUNTIME.replace(true);
    let result = vm.allow_threads(body);
    BY_RUNTIME.set(outer);
    result
}

/// Runs `body`, the work of the current lane, which is attached to the interpreter.
pub(crate) fn attached<R>(lane: LaneId, body: impl FnOnce() -> R) -> R {
    /// Undoes it, also if `body` is unwound.
    struct Attached(LaneId);
    impl Drop for Attached {
        fn drop(&mut self) {
            BY_RUNTIME.set(true);
            threads(|threads| threads.remove(&self.0));
        }
    }

    if let Some(slot) = current_thread_slot() {
        threads(|threads| threads.insert(lane, slot));
    }
    let _attached = Attached(lane);
    BY_RUNTIME.set(false);
    body()
}
