//! The words that processes share, as a process sees them: in the memory of the main program, which was posted to it.

use std::cell::{Cell, RefCell};
use std::sync::Arc;
use std::time::Duration;

use js_sys::{BigInt64Array, Int32Array, SharedArrayBuffer, Uint8Array, WebAssembly};
use wasm_bindgen::prelude::*;

use crate::runtime::host::Words;

// `js_sys` has these too, but each of its calls looks for an exception, and a pipe makes many.
#[wasm_bindgen]
extern "C" {
    #[wasm_bindgen(js_namespace = Atomics, js_name = load)]
    fn atomic_load(words: &Int32Array, at: u32) -> i32;
    #[wasm_bindgen(js_namespace = Atomics, js_name = store)]
    fn atomic_store(words: &Int32Array, at: u32, value: i32);
    #[wasm_bindgen(js_namespace = Atomics, js_name = exchange)]
    fn atomic_swap(words: &Int32Array, at: u32, value: i32) -> i32;
    #[wasm_bindgen(js_namespace = Atomics, js_name = compareExchange)]
    fn atomic_replace(words: &Int32Array, at: u32, current: i32, value: i32) -> i32;
    #[wasm_bindgen(js_namespace = Atomics, js_name = add)]
    fn atomic_add(words: &Int32Array, at: u32, value: i32) -> i32;
    #[wasm_bindgen(js_namespace = Atomics, js_name = and)]
    fn atomic_and(words: &Int32Array, at: u32, value: i32) -> i32;
    #[wasm_bindgen(js_namespace = Atomics, js_name = load)]
    fn atomic_load_long(longs: &BigInt64Array, at: u32) -> i64;
    #[wasm_bindgen(js_namespace = Atomics, js_name = store)]
    fn atomic_store_long(longs: &BigInt64Array, at: u32, value: i64);
    #[wasm_bindgen(js_namespace = Atomics, js_name = wait)]
    fn atomic_wait(words: &Int32Array, at: u32, value: i32, milliseconds: f64);
    #[wasm_bindgen(js_namespace = Atomics, js_name = notify)]
    fn atomic_notify(words: &Int32Array, at: u32, count: u32);
}

/// The main program's memory, with views of it that are made anew when it has grown.
struct Parent {
    memory: WebAssembly::Memory,
    views: RefCell<Views>,
}

struct Views {
    /// How many bytes there are. Kept here, since asking would be a call for each access.
    len: usize,
    words: Int32Array,
    longs: BigInt64Array,
    bytes: Uint8Array,
}

impl Views {
    fn of(memory: &WebAssembly::Memory) -> Views {
        let buffer: SharedArrayBuffer = memory.buffer().unchecked_into();
        let bytes = Uint8Array::new(&buffer);
        let len = bytes.length() as usize;
        Views { len, words: Int32Array::new(&buffer), longs: BigInt64Array::new(&buffer), bytes }
    }
}

thread_local! {
    static PARENT: RefCell<Option<Parent>> = const { RefCell::new(None) };
    static STOP: Cell<Option<(usize, u32)>> = const { Cell::new(None) };
}

/// Lets this process see the words that the main program shares with it.
pub fn set_parent_memory(memory: WebAssembly::Memory) {
    let views = RefCell::new(Views::of(&memory));
    PARENT.set(Some(Parent { memory, views }));
}

/// Words of the main program; `None` in the main program itself.
pub fn parent_words(address: usize, words: usize) -> Option<Arc<dyn Words>> {
    let is_process = PARENT.with_borrow(Option::is_some);
    is_process.then(|| Arc::new(ForeignWords { address, words }) as Arc<dyn Words>)
}

/// This process stops for ever, at its next step that others could notice, once the word at this address of the main
/// program's memory is `value`. A browser may take two seconds to end a worker that computes, and what a process does
/// after it was killed must not be seen.
pub fn stop_once(address: usize, value: u32) {
    STOP.set(Some((address, value)));
}

