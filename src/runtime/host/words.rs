//! Memory that processes share: words that each of them changes in one step, and bytes between them.
//!
//! It lies in the memory of the main program. There it is [`LocalWords`]; in a browser its processes see the same words
//! from outside, through JavaScript's `Atomics`. Both can block until another has changed a word. All accesses of words
//! are sequentially consistent, as `Atomics` are.

use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use super::{notify_word, wait_on_word};

/// How often a word can be loaded in about ten microseconds.
const LOOKS: u32 = 5000;

/// Words and bytes that processes share. Words are counted from 0; a pair of them, the first of which is even, is one
/// long word. Whoever asks for one that is not there panics.
///
/// Several steps at once are as good as each by itself: others may come in between, and whoever is killed has done some
/// of them. They are there since each call out of a process costs more than a step.
pub trait Words: Send + Sync {
    /// How many there are.
    fn len(&self) -> usize;

    /// Whether there are none.
    fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Where they are in the main program's memory.
    fn address(&self) -> usize;

    /// A word.
    fn load(&self, at: usize) -> u32;

    /// Changes a word.
    fn store(&self, at: usize, value: u32);

    /// Changes a word, and gives what it was.
    fn swap(&self, at: usize, value: u32) -> u32;

    /// Changes a word if it is `current`; true if it was.
    fn replace(&self, at: usize, current: u32, value: u32) -> bool;

    /// Adds to a word, and gives what it was. Goes on at 0 after the largest.
    fn add(&self, at: usize, value: u32) -> u32;

    /// Leaves only these bits of a word, and gives what it was.
    fn and(&self, at: usize, bits: u32) -> u32;

    /// A long word.
    fn load_long(&self, at: usize) -> i64;

    /// Changes a long word.
    fn store_long(&self, at: usize, value: i64);

    /// Blocks while the word is `value`, until a notification, or for so long at most. May return without any of these.
    fn wait(&self, at: usize, value: u32, limit: Option<Duration>);

    /// Wakes who waits on the word, so many at most.
    fn notify(&self, at: usize, count: u32);

    /// Loads words that follow each other, one after the other.
    fn load_row(&self, first: usize, into: &mut [u32]) {
        into.iter_mut().zip(first..).for_each(|(word, at)| *word = self.load(at));
    }

    /// Changes words, one after the other in this order.
    fn store_each(&self, changes: &[Change]) {
        changes.iter().for_each(|change| self.store(change.at as usize, change.value));
    }

    /// Adds one to a word, and wakes who waits on it, so many at most, if the word `asleep` counts any.
    fn signal(&self, at: usize, asleep: usize, count: u32) {
        self.add(at, 1);
        if self.load(asleep) > 0 {
            self.notify(at, count);
        }
    }

    /// As [`Words::wait`], and is counted in the word `asleep` meanwhile.
    fn sleep(&self, at: usize, value: u32, asleep: usize, limit: Option<Duration>) {
        self.add(asleep, 1);
        self.wait(at, value, limit);
        self.add(asleep, u32::MAX);
    }

    /// Looks for about ten microseconds whether the word is something else than `value`; true as soon as it is.
    fn changes_soon(&self, at: usize, value: u32) -> bool;

    /// Writes bytes, from this byte on.
    ///
    /// # Safety
    /// Nobody else may read or write them meanwhile. What keeps others away must be words of this memory.
    unsafe fn write(&self, at: usize, bytes: &[u8]);

    /// Appends `len` bytes from this byte on.
    ///
    /// # Safety
    /// Nobody else may write them meanwhile. What keeps others away must be words of this memory.
    unsafe fn read(&self, at: usize, len: usize, into: &mut Vec<u8>);
}

/// What a word shall be.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Change {
    /// The word.
    pub at: u32,
    /// What it shall be.
    pub value: u32,
}

/// The words of this instance.
pub struct LocalWords {
    first: NonNull<AtomicU64>,
    longs: usize,
}

// SAFETY: atomics may be used from any thread; for the bytes between them, callers of `write` and `read` see to it.
unsafe impl Send for LocalWords {}
// SAFETY: likewise.
unsafe impl Sync for LocalWords {}

