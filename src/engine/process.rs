//! The process role: one instance, one memory, one function of a program.

use std::cell::RefCell;
use std::sync::Arc;

use wasm_bindgen::prelude::*;

use super::link::{Received, listen, own_memory, post_to_parent, unpack};
use super::protocol::{FromProcess, PATIENCE, ToProcess};
use crate::program::Table;
use crate::runtime::host::web::{add_workers_by, milliseconds, set_clock_offset, set_parent_memory, work};
use crate::runtime::host::{Clock, ProcessRequest};
use crate::runtime::{Config, Run, lane, processes};
use crate::trace::clock::{Offset, Ping};
use crate::trace::reader::LocalMemory;

/// A process that asks for the time before it begins.
struct Waiting {
    request: ProcessRequest,
    run: Arc<Run>,
    offset: Offset,
}

/// Waits for the engine's messages, and does what they say.
pub fn start(table: Table) {
    std::panic::set_hook(Box::new(|panic| {
        if !processes::ends_by_itself() {
            return; // It was terminated at the same moment.
        }
        let message = panic_text(panic);
        let end = lane::record_panic(&message).map(|(_, end)| end);
        // If this cannot be posted, the engine learns of the panic from the worker's error event.
        let _ = post_to_parent(&FromProcess::Panicked { message, end }, None);
    }));
    let waiting = RefCell::new(None::<Waiting>);
    post(&FromProcess::Waiting, None);
    listen(move |data| {
        let Received { message, memory } = unpack(&data).unwrap_or_else(|error| panic!("{error}"));
        if let Some(memory) = memory {
            set_parent_memory(&memory);
        }
        hear(&table, &waiting, message);
    });
}

fn hear(table: &Table, waiting: &RefCell<Option<Waiting>>, message: ToProcess) {
    match message {
        ToProcess::Start { request, began } => {
            let config = Config { process: request.number, speed: request.speed, ..Config::default() };
            let run = Run::new(config, Clock::since(began));
            let root = LocalMemory::new(run.recorder.root()).root_address();
            post(&FromProcess::Ready { root }, Some(&own_memory()));
            add_workers_by(|| post(&FromProcess::AddThread, None));
            waiting.replace(Some(Waiting { request, run, offset: Offset::default() }));
            ping();
        }
        ToProcess::Pong { asked, answer } => {
            let Some(mut process) = waiting.take() else { return };
            process.offset.learn(Ping { asked, answer, received: milliseconds() });
            if !process.offset.is_enough(&PATIENCE) {
                waiting.replace(Some(process));
                return ping();
            }
            process.run(table);
        }
        ToProcess::Join { .. } => panic!("this is the process's main worker"),
    }
}

/// What a worker that was added to a process does, for that process's threads. Never returns, once it has the time.
#[wasm_bindgen(js_name = weftThread)]
pub fn work_for_process() {
    let mut offset = Offset::default();
    listen(move |data| {
        let Received { message, memory } = unpack(&data).unwrap_or_else(|error| panic!("{error}"));
        if let Some(memory) = memory {
            set_parent_memory(&memory);
        }
        match message {
            ToProcess::Join { life } => {
                processes::belong_to(life);
                ping();
            }
            ToProcess::Pong { asked, answer } => {
                offset.learn(Ping { asked, answer, received: milliseconds() });
                if !offset.is_enough(&PATIENCE) {
                    return ping();
                }
                set_clock_offset(offset.best());
                work();
            }
            ToProcess::Start { .. } => panic!("this worker has a process already"),
        }
    });
}

fn ping() {
    post(&FromProcess::Ping { asked: milliseconds() }, None);
}

fn post(message: &FromProcess, memory: Option<&wasm_bindgen::JsValue>) {
    post_to_parent(message, memory).unwrap_or_else(|error| panic!("a message to the engine failed: {error:?}"));
}

impl Waiting {
    fn run(self, table: &Table) {
        set_clock_offset(self.offset.best());
        if let Some((exit, end)) = processes::run_child(&self.run, &self.request, table.entry) {
            // It cancels them when all others are over.
            let daemons = self.run.is_cancelled();
            post(&FromProcess::Ended { exit, end, daemons }, None);
        }
        // The engine reads the trace out of this memory until it ends the worker.
        std::mem::forget(self.run);
    }
}

/// What a panic says.
pub fn panic_text(panic: &std::panic::PanicHookInfo) -> String {
    let message = panic.payload_as_str().unwrap_or("something went wrong");
    match panic.location() {
        Some(place) => format!("{message} ({}:{})", place.file(), place.line()),
        None => message.to_owned(),
    }
}
