//! The words that processes share, as a process sees them: in the memory of the main program, which was posted to it.
//! The operations on them are in `foreign.js`.

use std::cell::Cell;
use std::sync::Arc;
use std::time::Duration;

use js_sys::WebAssembly;
use wasm_bindgen::prelude::*;

use crate::runtime::host::{Change, Words};

// Numbers that are signed on both sides are passed as they are, without glue code in between. Addresses and word
// indices are below 2^30, since no memory is larger than that.
#[wasm_bindgen(module = "/src/runtime/host/web/foreign.js")]
extern "C" {
    fn share(main: &WebAssembly::Memory, own: &JsValue);
    fn reach(end: i32);
    fn load(at: i32) -> i32;
    fn store(at: i32, value: i32);
    fn swap(at: i32, value: i32) -> i32;
    fn replace(at: i32, current: i32, value: i32) -> bool;
    fn add(at: i32, value: i32) -> i32;
    fn and(at: i32, bits: i32) -> i32;
    #[wasm_bindgen(js_name = loadLong)]
    fn load_long(pair: i32) -> i64;
    #[wasm_bindgen(js_name = storeLong)]
    fn store_long(pair: i32, value: i64);
    fn wait(at: i32, value: i32, milliseconds: f64);
    fn notify(at: i32, count: i32);
    #[wasm_bindgen(js_name = loadRow)]
    fn load_row(first: i32, into: i32, count: i32);
    #[wasm_bindgen(js_name = storeEach)]
    fn store_each(first: i32, changes: i32, count: i32);
    fn signal(at: i32, asleep: i32, count: i32);
    fn sleep(at: i32, value: i32, asleep: i32, milliseconds: f64);
    #[wasm_bindgen(js_name = changesSoon)]
    fn changes_soon(at: i32, value: i32, looks: i32) -> bool;
    #[wasm_bindgen(js_name = writeBytes)]
    fn write_bytes(address: i32, from: i32, len: i32);
    #[wasm_bindgen(js_name = readBytes)]
    fn read_bytes(address: i32, into: i32, len: i32);
}

/// How many times a word can be loaded in about ten microseconds.
const LOOKS: i32 = 500;

thread_local! {
    static IS_PROCESS: Cell<bool> = const { Cell::new(false) };
}

/// Lets this process see the words that the main program shares with it.
pub fn set_parent_memory(memory: &WebAssembly::Memory) {
    share(memory, &wasm_bindgen::memory());
    IS_PROCESS.set(true);
}

/// Words of the main program; `None` in the main program itself.
pub fn parent_words(address: usize, words: usize) -> Option<Arc<dyn Words>> {
    IS_PROCESS.get().then(|| {
        reach((address + words * 4) as i32);
        Arc::new(ForeignWords { address, words }) as Arc<dyn Words>
    })
}

/// Words in the main program's memory.
struct ForeignWords {
    address: usize,
    words: usize,
}

impl ForeignWords {
    /// Where this word is in the main program's memory. Panics if there is no such word.
    fn word(&self, at: usize) -> i32 {
        assert!(at < self.words, "word {at} of {}", self.words);
        (self.address / 4 + at) as i32
    }

    fn pair(&self, at: usize) -> i32 {
        assert!(at.is_multiple_of(2), "a long word at {at}");
        self.word(at + 1) / 2
    }

    /// Where this byte is. Panics if it and the `len - 1` after it are not all there.
    fn byte(&self, at: usize, len: usize) -> i32 {
        assert!(at <= self.words * 4 && len <= self.words * 4 - at, "bytes {at} to {at} + {len}");
        (self.address + at) as i32
    }
}

fn milliseconds(limit: Option<Duration>) -> f64 {
    limit.map_or(f64::INFINITY, |limit| limit.as_secs_f64() * 1e3)
}

impl Words for ForeignWords {
    fn len(&self) -> usize {
        self.words
    }
    fn address(&self) -> usize {
        self.address
    }
    fn load(&self, at: usize) -> u32 {
        load(self.word(at)) as u32
    }
    fn store(&self, at: usize, value: u32) {
        store(self.word(at), value as i32);
    }
    fn swap(&self, at: usize, value: u32) -> u32 {
        swap(self.word(at), value as i32) as u32
    }
    fn replace(&self, at: usize, current: u32, value: u32) -> bool {
        replace(self.word(at), current as i32, value as i32)
    }
    fn add(&self, at: usize, value: u32) -> u32 {
        add(self.word(at), value as i32) as u32
    }
    fn and(&self, at: usize, bits: u32) -> u32 {
        and(self.word(at), bits as i32) as u32
    }
    fn load_long(&self, at: usize) -> i64 {
        load_long(self.pair(at))
    }
    fn store_long(&self, at: usize, value: i64) {
        store_long(self.pair(at), value);
    }
    fn wait(&self, at: usize, value: u32, limit: Option<Duration>) {
        wait(self.word(at), value as i32, milliseconds(limit));
    }
    fn notify(&self, at: usize, count: u32) {
        notify(self.word(at), at_most(count));
    }
    fn load_row(&self, first: usize, into: &mut [u32]) {
        let Some(last) = into.len().checked_sub(1) else { return };
        self.word(first + last);
        load_row(self.word(first), into.as_mut_ptr() as i32, into.len() as i32);
    }
    fn store_each(&self, changes: &[Change]) {
        for change in changes {
            self.word(change.at as usize);
        }
        store_each(self.word(0), changes.as_ptr() as i32, changes.len() as i32);
    }
    fn signal(&self, at: usize, asleep: usize, count: u32) {
        signal(self.word(at), self.word(asleep), at_most(count));
    }
    fn sleep(&self, at: usize, value: u32, asleep: usize, limit: Option<Duration>) {
        sleep(self.word(at), value as i32, self.word(asleep), milliseconds(limit));
    }
    fn changes_soon(&self, at: usize, value: u32) -> bool {
        changes_soon(self.word(at), value as i32, LOOKS)
    }
    unsafe fn write(&self, at: usize, bytes: &[u8]) {
        if !bytes.is_empty() {
            write_bytes(self.byte(at, bytes.len()), bytes.as_ptr() as i32, bytes.len() as i32);
        }
    }
    unsafe fn read(&self, at: usize, len: usize, into: &mut Vec<u8>) {
        if len == 0 {
            return;
        }
        into.reserve(len);
        read_bytes(self.byte(at, len), into.spare_capacity_mut().as_mut_ptr() as i32, len as i32);
        // SAFETY: these bytes have just been written.
        unsafe { into.set_len(into.len() + len) };
    }
}

/// How many to wake; the largest number stands for all.
fn at_most(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}
