//! The processes of a run, from the engine's side: starting them, reading their traces, learning of their ends.
//!
//! The workers of a process that has ended by itself are ended when the next process starts, or with the engine. Not at
//! once, since Chromium loses a worker that it is ending when the one that has started it is ended, too: its thread and both
//! memories stay until the page is closed, and a page has room for about a hundred memories.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use gloo_timers::callback::Timeout;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

use super::link::{Received, end_worker, error_text, ignore_worker, own_memory, pack, unpack};
use super::outbox::{send, send_batches};
use super::protocol::{FromEngine, FromProcess, Position, ToProcess};
use super::spares::Spares;
use crate::runtime::host::web::{JsMemory, milliseconds, start_thread_in, worker_error};
use crate::runtime::host::{ProcessCommand, ProcessRequest};
use crate::runtime::{Run, processes};
use crate::trace::reader::Reader;
use crate::trace::{Cause, LaneId};

/// The processes of a run.
pub struct Children {
    run: Arc<Run>,
    /// When the run began, on the engine's clock, in milliseconds.
    began: f64,
    spares: Rc<Spares>,
    children: RefCell<HashMap<u16, Child>>,
    /// Workers of processes that have ended, to be ended.
    idle: RefCell<Vec<Worker>>,
}

/// Milliseconds from ending a process's worker until nothing more is expected of it: a browser does not end a worker at
/// once, but a killed process stops by itself at its next observable step.
const GRACE: u32 = 10;

struct Child {
    started_by: Cause,
    /// Address of its life word.
    life: usize,
    /// The worker of its main thread, and those that were added for others.
    workers: Vec<Attended>,
    /// Its memory and the reader of its trace, once it is up.
    trace: Option<(JsMemory, Reader)>,
}

/// A worker whose messages and errors are heard.
struct Attended {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

impl Children {
    /// None yet. They use up `spares` first.
    pub fn new(run: Arc<Run>, began: f64, spares: Rc<Spares>) -> Rc<Children> {
        Rc::new(Children { run, began, spares, children: RefCell::default(), idle: RefCell::default() })
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
        self.idle.take().iter().for_each(end_worker);
        let worker = match self.spares.take(&request.name) {
            Ok(worker) => worker,
            Err(error) => {
                processes::dies(&self.run, number);
                return self.died(number, request.started_by, error_text(&error));
            }
        };
        let (started_by, life) = (request.started_by, request.life);
        let workers = vec![self.attend(number, worker.clone())];
        let told = ToProcess::Start { request, began: self.began };
        let posted = worker.post_message(&pack(&told, Some(&own_memory())));
        self.children.borrow_mut().insert(number, Child { started_by, life, workers, trace: None });
        if let Err(error) = posted {
            self.lost(number, error_text(&error));
        }
    }

    /// Hears what a worker of this process says, from now on.
    fn attend(self: &Rc<Children>, number: u16, worker: Worker) -> Attended {
        let on_message = Closure::new({
            let (children, worker) = (self.clone(), worker.clone());
            move |event: MessageEvent| children.hear(number, &worker, unpack(&event.data()))
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let on_error = Closure::new({
            let children = self.clone();
            move |event: ErrorEvent| {
                // Otherwise it would propagate to the window, as an error of the engine.
                event.prevent_default();
                children.lost(number, worker_error(&event));
            }
        });
        worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        Attended { worker, _on_message: on_message, _on_error: on_error }
    }

    /// Starts a worker for a thread of this process. Its thread cannot run elsewhere, so the process dies without it.
    fn add_thread(self: &Rc<Children>, number: u16) {
        let started = match self.children.borrow().get(&number) {
            Some(Child { life, trace: Some((memory, _)), .. }) => start_thread_in(memory).map(|worker| (worker, *life)),
            _ => return, // It has ended meanwhile.
        };
        let joined = started.and_then(|(worker, life)| {
            let attended = self.attend(number, worker.clone());
            if let Some(child) = self.children.borrow_mut().get_mut(&number) {
                child.workers.push(attended);
            }
            worker.post_message(&pack(&ToProcess::Join { life }, Some(&own_memory())))
        });
        if let Err(error) = joined {
            self.lost(number, format!("no worker could be started for its thread: {}", error_text(&error)));
        }
    }

    /// The process was killed at `end`; its killer has recorded that.
    fn terminate(self: &Rc<Children>, number: u16, end: Cause) {
        if let Some(child) = self.children.borrow().get(&number) {
            child.end_workers();
        }
        let children = self.clone();
        let over = move || {
            children.remove(number);
            processes::terminated(&children.run, number, end);
        };
        Timeout::new(GRACE, over).forget();
    }

    fn hear(self: &Rc<Children>, number: u16, from: &Worker, received: Result<Received<FromProcess>, String>) {
        match received {
            Ok(Received { message: FromProcess::Ready { root }, memory: Some(memory) }) => {
                let memory = JsMemory::new(memory);
                send(&FromEngine::ProcessStarted { number, root }, Some(memory.memory()));
                if let Some(child) = self.children.borrow_mut().get_mut(&number) {
                    child.trace = Some((memory, Reader::new(number, root)));
                }
            }
            Ok(Received { message: FromProcess::Ping { asked }, .. }) => {
                let pong = ToProcess::Pong { asked, answer: milliseconds() };
                // If a worker cannot be posted to, its error event says so.
                let _ = from.post_message(&pack(&pong, None));
            }
            Ok(Received { message: FromProcess::AddThread, .. }) => self.add_thread(number),
            Ok(Received { message: FromProcess::Ended { exit, end, daemons }, .. }) => {
                if daemons {
                    self.remove(number);
                } else {
                    self.retire(number);
                }
                processes::ended(&self.run, number, exit, end);
            }
            Ok(Received { message: FromProcess::Panicked { message, end }, .. }) => {
                if let Some(child) = self.remove(number) {
                    match end {
                        Some(end) if end.lane == LaneId::main_of(number) => {
                            processes::failed(&self.run, number, end, message);
                        }
                        // Another of its threads, or nothing was recorded: its main thread learns of it here.
                        _ => self.died(number, child.started_by, message),
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
        let end = Cause { lane: LaneId::main_of(number), time: self.run.clock().now().max(started_by.time) };
        send(&FromEngine::ProcessDied { number, time: end.time, message: message.clone() }, None);
        processes::failed(&self.run, number, end, message);
    }

    /// Sends the last of a process's trace, and ends its workers.
    fn remove(&self, number: u16) -> Option<Child> {
        let child = self.take_leave_of(number)?;
        child.end_workers();
        Some(child)
    }

    /// The same for a process whose workers have nothing more to do, so that they can be ended later.
    fn retire(&self, number: u16) {
        let Some(child) = self.take_leave_of(number) else { return };
        for Attended { worker, .. } in child.workers {
            ignore_worker(&worker);
            self.idle.borrow_mut().push(worker);
        }
    }

    fn take_leave_of(&self, number: u16) -> Option<Child> {
        let mut child = self.children.borrow_mut().remove(&number)?;
        child.drain();
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
    fn end_workers(&self) {
        self.workers.iter().for_each(|attended| end_worker(&attended.worker));
    }

    fn drain(&mut self) {
        if let Some((memory, reader)) = &mut self.trace {
            send_batches(reader, memory);
        }
    }
}
