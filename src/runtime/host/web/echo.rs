//! An echo server in a worker of its own, and the messages to and from it.

use js_sys::{Array, ArrayBuffer, Object, Reflect, Uint8Array};
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

use super::error_text;
use super::worker::{script_worker, worker_error};
use crate::runtime::host::Packet;

/// A connection to an echo server. Dropping it ends the server.
pub struct Echo {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Echo {
    /// Starts a server that has at most `window` unacknowledged bytes. `hear` is called on the event loop with what the
    /// server says, first that it is there, or with a sentence if it is not; what it returns is sent to the server.
    ///
    /// # Errors
    /// A sentence, if this browser cannot start workers.
    pub fn start(
        window: usize,
        hear: impl Fn(Result<Packet, String>) -> Vec<Packet> + Clone + Send + 'static,
    ) -> Result<Echo, String> {
        let script = wasm_bindgen::link_to!(module = "/src/runtime/host/web/echo.js");
        let worker = script_worker(script, include_str!("echo.js"), "weft echo server");
        let worker = worker.map_err(|error| error_text(&error))?;
        let on_message = Closure::new({
            let (hear, worker) = (hear.clone(), worker.clone());
            move |event: MessageEvent| {
                if let Some(packet) = unpack(&event.data()) {
                    hear(Ok(packet)).into_iter().for_each(|packet| send(&worker, packet));
                }
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let on_error = Closure::new(move |event: ErrorEvent| {
            // Otherwise it would propagate to the window, as an error of the engine.
            event.prevent_default();
            hear(Err(format!("the server died: {}", worker_error(&event))));
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        post(&worker, "window", &JsValue::from(window as u32), None);
        Ok(Echo { worker, _on_message: on_message, _on_error: on_error })
    }

    /// Sends a packet to the server.
    pub fn send(&self, packet: Packet) {
        send(&self.worker, packet);
    }
}

impl Drop for Echo {
    fn drop(&mut self) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.terminate();
    }
}

fn send(worker: &Worker, packet: Packet) {
    match packet {
        Packet::Open => {}
        Packet::Bytes(bytes) => {
            let buffer = Uint8Array::from(&bytes[..]).buffer();
            post(worker, "bytes", &buffer, Some(&Array::of1(&buffer)));
        }
        Packet::Taken(bytes) => post(worker, "taken", &JsValue::from(bytes as u32), None),
        Packet::End => post(worker, "end", &JsValue::TRUE, None),
    }
}

fn post(worker: &Worker, name: &str, value: &JsValue, transfer: Option<&JsValue>) {
    let message = Object::new();
    // A new object takes properties, and what is posted here can always be cloned.
    let _ = Reflect::set(&message, &name.into(), value);
    let _ = match transfer {
        Some(transfer) => worker.post_message_with_transfer(&message, transfer),
        None => worker.post_message(&message),
    };
}

fn unpack(message: &JsValue) -> Option<Packet> {
    let get = |name: &str| Reflect::get(message, &name.into()).ok().filter(|value| !value.is_undefined());
    if let Some(bytes) = get("bytes") {
        return Some(Packet::Bytes(Uint8Array::new(&bytes.unchecked_into::<ArrayBuffer>()).to_vec()));
    }
    if let Some(taken) = get("taken") {
        return Some(Packet::Taken(taken.as_f64()? as usize));
    }
    get("open").map(|_| Packet::Open).or_else(|| get("end").map(|_| Packet::End))
}
