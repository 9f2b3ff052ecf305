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
mod worker;

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::sync::OnceLock;
use std::sync::atomic::AtomicU32;
use std::time::Duration;

use futures::channel::mpsc::{UnboundedReceiver, UnboundedSender, unbounded};
use futures::channel::oneshot;
use gloo_timers::future::TimeoutFuture;
use js_sys::{Reflect, global};
use wasm_bindgen::prelude::*;
use web_sys::MessageChannel;

use super::ProcessCommand;

pub use clock::{Clock, calibrate_pool, milliseconds, read_clock, set_clock_offset};
pub use database::{Database, delete_database};
pub use echo::Echo;
pub use files::{read_file, remove_file, write_file};
pub use foreign::{parent_words, set_parent_memory, stop_once};
pub use http::{Response, fetch, own_file};
pub use memory::JsMemory;
pub use worker::{ROLE_ENGINE, ROLE_PROCESS, early_messages, role, sandboxed, start_worker, worker_error};

/// A wait on a monitor need not return to see whether the run was cancelled: the engine is terminated.
pub(super) const LOOK_EVERY: Option<Duration> = None;

/// Work that goes on without waiting may end here: that of a process that was killed. (Threads end with the engine.)
pub fn checkpoint() {
    foreign::stop_if_told();
}

/// Blocks this worker.
pub fn sleep(duration: Duration) {
    std::thread::sleep(duration);
}

/// Runs a job on a worker of the pool. The caller sees to it that one is free, else the job would wait for one.
pub fn start_thread(job: impl FnOnce() + Send + 'static) {
    rayon::spawn_fifo(job);
}

/// Runs a lane's body. Always `Ok`: a panic traps its worker after the panic hook has reported it.
pub fn catch<R>(body: impl FnOnce() -> R) -> Result<R, Option<String>> {
    Ok(body())
}

/// Ends after `duration`, in whole milliseconds, without blocking the event loop.
pub fn timer(duration: Duration) -> impl Future<Output = ()> + Unpin + 'static {
    TimeoutFuture::new(u32::try_from(duration.as_micros().div_ceil(1000)).unwrap_or(u32::MAX))
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

/// Where pool workers leave their requests: they block, and a blocked worker cannot start another.
static COMMANDS: OnceLock<UnboundedSender<ProcessCommand>> = OnceLock::new();

/// The requests about processes, for the engine to serve. Once for each instance.
pub fn process_commands() -> UnboundedReceiver<ProcessCommand> {
    let (sender, receiver) = unbounded();
    assert!(COMMANDS.set(sender).is_ok(), "one engine serves the requests of an instance");
    receiver
}

/// Asks the engine for something about a process.
///
/// # Errors
/// If there is no engine here: this is a process itself.
pub fn command_process(command: ProcessCommand) -> Result<(), String> {
    let commands = COMMANDS.get().ok_or("there is no engine here")?;
    commands.unbounded_send(command).map_err(|_| "the engine has ended".to_owned())
}

/// How many threads can run at the same time, as the browser tells it.
pub fn cores() -> usize {
    let navigator = js_sys::Reflect::get(&global(), &"navigator".into()).unwrap_or_default();
    let cores = js_sys::Reflect::get(&navigator, &"hardwareConcurrency".into()).ok().and_then(|n| n.as_f64());
    cores.map_or(1, |cores| cores.max(1.0) as usize)
}

/// Blocks while the word is `value`, until a notification, or for so long at most.
pub fn wait_on_word(word: &AtomicU32, value: u32, limit: Option<Duration>) {
    let nanos = limit.map_or(-1, |limit| i64::try_from(limit.as_nanos()).unwrap_or(i64::MAX));
    // SAFETY: a reference to an atomic word is a valid, aligned address of shared memory.
    unsafe { core::arch::wasm32::memory_atomic_wait32(word.as_ptr().cast(), value as i32, nanos) };
}

/// Wakes who waits on the word, so many at most.
pub fn notify_word(word: &AtomicU32, count: u32) {
    // SAFETY: as above.
    unsafe { core::arch::wasm32::memory_atomic_notify(word.as_ptr().cast(), count) };
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