/// Stops for ever if this process shall.
pub fn stop_if_told() {
    let Some((address, value)) = STOP.get() else { return };
    let told = PARENT.with_borrow(|parent| {
        let parent = parent.as_ref().expect("only a process is told to stop");
        atomic_load(&parent.views.borrow().words, (address / 4) as u32) as u32 == value
    });
    if told {
        // Its worker is being ended.
        loop {
            std::thread::sleep(Duration::from_secs(60));
        }
    }
}

/// Words in the main program's memory.
struct ForeignWords {
    address: usize,
    words: usize,
}

impl ForeignWords {
    /// Runs `body` with views that reach to this byte.
    fn views<R>(&self, end: usize, body: impl FnOnce(&Views) -> R) -> R {
        assert!(end <= self.words * 4, "byte {end} of {}", self.words * 4);
        PARENT.with_borrow(|parent| {
            let parent = parent.as_ref().expect("only a process has words of its parent");
            if self.address + end > parent.views.borrow().len {
                parent.views.replace(Views::of(&parent.memory));
            }
            body(&parent.views.borrow())
        })
    }

    fn word<R>(&self, at: usize, body: impl FnOnce(&Int32Array, u32) -> R) -> R {
        self.views(at * 4 + 4, |views| body(&views.words, (self.address / 4 + at) as u32))
    }

    fn long<R>(&self, at: usize, body: impl FnOnce(&BigInt64Array, u32) -> R) -> R {
        self.views(at * 4 + 8, |views| body(&views.longs, ((self.address / 4 + at) / 2) as u32))
    }
}

impl Words for ForeignWords {
    fn len(&self) -> usize {
        self.words
    }
    fn address(&self) -> usize {
        self.address
    }
    fn load(&self, at: usize) -> u32 {
        self.word(at, |words, at| atomic_load(words, at) as u32)
    }
    fn store(&self, at: usize, value: u32) {
        self.word(at, |words, at| atomic_store(words, at, value as i32));
    }
    fn swap(&self, at: usize, value: u32) -> u32 {
        self.word(at, |words, at| atomic_swap(words, at, value as i32) as u32)
    }
    fn replace(&self, at: usize, current: u32, value: u32) -> bool {
        stop_if_told();
        self.word(at, |words, at| atomic_replace(words, at, current as i32, value as i32) as u32 == current)
    }
    fn add(&self, at: usize, value: u32) -> u32 {
        self.word(at, |words, at| atomic_add(words, at, value as i32) as u32)
    }
    fn and(&self, at: usize, bits: u32) -> u32 {
        self.word(at, |words, at| atomic_and(words, at, bits as i32) as u32)
    }
    fn load_long(&self, at: usize) -> i64 {
        self.long(at, atomic_load_long)
    }
    fn store_long(&self, at: usize, value: i64) {
        stop_if_told();
        self.long(at, |longs, at| atomic_store_long(longs, at, value));
    }
    fn looks(&self) -> u32 {
        300
    }
    fn wait(&self, at: usize, value: u32, limit: Option<Duration>) {
        let milliseconds = limit.map_or(f64::INFINITY, |limit| limit.as_secs_f64() * 1e3);
        self.word(at, |words, at| atomic_wait(words, at, value as i32, milliseconds));
        stop_if_told();
    }
    fn notify(&self, at: usize, count: u32) {
        self.word(at, |words, at| atomic_notify(words, at, count));
    }
    unsafe fn write(&self, at: usize, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        stop_if_told();
        self.views(at + bytes.len(), |views| {
            let start = (self.address + at) as u32;
            views.bytes.subarray(start, start + bytes.len() as u32).copy_from(bytes);
        });
    }
    unsafe fn read(&self, at: usize, len: usize, into: &mut Vec<u8>) {
        if len == 0 {
            return;
        }
        into.reserve(len);
        self.views(at + len, |views| {
            let start = (self.address + at) as u32;
            views.bytes.subarray(start, start + len as u32).copy_to_uninit(&mut into.spare_capacity_mut()[..len]);
        });
        // SAFETY: these bytes have just been written.
        unsafe { into.set_len(into.len() + len) };
    }
}
