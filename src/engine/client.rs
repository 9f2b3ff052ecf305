//! The window's handle to one engine: starting it, talking to it, terminating it, reading what it left behind.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use js_sys::Reflect;
use wasm_bindgen::prelude::*;
use web_sys::{ErrorEvent, MessageEvent, Worker};

use super::given::GivenFile;
use super::link::{end_worker, error_text, pack, unpack};
use super::protocol::{BUILD, ENGINE_BUILD, FromEngine, PATIENCE, Position, ToEngine};
use crate::program::write::WARM_THREADS;
use crate::program::{Language, Need, RunSpec};
use crate::runtime::host::web::{
    JsMemory, ROLE_ENGINE, milliseconds, python, served, start_other, start_worker, worker_error,
};
use crate::trace::Nanos;
use crate::trace::clock::{Offset, Ping};
use crate::trace::reader::{Piece, Reader};

/// What a window hears from its engine.
pub enum Heard {
    /// More of its program is loaded.
    Loading,
    /// A run can start.
    Prepared,
    /// The run has begun.
    Started,
    /// Records have arrived.
    Batch(Vec<Piece>),
    /// Any other message about the run.
    Other(FromEngine),
    /// It died, or never came to life.
    Died(String),
}

/// What a run wants of its engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Wants {
    /// Workers for threads that stand ready; 0 for none.
    pub threads: usize,
    /// Whether it starts processes.
    pub processes: bool,
    /// Whether it makes requests that the service worker answers.
    pub requests: bool,
    /// In which language the program is.
    pub language: Language,
}

impl Wants {
    /// What this run wants.
    pub fn of(spec: &RunSpec) -> Wants {
        Wants {
            threads: match spec.program.language {
                Language::Rust => spec.threads(),
                Language::Python => WARM_THREADS,
            },
            processes: spec.needs(Need::Processes),
            requests: spec.needs(Need::Http),
            language: spec.program.language,
        }
    }
}

/// What is said where the site has no interpreter.
const NO_PYTHON: &str = "this site was built without Python; `scripts/python` builds it";

/// An engine, until it is dropped or terminated.
pub struct Engine {
    worker: Worker,
    wants: Wants,
    /// Whether its requests go through the service worker, which was there when it started.
    served: bool,
    /// How much of its program is loaded, from 0 to 1, if it had to be fetched.
    pub loaded: Cell<f64>,
    /// Whether a run can start.
    pub prepared: Cell<bool>,
    offset: Cell<Offset>,
    /// When the run began, on the window's clock, in milliseconds.
    began: Cell<Option<f64>>,
    memories: RefCell<Vec<Left>>,
    listener: RefCell<Option<Listener>>,
    closures: RefCell<Option<Closures>>,
}

thread_local! {
    /// The compiled program that runs Python, once an engine has fetched it: the next ones need not.
    static PYTHON: RefCell<JsValue> = const { RefCell::new(JsValue::UNDEFINED) };
}

type Listener = Rc<dyn Fn(Heard)>;

struct Closures {
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_error: Closure<dyn FnMut(ErrorEvent)>,
}

/// A memory that can be read when its owner has been terminated.
struct Left {
    process: u16,
    memory: JsMemory,
    root: usize,
}

impl Engine {
    /// Starts an engine for such a run. `listener` is told what it says from now on.
    ///
    /// # Errors
    /// A sentence, if this browser cannot start workers.
    pub fn start(wants: Wants, listener: impl Fn(Heard) + 'static) -> Result<Rc<Engine>, String> {
        let worker = match wants.language {
            Language::Rust => start_worker(ROLE_ENGINE, "weft engine"),
            Language::Python => {
                let module = PYTHON.with_borrow(Clone::clone);
                start_other(&python().ok_or(NO_PYTHON)?, &module, ROLE_ENGINE, "weft python")
            }
        };
        let worker = worker.map_err(|error| error_text(&error))?;
        let engine = Rc::new(Engine {
            worker,
            wants,
            served: served(),
            loaded: Cell::new(0.0),
            prepared: Cell::new(false),
            offset: Cell::default(),
            began: Cell::new(None),
            memories: RefCell::default(),
            listener: RefCell::new(Some(Rc::new(listener))),
            closures: RefCell::new(None),
        });
        let on_message = Closure::new({
            let engine = Rc::downgrade(&engine);
            move |event: MessageEvent| {
                if let Some(engine) = engine.upgrade() {
                    engine.hear(&event.data());
                }
            }
        });
        engine.worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        let on_error = Closure::new({
            let engine = Rc::downgrade(&engine);
            move |event: ErrorEvent| {
                if let Some(engine) = engine.upgrade() {
                    // The page reports the failure; the browser need not report it again.
                    event.prevent_default();
                    engine.tell(Heard::Died(worker_error(&event)));
                }
            }
        });
        engine.worker.set_onerror(Some(on_error.as_ref().unchecked_ref()));
        engine.closures.replace(Some(Closures { _on_message: on_message, _on_error: on_error }));
        // It reads this as soon as it is up, whatever the window's thread is doing then.
        engine.say(&ToEngine::Prepare { threads: wants.threads, processes: wants.processes });
        Ok(engine)
    }

