//! Starting workers that are instances of this program, and knowing which one this is.

use js_sys::{Array, Object, Reflect, global};
use wasm_bindgen::prelude::*;
use web_sys::{Blob, BlobPropertyBag, ErrorEvent, Url, Worker, WorkerOptions, WorkerType};

use super::memory::JsMemory;

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
    begin(&first_message(&own_script(), &wasm_bindgen::module(), role)?, name)
}

/// Starts a worker that shares this instance's memory. It posts a message when it is up, and then calls `weftWork` with
/// `argument`.
///
/// # Errors
/// If the browser cannot start workers.
pub(super) fn start_sharing(argument: usize) -> Result<Worker, JsValue> {
    let first = first_message(&own_script(), &wasm_bindgen::module(), "thread")?;
    Reflect::set(&first, &"memory".into(), &wasm_bindgen::memory())?;
    Reflect::set(&first, &"argument".into(), &(argument as f64).into())?;
    begin(&first, "weft thread")
}

/// Starts a worker that shares the memory of another instance of this program, and calls `weftThread`.
///
/// # Errors
/// If the browser cannot start workers.
pub fn start_thread_in(memory: &JsMemory) -> Result<Worker, JsValue> {
    let first = first_message(&own_script(), &wasm_bindgen::module(), "thread")?;
    Reflect::set(&first, &"memory".into(), memory.memory())?;
    begin(&first, "weft thread of a process")
}

fn own_script() -> String {
    SCRIPT.with(|url| url.clone())
}

/// Another program of the site.
#[derive(Clone, Debug)]
pub struct OtherProgram {
    /// The address of the script that wasm-bindgen generated for it.
    pub script: String,
    /// That of its module.
    pub wasm: String,
    /// About how large that is, in bytes.
    pub size: f64,
}

/// Starts an instance of another program of the site in a new worker: from its compiled module, if that is known. Otherwise
/// the worker fetches it, posts how much of it is `loaded`, from 0 to 1, and then the `module`.
///
/// # Errors
/// If the browser cannot start workers.
pub fn start_other(other: &OtherProgram, module: &JsValue, role: &str, name: &str) -> Result<Worker, JsValue> {
    let first = first_message(&other.script, module, role)?;
    Reflect::set(&first, &"wasm".into(), &other.wasm.as_str().into())?;
    Reflect::set(&first, &"size".into(), &other.size.into())?;
    begin(&first, name)
}

fn first_message(script: &str, module: &JsValue, role: &str) -> Result<Object, JsValue> {
    let first = Object::new();
    Reflect::set(&first, &"role".into(), &role.into())?;
    Reflect::set(&first, &"script".into(), &script.into())?;
    Reflect::set(&first, &"module".into(), module)?;
    Ok(first)
}

fn begin(first: &Object, name: &str) -> Result<Worker, JsValue> {
    let starter = wasm_bindgen::link_to!(module = "/src/runtime/host/web/worker.js");
    let worker = script_worker(starter, include_str!("worker.js"), name)?;
    worker.post_message(first)?;
    Ok(worker)
}

/// The artefact that runs Python, as the page names it; `None` if the site has none.
pub fn python() -> Option<OtherProgram> {
    let document = web_sys::window()?.document()?;
    let named = document.query_selector("meta[name=weft-python]").ok()??;
    let path = named.get_attribute("content").filter(|path| !path.is_empty())?;
    let script = Url::new_with_base(&path, &document.base_uri().ok()??).ok()?.href();
    let size = named.get_attribute("data-size")?.parse().ok()?;
    Some(OtherProgram { wasm: format!("{}_bg.wasm", script.strip_suffix(".js")?), script, size })
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
