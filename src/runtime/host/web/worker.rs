//! Starting workers that are instances of this program, and knowing which one this is.

use js_sys::{Array, Object, Reflect, global};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, ErrorEvent, Url, Worker, WorkerOptions, WorkerType};

/// The role of a worker that runs demos.
pub const ROLE_ENGINE: &str = "engine";

/// The role of a worker that is a process of a demo.
pub const ROLE_PROCESS: &str = "process";

#[wasm_bindgen]
extern "C" {
    /// The address of the script that wasm-bindgen generated for this module.
    #[wasm_bindgen(thread_local_v2, js_namespace = ["import", "meta"], js_name = url)]
    pub(super) static SCRIPT: String;
}

/// Starts an instance of this program in a new worker. The compiled module is handed over, so it starts quickly.
///
/// # Errors
/// If the browser cannot start workers.
pub fn start_worker(role: &str, name: &str) -> Result<Worker, JsValue> {
    start(&SCRIPT.with(|url| url.clone()), &wasm_bindgen::module(), role, name)
}

/// Starts an instance of another program of the site in a new worker, which fetches it. `script` is the address of the
/// script that wasm-bindgen generated for it.
///
/// # Errors
/// If the browser cannot start workers.
pub fn start_other(script: &str, role: &str, name: &str) -> Result<Worker, JsValue> {
    start(script, &JsValue::UNDEFINED, role, name)
}

fn start(script: &str, module: &JsValue, role: &str, name: &str) -> Result<Worker, JsValue> {
    let first = Object::new();
    Reflect::set(&first, &"role".into(), &role.into())?;
    Reflect::set(&first, &"script".into(), &script.into())?;
    Reflect::set(&first, &"module".into(), module)?;
    let starter = wasm_bindgen::link_to!(module = "/src/runtime/host/web/worker.js");
    let worker = script_worker(starter, include_str!("worker.js"), name)?;
    worker.post_message(&first)?;
    Ok(worker)
}

/// The address of the script of the artefact that runs Python, as the page names it; `None` if the site has none.
pub fn python_script() -> Option<String> {
    let document = web_sys::window()?.document()?;
    let path = document.query_selector("meta[name=weft-python]").ok()??.get_attribute("content")?;
    let base = document.base_uri().ok()??;
    (!path.is_empty()).then(|| Url::new_with_base(&path, &base).ok().map(|url| url.href()))?
}

/// Whether this page is sandboxed and so has an opaque origin, which not even the site's own files share.
pub fn sandboxed() -> bool {
    Reflect::get(&global(), &"origin".into()).is_ok_and(|origin| origin.as_string().as_deref() == Some("null"))
}

/// A worker that runs this script of the site, whose source is `text`. A sandboxed page may only start scripts that it
/// has made itself, and in Chromium these cannot be modules; a classic script can import modules, too, where the site's
/// host allows it.
pub(super) fn script_worker(address: String, text: &str, name: &str) -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_name(name);
    if !sandboxed() {
        options.set_type(WorkerType::Module);
        return Worker::new_with_options(&address, &options);
    }
    let kind = BlobPropertyBag::new();
    kind.set_type("text/javascript");
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &kind)?;
    Worker::new_with_options(&Url::create_object_url_with_blob(&blob)?, &options)
}

/// What went wrong in a worker. If its script did not load, there is no message.
pub fn worker_error(event: &ErrorEvent) -> String {
    let message = Reflect::get(event, &"message".into()).ok().and_then(|message| message.as_string());
    message.unwrap_or_else(|| "its script did not load".to_owned())
}

/// The role this worker was started in; `None` in a window.
pub fn role() -> Option<String> {
    let worker = Reflect::get(&global(), &"weftWorker".into()).ok()?;
    Reflect::get(&worker, &"role".into()).ok()?.as_string()
}

/// The messages that arrived before this worker listened.
pub fn early_messages() -> Vec<JsValue> {
    Reflect::get(&global(), &"weftWorker".into())
        .and_then(|worker| Reflect::get(&worker, &"early".into()))
        .map(|early| Array::from(&early).iter().collect())
        .unwrap_or_default()
}
