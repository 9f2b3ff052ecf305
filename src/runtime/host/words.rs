//! Shared memory of processes: words with atomic operations, and bytes between them.
//!
//! It lies in the memory of the main program. There it is [`LocalWords`]; in a browser its processes access the same
//! words from outside, through JavaScript's `Atomics`, and natively, where threads play them, by their address. All can
//! block until another has changed a word. All word accesses are sequentially consistent, as `Atomics` are.

use std::mem::ManuallyDrop;
use std::ptr::NonNull;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering::SeqCst};
use std::time::Duration;

use super::blocking::{notify_word, wait_on_word};

/// How many times a word can be loaded in about ten microseconds.
const LOOKS: u32 = 5000;

/// Shared memory. Words are counted from 0; two consecutive ones, the first of which is even, are one long word. All
/// methods panic if there is no such word.
///
/// Methods that take several steps are not atomic: others may come in between, and a process that is killed may have
/// taken only some of them. They exist because a call out of a process costs more than a step.
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

    /// Changes a word, and returns what it was.
    fn swap(&self, at: usize, value: u32) -> u32;

    /// Changes a word if it is `current`; true if it was.
    fn replace(&self, at: usize, current: u32, value: u32) -> bool;

    /// Adds to a word, and returns what it was. Wraps around.
    fn add(&self, at: usize, value: u32) -> u32;

    /// Keeps only these bits of a word, and returns what it was.
    fn and(&self, at: usize, bits: u32) -> u32;

    /// A long word.
    fn load_long(&self, at: usize) -> i64;

    /// Changes a long word.
    fn store_long(&self, at: usize, value: i64);

    /// Blocks while the word is `value`, until a notification, or for `limit` at most. May also return spuriously.
    fn wait(&self, at: usize, value: u32, limit: Option<Duration>);

    /// Wakes at most `count` waiters on the word.
    fn notify(&self, at: usize, count: u32);

    /// Loads consecutive words, one after the other.
    fn load_row(&self, first: usize, into: &mut [u32]) {
        into.iter_mut().zip(first..).for_each(|(word, at)| *word = self.load(at));
    }

    /// Changes words, one after the other in this order.
    fn store_each(&self, changes: &[Change]) {
        changes.iter().for_each(|change| self.store(change.at as usize, change.value));
    }

    /// Adds one to a word, and wakes at most `count` waiters on it if the word `asleep` counts any.
    fn signal(&self, at: usize, asleep: usize, count: u32) {
        self.add(at, 1);
        if self.load(asleep) > 0 {
            self.notify(at, count);
        }
    }

    /// As [`Words::wait`], and counted in the word `asleep` meanwhile.
    fn sleep(&self, at: usize, value: u32, asleep: usize, limit: Option<Duration>) {
        self.add(asleep, 1);
        self.wait(at, value, limit);
        self.add(asleep, u32::MAX);
    }

    /// Spins for about ten microseconds; true as soon as the word differs from `value`.
    fn changes_soon(&self, at: usize, value: u32) -> bool;

    /// Writes bytes, starting at this byte.
    ///
    /// # Safety
    /// Nothing else may read or write them meanwhile. What ensures that must be words of this memory.
    unsafe fn write(&self, at: usize, bytes: &[u8]);

    /// Appends `len` bytes to `into`, starting at this byte.
    ///
    /// # Safety
    /// Nothing else may write them meanwhile. What ensures that must be words of this memory.
    unsafe fn read(&self, at: usize, len: usize, into: &mut Vec<u8>);
}

/// A change of a word.
#[derive(Clone, Copy, Debug)]
#[repr(C)]
pub struct Change {
    /// The word.
    pub at: u32,
    /// Its new value.
    pub value: u32,
}

/// Words in this instance's own memory.
pub struct LocalWords {
    first: NonNull<AtomicU64>,
    longs: usize,
}

// SAFETY: atomics may be used from any thread; for the bytes between them, the callers of `write` and `read` ensure it.
unsafe impl Send for LocalWords {}
// SAFETY: likewise.
unsafe impl Sync for LocalWords {}

impl LocalWords {
    /// At least `words` words, all 0.
    ///
    /// # Panics
    /// If `words` is 0.
    pub fn new(words: usize) -> Arc<LocalWords> {
        assert!(words > 0, "shared memory without a word");
        let longs = words.div_ceil(2);
        let layout = std::alloc::Layout::array::<AtomicU64>(longs).expect("shared memory of a sensible size");
        // SAFETY: the layout is not empty, and zeros are valid atomics.
        let first = unsafe { std::alloc::alloc_zeroed(layout) }.cast::<AtomicU64>();
        let first = NonNull::new(first).unwrap_or_else(|| std::alloc::handle_alloc_error(layout));
        Arc::new(LocalWords { first, longs })
    }

    /// Words that are owned elsewhere, at their [address](Words::address). They are borrowed here, so they are not
    /// dropped.
    ///
    /// # Safety
    /// There must be that many, for as long as this is used.
    pub unsafe fn at(address: usize, words: usize) -> ManuallyDrop<LocalWords> {
        let first = NonNull::new(std::ptr::with_exposed_provenance_mut(address)).expect("words have an address");
        ManuallyDrop::new(LocalWords { first, longs: words / 2 })
    }

    fn word(&self, at: usize) -> &AtomicU32 {
        assert!(at < self.len(), "word {at} of {}", self.len());
        // SAFETY: it is within what was allocated, and is only ever used as an atomic, or as part of a long one.
        unsafe { self.first.cast::<AtomicU32>().add(at).as_ref() }
    }

    fn row(&self, first: usize, count: usize) -> &[AtomicU32] {
        assert!(first <= self.len() && count <= self.len() - first, "words {first} to {first} + {count}");
        // SAFETY: as for a word.
        unsafe { std::slice::from_raw_parts(self.first.cast::<AtomicU32>().add(first).as_ptr(), count) }
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
        // SAFETY: allocated with this layout, and no longer used by anyone.
        unsafe { std::alloc::dealloc(self.first.cast().as_ptr(), layout) };
    }
}

impl Words for LocalWords {
    fn len(&self) -> usize {
        self.longs * 2
    }
    fn address(&self) -> usize {
        self.first.as_ptr().expose_provenance()
    }
    fn load(&self, at: usize) -> u32 {
        self.word(at).load(SeqCst)
    }
    fn store(&self, at: usize, value: u32) {
        // An exchange, since Firefox takes longer for a store.
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
    fn load_row(&self, first: usize, into: &mut [u32]) {
        let row = self.row(first, into.len());
        into.iter_mut().zip(row).for_each(|(word, shared)| *word = shared.load(SeqCst));
    }
    fn changes_soon(&self, at: usize, value: u32) -> bool {
        (0..LOOKS).any(|_| {
            std::hint::spin_loop();
            self.load(at) != value
        })
    }
    unsafe fn write(&self, at: usize, bytes: &[u8]) {
        // SAFETY: the place is within what was allocated, and the caller guarantees that nothing else uses it.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), self.bytes(at, bytes.len()), bytes.len()) };
    }
    unsafe fn read(&self, at: usize, len: usize, into: &mut Vec<u8>) {
        // SAFETY: the place is within what was allocated, and the caller guarantees that nothing changes it.
        into.extend_from_slice(unsafe { std::slice::from_raw_parts(self.bytes(at, len), len) });
    }
}
