//! Messages between workers: packed bytes, and at most one JavaScript object with them.

use js_sys::{Function, Object, Reflect, Uint8Array, WebAssembly};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::prelude::*;

pub use crate::runtime::host::web::error_text;

/// Packs a message.
pub fn pack(message: &impl Serialize, memory: Option<&JsValue>) -> JsValue {
    let bytes = postcard::to_stdvec(message).expect("messages are plain data, which always packs");
    let packed = Object::new();
    let set = |name: &str, value: &JsValue| {
        Reflect::set(&packed, &name.into(), value).expect("a new object takes properties");
    };
    set("bytes", &Uint8Array::from(&bytes[..]));
    if let Some(memory) = memory {
        set("memory", memory);
    }
    packed.into()
}

/// A message, and the memory that came with it.
pub struct Received<T> {
    /// The message.
    pub message: T,
    /// The memory.
    pub memory: Option<WebAssembly::Memory>,
}

/// Unpacks a message.
///
/// # Errors
/// A sentence, if it is not one: then the sender is another build, or could not even start and says why.
pub fn unpack<T: DeserializeOwned>(data: &JsValue) -> Result<Received<T>, String> {
    let get = |name: &str| Reflect::get(data, &name.into()).ok().filter(|value| !value.is_undefined());
    if let Some(fatal) = get("fatal") {
        return Err(fatal.as_string().unwrap_or_else(|| "it could not start".to_owned()));
    }
    let bytes = get("bytes").ok_or("it sent something that is no message")?;
    let message = postcard::from_bytes(&Uint8Array::new(&bytes).to_vec())
        .map_err(|error| format!("it sent a message of another version of Weft: {error}"))?;
    Ok(Received { message, memory: get("memory").map(JsCast::unchecked_into) })
}

/// Posts from this worker to the one that started it.
pub fn post_to_parent(message: &impl Serialize, memory: Option<&JsValue>) -> Result<(), JsValue> {
    let scope: web_sys::DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    scope.post_message(&pack(message, memory))
}

thread_local! {
    /// Handles an error that is known already.
    static KNOWN_ERROR: Closure<dyn FnMut(web_sys::ErrorEvent)> =
        Closure::new(|event: web_sys::ErrorEvent| event.prevent_default());
}

/// Ends a worker, whatever it is doing.
pub fn end_worker(worker: &web_sys::Worker) {
    ignore_worker(worker);
    worker.terminate();
}

/// A worker is heard no more. A message that is still on its way is ignored, since its listener may be gone by then; and
/// an error that is still on its way is kept from propagating to this worker's own parent.
pub fn ignore_worker(worker: &web_sys::Worker) {
    worker.set_onmessage(None);
    KNOWN_ERROR.with(|ignore| worker.set_onerror(Some(ignore.as_ref().unchecked_ref())));
}

/// Calls `handler` with each message this worker gets, including those that have already arrived.
pub fn listen(handler: impl FnMut(JsValue) + 'static) {
    let handler = std::rc::Rc::new(std::cell::RefCell::new(handler));
    let on_message = Closure::<dyn FnMut(web_sys::MessageEvent)>::new({
        let handler = handler.clone();
        move |event: web_sys::MessageEvent| handler.borrow_mut()(event.data())
    });
    let scope: web_sys::DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    scope.set_onmessage(Some(on_message.as_ref().unchecked_ref::<Function>()));
    // Lives as long as the worker.
    on_message.forget();
    for early in crate::runtime::host::web::early_messages() {
        handler.borrow_mut()(early);
    }
}

/// This instance's memory, to be posted.
pub fn own_memory() -> JsValue {
    wasm_bindgen::memory()
}
