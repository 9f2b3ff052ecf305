//! In a browser: Web Workers, the worker's event loop, instances of the module as processes.
//!
//! The window's thread may not block, and runs no program.

mod clock;
mod database;
mod echo;
mod files;
mod foreign;
mod http;
mod memory;
mod network;
mod pool;
mod worker;

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use futures::channel::oneshot;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Reflect, global};
use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

pub use clock::{Clock, milliseconds, read_clock, set_clock_offset};
pub use database::{Database, delete_database};
pub use echo::Echo;
pub use files::{read_file, remove_file, write_file};
pub use foreign::{parent_words, set_parent_memory};
pub use http::{Response, fetch, own_file};
pub use memory::JsMemory;
pub use network::{carry_out, serve_requests};
pub use pool::{add_workers_by, on_pool, start_pool, start_thread, work};
pub use worker::{
    OtherProgram, ROLE_ENGINE, ROLE_PROCESS, early_messages, python, role, sandboxed, start_other, start_thread_in,
    start_worker, worker_error,
};

/// Blocks this worker.
pub fn sleep(duration: Duration) {
    std::thread::sleep(duration);
}

/// Runs a lane's body. Always `Ok`: a panic traps its worker after the panic hook has reported it.
pub fn catch<R>(body: impl FnOnce() -> R) -> Result<R, Option<String>> {
    Ok(body())
}

/// Completes after `duration`, rounded up to whole milliseconds, without blocking the event loop.
pub fn timer(duration: Duration) -> impl Future<Output = ()> + Unpin + 'static {
    // What is longer than a browser's timers can be is waited for again.
    TimeoutFuture::new(duration.as_micros().div_ceil(1000).min(i32::MAX as u128) as u32)
}

/// Lets everything else on the event loop have its turn: timers, messages, rendering.
///
/// By a message to itself, since the browser delays nested timers by 4 ms.
pub fn next_turn() -> impl Future<Output = ()> {
    let (sender, receiver) = oneshot::channel();
    TURNS.with(|turns| turns.wait(sender));
    async {
        // The channel lives as long as its worker, so the sender is never dropped unused.
        let _ = receiver.await;
    }
}

/// A channel from this worker to itself.
struct Turns {
    channel: MessageChannel,
    waiting: Rc<RefCell<Option<oneshot::Sender<()>>>>,
    _on_message: Closure<dyn FnMut()>,
}

thread_local! {
    static TURNS: Turns = Turns::new();
}

impl Turns {
    fn new() -> Turns {
        let channel = MessageChannel::new().expect("every browser with workers has message channels");
        let waiting = Rc::new(RefCell::new(None::<oneshot::Sender<()>>));
        let on_message = Closure::new({
            let waiting = waiting.clone();
            move || {
                if let Some(sender) = waiting.take() {
                    // Nobody may be waiting any more; that is no error.
                    let _ = sender.send(());
                }
            }
        });
        channel.port1().set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        Turns { channel, waiting, _on_message: on_message }
    }

    fn wait(&self, sender: oneshot::Sender<()>) {
        self.waiting.replace(Some(sender));
        self.channel.port2().post_message(&JsValue::NULL).expect("null can be cloned");
    }
}

/// The time of day, since 1970.
pub fn wall_clock() -> Duration {
    Duration::from_secs_f64(js_sys::Date::now() / 1e3)
}

/// How many threads can run at the same time, according to the browser.
pub fn cores() -> usize {
    let navigator = js_sys::Reflect::get(&global(), &"navigator".into()).unwrap_or_default();
    let cores = js_sys::Reflect::get(&navigator, &"hardwareConcurrency".into()).ok().and_then(|n| n.as_f64());
    cores.map_or(1, |cores| cores.max(1.0) as usize)
}

/// What a JavaScript error says.
pub fn error_text(error: &JsValue) -> String {
    Reflect::get(error, &"message".into())
        .ok()
        .and_then(|message| message.as_string())
        .unwrap_or_else(|| format!("{error:?}"))
}

/// Whether this page or worker may share memory with workers.
pub fn isolated() -> bool {
    Reflect::get(&global(), &"crossOriginIsolated".into()).is_ok_and(|value| value.is_truthy())
}

/// Whether nobody can see this page.
pub fn hidden() -> bool {
    let document = web_sys::window().and_then(|window| window.document());
    document.is_none_or(|document| document.visibility_state() != web_sys::VisibilityState::Visible)
}

/// Whether requests of this page go through the site's service worker.
pub fn served() -> bool {
    // In a sandboxed frame even looking for it throws.
    let get = |object: &JsValue, name: &str| Reflect::get(object, &name.into()).ok().filter(JsValue::is_object);
    let container = get(&global(), "navigator").and_then(|navigator| get(&navigator, "serviceWorker"));
    container.and_then(|container| get(&container, "controller")).is_some()
}
