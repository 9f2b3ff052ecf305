//! The processes of a run, from the engine's side: starting them, reading their traces, learning of their ends.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

use super::link::{Received, end_worker, error_text, own_memory, pack, unpack};
use super::outbox::{send, send_batches};
use super::protocol::{FromEngine, FromProcess, Position, ToProcess};
use super::spares::Spares;
use crate::runtime::host::web::{JsMemory, milliseconds, worker_error};
use crate::runtime::host::{ProcessCommand, ProcessRequest};
use crate::runtime::{Run, processes};
use crate::trace::reader::Reader;
use crate::trace::{Cause, LOCAL_BITS, LaneId};

/// The processes of a run.
pub struct Children {
    run: Arc<Run>,
    /// When the run began, on the engine's clock, in milliseconds.
    began: f64,
    spares: Rc<Spares>,
    children: RefCell<HashMap<u16, Child>>,
}

/// Milliseconds from ending a process's worker until nothing more is expected of it: a browser does not end a worker at
/// once, but a killed process stops by itself at its next observable step.
const GRACE: u32 = 10;

struct Child {
    started_by: Cause,
    worker: Worker,
    /// Its memory and the reader of its trace, once it is up.
    trace: Option<(JsMemory, Reader)>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Children {
    /// None yet. They use up `spares` first.
    pub fn new(run: Arc<Run>, began: f64, spares: Rc<Spares>) -> Rc<Children> {
        Rc::new(Children { run, began, spares, children: RefCell::default() })
    }

    /// Carries out what a lane asks for.
    pub fn obey(self: &Rc<Children>, command: ProcessCommand) {
        match command {
            ProcessCommand::Start(request) => self.start(request),
            ProcessCommand::Terminate { number, end } => self.terminate(number, end),
        }
    }

    fn start(self: &Rc<Children>, request: ProcessRequest) {
        let number = request.number;
        let worker = match self.spares.take(&request.name) {
            Ok(worker) => worker,
            Err(error) => {
                processes::dies(&self.run, number);
                return self.died(number, request.started_by, error_text(&error));
            }
        };
        let started_by = request.started_by;
        let on_message = Closure::new({
            let children = self.clone();
            move |event: MessageEvent| children.hear(number, unpack(&event.data()))
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let on_error = Closure::new({
            let children = self.clone();
            move |event: ErrorEvent| {
                // Otherwise it would propagate to the window, as an error of the engine.
                event.prevent_default();
                children.hear(number, Err(worker_error(&event)));
            }
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        let told = ToProcess::Start { request, began: self.began };
        let posted = worker.post_message(&pack(&told, Some(&own_memory())));
        let child = Child { started_by, worker, trace: None, _on_message: on_message, _on_error: on_error };
        self.children.borrow_mut().insert(number, child);
        if let Err(error) = posted {
            self.lost(number, error_text(&error));
        }
    }

    /// The process was killed at `end`; its killer has recorded that.
    fn terminate(self: &Rc<Children>, number: u16, end: Cause) {
        if let Some(child) = self.children.borrow().get(&number) {
            end_worker(&child.worker);
        }
        let children = self.clone();
        let over = move || {
            children.remove(number);
            processes::terminated(&children.run, number, end);
        };
        Timeout::new(GRACE, over).forget();
    }

    fn hear(&self, number: u16, received: Result<Received<FromProcess>, String>) {
        match received {
            Ok(Received { message: FromProcess::Ready { root }, memory: Some(memory) }) => {
                let memory = JsMemory::new(memory);
                send(&FromEngine::ProcessStarted { number, root }, Some(memory.memory()));
                if let Some(child) = self.children.borrow_mut().get_mut(&number) {
                    child.trace = Some((memory, Reader::new(number, root)));
                }
            }
            Ok(Received { message: FromProcess::Ping { asked }, .. }) => {
                if let Some(child) = self.children.borrow().get(&number) {
                    let pong = ToProcess::Pong { asked, answer: milliseconds() };
                    // If a worker cannot be posted to, its error event says so.
                    let _ = child.worker.post_message(&pack(&pong, None));
                }
            }
            Ok(Received { message: FromProcess::Ended { exit, end }, .. }) => {
                self.remove(number);
                processes::ended(&self.run, number, exit, end);
            }
            Ok(Received { message: FromProcess::Panicked { message, end }, .. }) => {
                if let Some(child) = self.remove(number) {
                    match end {
                        Some(end) => processes::failed(&self.run, number, end, message),
                        None => self.died(number, child.started_by, message),
                    }
                }
            }
            Ok(Received { message: FromProcess::Ready { .. }, memory: None }) => {
                self.lost(number, "it came without its memory".to_owned());
            }
            Ok(Received { message: FromProcess::Waiting, .. }) => {} // What it waits for is on its way.
            Err(message) => self.lost(number, message),
        }
    }

    /// A process died without a report; after a panic or a kill there is nothing more to report.
    fn lost(&self, number: u16, message: String) {
        if !processes::dies(&self.run, number) {
            return;
        }
        if let Some(child) = self.remove(number) {
            self.died(number, child.started_by, message);
        }
    }

    fn died(&self, number: u16, started_by: Cause, message: String) {
        let lane = LaneId(u32::from(number) << LOCAL_BITS);
        let end = Cause { lane, time: self.run.clock().now().max(started_by.time) };
        send(&FromEngine::ProcessDied { number, time: end.time, message: message.clone() }, None);
        processes::failed(&self.run, number, end, message);
    }

    /// Sends the last of a process's trace, and ends its worker.
    fn remove(&self, number: u16) -> Option<Child> {
        let mut child = self.children.borrow_mut().remove(&number)?;
        child.drain();
        end_worker(&child.worker);
        send(&FromEngine::ProcessOver { number }, None);
        Some(child)
    }

    /// Sends what the processes have recorded.
    pub fn drain(&self) {
        for child in self.children.borrow_mut().values_mut() {
            child.drain();
        }
    }

    /// The window has what a process recorded.
    pub fn confirm(&self, position: &Position) {
        if let Some(Child { trace: Some((memory, reader)), .. }) = self.children.borrow().get(&position.process) {
            reader.confirm(memory, position.stream, position.end);
        }
    }
}

impl Child {
    fn drain(&mut self) {
        if let Some((memory, reader)) = &mut self.trace {
            send_batches(reader, memory);
        }
    }
}