impl LocalWords {
    /// So many words at least, all 0.
    ///
    /// # Panics
    /// If that is none.
    pub fn new(words: usize) -> Arc<LocalWords> {
        assert!(words > 0, "shared memory without a word");
        let longs = words.div_ceil(2);
        let layout = std::alloc::Layout::array::<AtomicU64>(longs).expect("shared memory of a sensible size");
        // SAFETY: the layout is not empty, and zeros are valid atomics.
        let first = unsafe { std::alloc::alloc_zeroed(layout) }.cast::<AtomicU64>();
        let first = NonNull::new(first).unwrap_or_else(|| std::alloc::handle_alloc_error(layout));
        Arc::new(LocalWords { first, longs })
    }

    fn word(&self, at: usize) -> &AtomicU32 {
        assert!(at < self.len(), "word {at} of {}", self.len());
        // SAFETY: it is within what was allocated, and is only ever used as an atomic, or as part of a long one.
        unsafe { self.first.cast::<AtomicU32>().add(at).as_ref() }
    }

    fn long(&self, at: usize) -> &AtomicU64 {
        assert!(at.is_multiple_of(2) && at < self.len(), "long word at {at} of {}", self.len());
        // SAFETY: as for a word.
        unsafe { self.first.add(at / 2).as_ref() }
    }

    fn bytes(&self, at: usize, len: usize) -> *mut u8 {
        assert!(at <= self.longs * 8 && len <= self.longs * 8 - at, "bytes {at} to {at} + {len}");
        // SAFETY: within what was allocated.
        unsafe { self.first.cast::<u8>().as_ptr().add(at) }
    }
}

impl Drop for LocalWords {
    fn drop(&mut self) {
        let layout = std::alloc::Layout::array::<AtomicU64>(self.longs).expect("as when it was allocated");
        // SAFETY: allocated with this layout, and nobody has it any more.
        unsafe { std::alloc::dealloc(self.first.cast().as_ptr(), layout) };
    }
}

impl Words for LocalWords {
    fn len(&self) -> usize {
        self.longs * 2
    }
    fn address(&self) -> usize {
        self.first.as_ptr() as usize
    }
    fn load(&self, at: usize) -> u32 {
        self.word(at).load(SeqCst)
    }
    fn store(&self, at: usize, value: u32) {
        // An exchange, since Firefox waits longer for a store.
        self.word(at).swap(value, SeqCst);
    }
    fn swap(&self, at: usize, value: u32) -> u32 {
        self.word(at).swap(value, SeqCst)
    }
    fn replace(&self, at: usize, current: u32, value: u32) -> bool {
        self.word(at).compare_exchange(current, value, SeqCst, SeqCst).is_ok()
    }
    fn add(&self, at: usize, value: u32) -> u32 {
        self.word(at).fetch_add(value, SeqCst)
    }
    fn and(&self, at: usize, bits: u32) -> u32 {
        self.word(at).fetch_and(bits, SeqCst)
    }
    fn load_long(&self, at: usize) -> i64 {
        self.long(at).load(SeqCst) as i64
    }
    fn store_long(&self, at: usize, value: i64) {
        self.long(at).store(value as u64, SeqCst);
    }
    fn wait(&self, at: usize, value: u32, limit: Option<Duration>) {
        wait_on_word(self.word(at), value, limit);
    }
    fn notify(&self, at: usize, count: u32) {
        notify_word(self.word(at), count);
    }
    fn changes_soon(&self, at: usize, value: u32) -> bool {
        (0..LOOKS).any(|_| {
            std::hint::spin_loop();
            self.load(at) != value
        })
    }
    unsafe fn write(&self, at: usize, bytes: &[u8]) {
        // SAFETY: the place is within what was allocated, and the caller sees to it that nobody else uses it.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.bytes(at, bytes.len()), bytes.len()) };
    }
    unsafe fn read(&self, at: usize, len: usize, into: &mut Vec<u8>) {
        // SAFETY: the place is within what was allocated, and the caller sees to it that nobody changes it.
        into.extend_from_slice(unsafe { std::slice::from_raw_parts(self.bytes(at, len), len) });
    }
}
