//! The memory of another instance, as a reader of traces sees it.

use std::cell::RefCell;

use js_sys::{Atomics, Int32Array, Uint8Array, WebAssembly};

use crate::trace::reader::Memory;

/// A shared memory that was posted here.
pub struct JsMemory {
    memory: WebAssembly::Memory,
    /// A view of it, replaced when the memory has grown.
    words: RefCell<Int32Array>,
}

impl JsMemory {
    /// Around a posted memory.
    pub fn new(memory: WebAssembly::Memory) -> JsMemory {
        let words = RefCell::new(Int32Array::new(&memory.buffer()));
        JsMemory { memory, words }
    }

    /// The memory itself, to post on.
    pub fn memory(&self) -> &WebAssembly::Memory {
        &self.memory
    }

    /// Runs `body` with a view that contains the word at `address`, and that word's index.
    fn word<R>(&self, address: usize, body: impl FnOnce(&Int32Array, u32) -> R) -> R {
        let index = (address / 4) as u32;
        if index >= self.words.borrow().length() {
            self.words.replace(Int32Array::new(&self.memory.buffer()));
        }
        body(&self.words.borrow(), index)
    }
}

impl Memory for JsMemory {
    fn load_u32(&self, address: usize) -> u32 {
        // Zero outside the memory: a broken child must not break its reader.
        self.word(address, |words, index| Atomics::load(words, index).unwrap_or_default()) as u32
    }
    fn load_u64(&self, address: usize) -> u64 {
        u64::from(self.load_u32(address)) | (u64::from(self.load_u32(address + 4)) << 32)
    }
    fn load_address(&self, address: usize) -> usize {
        self.load_u32(address) as usize
    }
    fn store_u32(&self, address: usize, value: u32) {
        // As for loads.
        let _ = self.word(address, |words, index| Atomics::store(words, index, value as i32));
    }
    fn copy(&self, address: usize, len: usize, into: &mut Vec<u8>) {
        let buffer = self.memory.buffer();
        let view = Uint8Array::new_with_byte_offset_and_length(&buffer, address as u32, len as u32);
        let start = into.len();
        into.resize(start + len, 0);
        view.copy_to(&mut into[start..]);
    }
}