    /// Whether it can do such a run, and as quickly as one that was started for it.
    pub fn serves(&self, wants: &Wants) -> bool {
        // Requests of an engine that is older than the service worker may bypass it.
        let answered = !wants.requests || self.served == served();
        let has = self.wants;
        // An engine without a pool serves runs that need none; a pool that is larger than needed does no harm.
        let pool = has.threads >= wants.threads && (wants.threads > 0 || has.threads == 0);
        answered && pool && (has.processes || !wants.processes) && has.language == wants.language
    }

    /// Replaces the listener.
    pub fn set_listener(&self, listener: impl Fn(Heard) + 'static) {
        self.listener.replace(Some(Rc::new(listener)));
    }

    /// Starts a run on a prepared engine, whose program finds these files.
    pub fn run(&self, spec: &RunSpec, files: &[GivenFile]) {
        for file in files {
            self.say(&ToEngine::Give { name: file.name.clone(), bytes: file.bytes.to_vec() });
        }
        self.say(&ToEngine::Start(spec.by_id()));
    }

    /// Tells it what the reader has typed; without a line, that there will be no more.
    pub fn typed(&self, line: Option<String>) {
        self.say(&ToEngine::Typed(line));
    }

    /// Tells it what has arrived.
    pub fn confirm(&self, positions: Vec<Position>) {
        self.say(&ToEngine::Confirm(positions));
    }

    /// The time in its run, by the window's clock; zero before it.
    pub fn now(&self) -> Nanos {
        self.began.get().map_or(Nanos::ZERO, |began| Nanos::from_millis_f64(milliseconds() - began))
    }

    /// Ends it, whatever it is doing, and everything it has started. The listener is not called afterwards.
    pub fn terminate(&self) {
        self.listener.replace(None);
        end_worker(&self.worker);
    }

    /// What a terminated engine and its processes had recorded and not yet recycled, including what has been read
    /// before.
    pub fn left_behind(&self) -> Vec<Piece> {
        let memories = self.memories.take();
        memories.iter().flat_map(|left| Reader::new(left.process, left.root).read(&left.memory, usize::MAX).0).collect()
    }

    /// The build that it must be of.
    fn build(&self) -> &'static str {
        match self.wants.language {
            Language::Rust => BUILD,
            Language::Python => ENGINE_BUILD,
        }
    }

    fn say(&self, message: &ToEngine) {
        if let Err(error) = self.worker.post_message(&pack(message, None)) {
            self.tell(Heard::Died(error_text(&error)));
        }
    }

    fn tell(&self, heard: Heard) {
        // A copy, since the listener may terminate this engine and so remove itself.
        let listener = self.listener.borrow().clone();
        if let Some(listener) = listener {
            listener(heard);
        }
    }

    fn hear(&self, data: &JsValue) {
        let get = |name: &str| Reflect::get(data, &name.into()).ok().filter(|value| !value.is_undefined());
        if let Some(module) = get("module") {
            return PYTHON.set(module);
        }
        if let Some(loaded) = get("loaded").and_then(|loaded| loaded.as_f64()) {
            self.loaded.set(loaded);
            return self.tell(Heard::Loading);
        }
        let received = match unpack::<FromEngine>(data) {
            Ok(received) => received,
            Err(error) => return self.tell(Heard::Died(error)),
        };
        match received.message {
            FromEngine::Ready { build } if build != self.build() => {
                self.tell(Heard::Died("a new version of Weft is here; reload the page".to_owned()));
            }
            FromEngine::Ready { .. } => {}
            FromEngine::Prepared => self.ping(),
            FromEngine::Pong { asked, answer } => {
                let mut offset = self.offset.get();
                offset.learn(Ping { asked, answer, received: milliseconds() });
                self.offset.set(offset);
                if !offset.is_enough(&PATIENCE) {
                    return self.ping();
                }
                self.prepared.set(true);
                self.tell(Heard::Prepared);
            }
            FromEngine::Started { root, began } => {
                let ahead = self.offset.get().best();
                self.began.set(Some(began - ahead));
                if let Some(memory) = received.memory {
                    self.memories.borrow_mut().push(Left { process: 0, memory: JsMemory::new(memory), root });
                }
                self.tell(Heard::Started);
            }
            FromEngine::ProcessStarted { number, root } => {
                if let Some(memory) = received.memory {
                    self.memories.borrow_mut().push(Left { process: number, memory: JsMemory::new(memory), root });
                }
            }
            FromEngine::ProcessOver { number } => {
                self.memories.borrow_mut().retain(|left| left.process != number);
            }
            FromEngine::Batch { pieces } => self.tell(Heard::Batch(pieces)),
            other => self.tell(Heard::Other(other)),
        }
    }

    fn ping(&self) {
        self.say(&ToEngine::Ping { asked: milliseconds() });
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        end_worker(&self.worker);
    }
}
