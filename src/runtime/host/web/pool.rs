//! The workers on which threads run. Some are started before a run; more when all are taken, since only a program knows
//! how many threads it will have.
//!
//! wasm-bindgen-rayon starts the first ones, which an instance can do once. Those that are added share the memory too.
//! All take jobs from one queue, and none ever returns to its event loop. The engine's loop adds workers, also those of
//! processes: one that a blocked worker started would not come up.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::sync::{LazyLock, OnceLock};

use futures::StreamExt;
use futures::channel::mpsc::unbounded;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::Worker;

use super::clock::{Question, calibrate_pool};
use super::error_text;
use super::worker::start_sharing;
use crate::runtime::host::Monitor;

type Job = Box<dyn FnOnce() + Send>;

#[derive(Default)]
struct Queue {
    jobs: VecDeque<Job>,
    /// Workers, those that are about to be added included, for which there is no job yet.
    free: usize,
}

static QUEUE: LazyLock<Monitor<Queue>> = LazyLock::new(Monitor::default);

/// Has the engine's loop add a worker.
static ADD: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

thread_local! {
    static ON_POOL: Cell<bool> = const { Cell::new(false) };
    /// The workers that were added, which end with the engine.
    static ADDED: RefCell<Vec<Added>> = const { RefCell::new(Vec::new()) };
}

struct Added {
    _worker: Worker,
    _on_message: Closure<dyn FnMut()>,
}

/// Starts the first workers, from the engine's loop, once. They have the engine's clock then.
///
/// # Errors
/// If the browser cannot start them.
pub async fn start_pool(workers: usize) -> Result<(), JsValue> {
    JsFuture::from(wasm_bindgen_rayon::init_thread_pool(workers)).await?;
    calibrate_pool(workers);
    QUEUE.lock().free = workers;
    rayon::spawn_broadcast(|_| work());
    let (sender, mut requests) = unbounded();
    add_workers_by(move || {
        sender.unbounded_send(()).expect("the engine's loop goes on for as long as its workers");
    });
    spawn_local(async move {
        while requests.next().await.is_some() {
            add();
        }
    });
    Ok(())
}

/// From now on `add` has the engine's loop add a worker to this instance. It must not block.
///
/// # Panics
/// If that has been said before.
pub fn add_workers_by(add: impl Fn() + Send + Sync + 'static) {
    assert!(ADD.set(Box::new(add)).is_ok(), "an instance has one pool");
}

/// Runs a job on a worker, which is added if none is free.
pub fn start_thread(job: impl FnOnce() + Send + 'static) {
    let mut queue = QUEUE.lock();
    queue.jobs.push_back(Box::new(job));
    if queue.free > 0 {
        queue.free -= 1;
    } else {
        ADD.get().expect("an instance that runs threads has a pool")();
    }
    drop(queue);
    QUEUE.notify_one();
}

/// Whether this worker is one of those that run threads.
pub fn on_pool() -> bool {
    ON_POOL.get()
}

/// Runs one job after the other, for ever.
pub fn work() {
    ON_POOL.set(true);
    loop {
        next_job()();
        QUEUE.lock().free += 1;
    }
}

fn next_job() -> Job {
    let mut queue = QUEUE.lock();
    loop {
        match queue.jobs.pop_front() {
            Some(job) => return job,
            None => queue.wait(),
        }
    }
}

/// Adds a worker. Its job cannot run elsewhere, so the run fails without it.
fn add() {
    let question: &'static Question = Box::leak(Box::default());
    let worker = start_sharing(std::ptr::from_ref(question) as usize);
    let worker = worker.unwrap_or_else(|error| panic!("the browser starts no more workers: {}", error_text(&error)));
    // It is up, and asks for the time. What goes wrong in it reaches the window as an error.
    let on_message = Closure::new(|| question.answer());
    worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
    ADDED.with_borrow_mut(|added| added.push(Added { _worker: worker, _on_message: on_message }));
}

/// What an added worker does: its script calls it with the address of its question. Never returns.
#[wasm_bindgen(js_name = weftWork)]
pub fn work_added(question: usize) {
    // SAFETY: `add` made it for this worker, and it is never freed.
    let question = unsafe { &*(question as *const Question) };
    question.ask();
    work();
}
