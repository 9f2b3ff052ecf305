//! The memory that a thread which plays a process shares with its parent.
//!
//! In a browser a process that is killed stops for ever at its next observable step, and one that panics ends on the
//! spot; neither unwinds. Here both unwind and drop what they had, but whatever that would do to shared words is
//! suppressed.

use std::mem::ManuallyDrop;
use std::sync::Arc;
use std::thread::panicking;
use std::time::Duration;

use crate::runtime::host::blocking::{checkpoint, is_process};
use crate::runtime::host::{Change, LocalWords, Words};

/// Words of the main program; `None` if this thread plays no process.
pub fn parent_words(address: usize, words: usize) -> Option<Arc<dyn Words>> {
    is_process().then(|| {
        // SAFETY: the parent keeps what it has handed to a process until it is told of its end, which happens after the
        // process has dropped everything it had.
        let words = unsafe { LocalWords::at(address, words) };
        Arc::new(ParentWords(words)) as Arc<dyn Words>
    })
}

/// Words of the main program, as a process sees them.
struct ParentWords(ManuallyDrop<LocalWords>);

impl ParentWords {
    /// An observable step; ends the process instead if it is to end. A process that is unwinding is dead already: it
    /// only believes that it takes the step, which yields `believed`.
    fn step<R>(&self, believed: R, step: impl FnOnce(&LocalWords) -> R) -> R {
        if panicking() {
            return believed;
        }
        checkpoint();
        step(&self.0)
    }
}

impl Words for ParentWords {
    fn len(&self) -> usize {
        self.0.len()
    }
    fn address(&self) -> usize {
        self.0.address()
    }
    fn load(&self, at: usize) -> u32 {
        self.0.load(at)
    }
    fn store(&self, at: usize, value: u32) {
        self.step((), |words| words.store(at, value));
    }
    fn swap(&self, at: usize, value: u32) -> u32 {
        self.step(0, |words| words.swap(at, value))
    }
    fn replace(&self, at: usize, current: u32, value: u32) -> bool {
        // True, so that no loop retries for ever.
        self.step(true, |words| words.replace(at, current, value))
    }
    fn add(&self, at: usize, value: u32) -> u32 {
        self.step(0, |words| words.add(at, value))
    }
    fn and(&self, at: usize, bits: u32) -> u32 {
        self.step(0, |words| words.and(at, bits))
    }
    fn load_long(&self, at: usize) -> i64 {
        self.0.load_long(at)
    }
    fn store_long(&self, at: usize, value: i64) {
        self.step((), |words| words.store_long(at, value));
    }
    fn wait(&self, at: usize, value: u32, limit: Option<Duration>) {
        self.step((), |words| words.wait(at, value, limit));
    }
    fn notify(&self, at: usize, count: u32) {
        self.step((), |words| words.notify(at, count));
    }
    fn load_row(&self, first: usize, into: &mut [u32]) {
        self.0.load_row(first, into);
    }
    fn store_each(&self, changes: &[Change]) {
        self.step((), |words| words.store_each(changes));
    }
    fn changes_soon(&self, at: usize, value: u32) -> bool {
        self.0.changes_soon(at, value)
    }
    unsafe fn write(&self, at: usize, bytes: &[u8]) {
        // SAFETY: as for the caller.
        self.step((), |words| unsafe { words.write(at, bytes) });
    }
    unsafe fn read(&self, at: usize, len: usize, into: &mut Vec<u8>) {
        // SAFETY: as for the caller.
        unsafe { self.0.read(at, len, into) };
    }
}
