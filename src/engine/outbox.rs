//! What an engine sends to its window: messages, and the trace in batches. It knows nothing of runs.

use wasm_bindgen::prelude::*;

use super::link::post_to_parent;
use super::protocol::FromEngine;
use crate::trace::reader::{Memory, Reader};

/// About how many bytes a batch has: the window decodes that much within a few milliseconds.
const BATCH_BYTES: usize = 4 << 20;

/// Sends a message to the window.
pub fn send(message: &FromEngine, memory: Option<&JsValue>) {
    post_to_parent(message, memory).unwrap_or_else(|error| panic!("a message to the window failed: {error:?}"));
}

/// Sends everything that a reader finds.
pub fn send_batches(reader: &mut Reader, memory: &impl Memory) {
    loop {
        let (pieces, more) = reader.read(memory, BATCH_BYTES);
        if !pieces.is_empty() {
            send(&FromEngine::Batch { pieces }, None);
        }
        if !more {
            return;
        }
    }
}
