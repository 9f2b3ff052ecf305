//! In a browser a wait is one instruction, and threads end with their engine. A process that was killed ends itself,
//! since its worker may go on for a while.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32};
use std::time::Duration;

use wasm_bindgen::prelude::*;

#[wasm_bindgen(module = "/src/runtime/host/web/foreign.js")]
extern "C" {
    #[wasm_bindgen(js_name = stopOnce)]
    fn js_stop_once(at: i32, value: i32);
    #[wasm_bindgen(js_name = stopIfTold)]
    fn js_stop_if_told();
}

thread_local! {
    /// Whether this is a process that may be told to stop.
    static STOPPABLE: Cell<bool> = const { Cell::new(false) };
}

/// A wait on a monitor need not return to check whether the run was cancelled: the engine is terminated.
pub const LOOK_EVERY: Option<Duration> = None;

/// Nothing: threads end with the engine.
pub fn end_with(_: Option<Arc<AtomicBool>>) {}

/// This process stops for ever, at its next observable step, once the word at this address of the main program's memory
/// is `value`. A browser may take two seconds to end a worker that computes, and what a process does after it was
/// killed must not be seen.
pub fn stop_once(address: usize, value: u32) {
    js_stop_once((address / 4) as i32, value as i32);
    STOPPABLE.set(true);
}

/// Work that does not wait ends here if its process was killed.
pub fn checkpoint() {
    if STOPPABLE.get() {
        js_stop_if_told();
    }
}

/// Blocks while the word is `value`, until a notification, or for `limit` at most.
pub fn wait_on_word(word: &AtomicU32, value: u32, limit: Option<Duration>) {
    let nanos = limit.map_or(-1, |limit| i64::try_from(limit.as_nanos()).unwrap_or(i64::MAX));
    // SAFETY: a reference to an atomic word is a valid, aligned address of shared memory.
    unsafe { core::arch::wasm32::memory_atomic_wait32(word.as_ptr().cast(), value as i32, nanos) };
}

/// Wakes at most `count` waiters on the word.
pub fn notify_word(word: &AtomicU32, count: u32) {
    // SAFETY: as above.
    unsafe { core::arch::wasm32::memory_atomic_notify(word.as_ptr().cast(), count) };
}
