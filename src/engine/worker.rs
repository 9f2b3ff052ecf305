//! The engine role: an instance that runs one program, and sends its trace to the window.
//!
//! A blocking program runs on the pool, so this worker's own loop stays free: it sends the trace and starts processes.
//! An async program runs on this loop, and lets timers and messages have their turn every few milliseconds.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, OnceLock};

use futures::StreamExt;
use futures::channel::{mpsc, oneshot};
use gloo_timers::callback::Interval;
use wasm_bindgen_futures::spawn_local;

use super::children::Children;
use super::files::Files;
use super::link::{listen, own_memory, post_to_parent, unpack};
use super::outbox::{send, send_batches};
use super::process::panic_text;
use super::protocol::{BUILD, FromEngine, Position, ToEngine};
use super::spares::Spares;
use crate::program::{ExitReport, Main, RunSpec, Table};
use crate::runtime::host::web::{milliseconds, on_pool, start_pool};
use crate::runtime::host::{Clock, start_thread};
use crate::runtime::input::Question;
use crate::runtime::{Config, Failure, Run, lane, run_main, tasks};
use crate::trace::reader::{LocalMemory, Reader};
use crate::trace::{LaneKind, Nanos};

/// Milliseconds between two reads of the streams. While many threads compute, the operating system makes this worker
/// wait for its turn, and then the window's thread; an event should reach the window within 60 ms even so.
const DRAIN_EVERY: u32 = 10;

/// Workers that wait for processes when a run begins. More would keep a small machine busy before a run, and most demos
/// need no more.
const SPARES: usize = 4;

thread_local! {
    static ENGINE: Rc<Engine> = Rc::default();
}

#[derive(Default)]
struct Engine {
    spares: Rc<Spares>,
    run: RefCell<Option<Running>>,
    /// The reader's files for the program that will run.
    given: RefCell<Vec<(String, Vec<u8>)>>,
    /// The run has ended, and the window has been told.
    over: Cell<bool>,
}

/// A run that goes on.
struct Running {
    run: Arc<Run>,
    reader: Reader,
    children: Rc<Children>,
    /// What the program reads and writes, if it is the reader's.
    files: Option<Files>,
    told_end_of_recording: bool,
    /// Of how many lines, printed and not recorded, the window was told.
    told_lost: u64,
    /// How the reader's program has ended, if it is one.
    exit: Arc<OnceLock<ExitReport>>,
    _drain: Interval,
}

/// Whether a failure is a mistake of Weft's, not the program's.
static INTERNAL: AtomicBool = AtomicBool::new(false);

/// Memory that is given back when there is no more, so that this can be said.
static SPARE_MEMORY: OnceLock<Mutex<Option<Vec<u8>>>> = OnceLock::new();

/// How much that is, in bytes.
const SPARE: usize = 1 << 20;

/// What is said then. `.cargo/config.toml` has the limit.
const MEMORY_IS_USED_UP: &str = "the memory is used up: a run has 1 GB";

/// This worker will never answer again, for this reason.
fn report_death(message: String) {
    // On a worker of the pool: the drain finds the failure in the run, and tells the window.
    let lane = lane::record_panic(&message).map_or_else(|| "engine".to_owned(), |(lane, _)| lane);
    if !on_pool() {
        ENGINE.with(|engine| engine.send_last_words(Failure { lane, message }));
    }
}

/// Listens to the window.
pub fn start(table: Table) {
    std::panic::set_hook(Box::new(|panic| {
        INTERNAL.store(true, SeqCst);
        report_death(panic_text(panic));
    }));
    SPARE_MEMORY.set(Mutex::new(Some(Vec::with_capacity(SPARE)))).expect("an engine starts once");
    std::alloc::set_alloc_error_hook(|_| {
        // For what follows.
        drop(SPARE_MEMORY.get().and_then(|spare| spare.try_lock().ok()?.take()));
        report_death(MEMORY_IS_USED_UP.to_owned());
    });
    listen(move |data| {
        let message: ToEngine = unpack(&data).unwrap_or_else(|error| panic!("{error}")).message;
        ENGINE.with(|engine| engine.clone().hear(&table, message));
    });
    send(&FromEngine::Ready { build: BUILD.to_owned() }, None);
}

impl Engine {
    fn hear(self: Rc<Engine>, table: &Table, message: ToEngine) {
        match message {
            ToEngine::Prepare { threads, processes } => spawn_local(async move {
                if threads > 0 {
                    let ready = start_pool(threads).await;
                    ready.unwrap_or_else(|error| panic!("the pool of workers did not start: {error:?}"));
                }
                if processes {
                    self.spares.add(SPARES).await;
                }
                send(&FromEngine::Prepared, None);
            }),
            ToEngine::Ping { asked } => send(&FromEngine::Pong { asked, answer: milliseconds() }, None),
            ToEngine::Start(spec) => self.start(spec.find(table.program).unwrap_or_else(|error| panic!("{error}"))),
            ToEngine::Confirm(positions) => self.confirm(&positions),
            ToEngine::Give { name, bytes } => self.given.borrow_mut().push((name, bytes)),
            ToEngine::Typed(line) => {
                if let Some(running) = &*self.run.borrow() {
                    running.run.input.typed(line);
                }
            }
        }
    }

    fn start(self: Rc<Engine>, spec: RunSpec) {
        let clock = Clock::start();
        let run = Run::new(Config { speed: spec.speed, threads: spec.threads(), ..Config::default() }, clock);
        let root = LocalMemory::new(run.recorder.root()).root_address();
        // Without isolation the memory cannot be posted. Then a stop loses what has not been sent yet.
        let memory = crate::runtime::host::web::isolated().then(own_memory);
        send(&FromEngine::Started { root, began: clock.began() }, memory.as_ref());

        let exit = Arc::<OnceLock<ExitReport>>::default();
        let children = Children::new(run.clone(), clock.began(), self.spares.clone());
        let drain = Interval::new(DRAIN_EVERY, {
            let engine = self.clone();
            move || engine.drain()
        });
        let files = match spec.program.main {
            Main::Source { disk, .. } => Some(Files::begin(disk(), self.given.take())),
            _ => None,
        };
        self.run.replace(Some(Running {
            run: run.clone(),
            reader: Reader::new(0, root),
            children: children.clone(),
            files,
            told_end_of_recording: false,
            told_lost: 0,
            exit: exit.clone(),
            _drain: drain,
        }));

        // Lanes leave their requests here: they block, and a blocked worker cannot start another.
        let (sender, mut commands) = mpsc::unbounded();
        run.serve_processes(move |_, command| {
            sender.unbounded_send(command).map_err(|_| "the engine has ended".to_owned())
        });
        spawn_local(async move {
            while let Some(command) = commands.next().await {
                children.obey(command);
            }
        });
        let RunSpec { program, values, source, .. } = spec;
        let kind = program.main.kind();
        match program.main {
            Main::Thread(main) | Main::Process(main) => self.start_lane(run, kind, move || main(&values)),
            Main::Source { define, run: main, .. } => {
                define(&run);
                run.input.open();
                self.start_lane(run, kind, move || {
                    let report = exit.get_or_init(|| main(&source.unwrap_or_default(), &values));
                    report.failure().map_or(Ok(()), Err)
                });
            }
            Main::Elsewhere => panic!("this artefact cannot run “{}”", program.id),
            Main::Task(main) => spawn_local(async move {
                let result = tasks::run_main(&run, main(&values)).await;
                self.end(result.err());
            }),
        }
    }

    /// Starts the main lane of a program that may block.
    fn start_lane(
        self: Rc<Engine>,
        run: Arc<Run>,
        kind: LaneKind,
        main: impl FnOnce() -> Result<(), Failure> + Send + 'static,
    ) {
        let (sender, receiver) = oneshot::channel();
        start_thread(move || {
            let result = run_main(&run, kind, main);
            // The engine may have ended the run already, because of a panic elsewhere.
            let _ = sender.send(result);
        });
        spawn_local(async move {
            if let Ok(result) = receiver.await {
                self.end(result.err());
            }
        });
    }

    /// Sends what has been recorded since the last time.
    fn drain(&self) {
        let mut running = self.run.borrow_mut();
        let Some(running) = running.as_mut().filter(|_| !self.over.get()) else { return };
        let panicked = running.drain();
        if panicked {
            self.finish(running, running.run.failure());
        }
    }

    /// The program is over.
    fn end(&self, failure: Option<Failure>) {
        let mut running = self.run.borrow_mut();
        if let Some(running) = running.as_mut().filter(|_| !self.over.get()) {
            running.drain();
            running.files.as_mut().map(Files::send_rest);
            self.finish(running, failure);
        }
    }

    fn finish(&self, running: &Running, failure: Option<Failure>) {
        self.over.set(true);
        let exit = running.exit.get().cloned();
        let internal = INTERNAL.load(SeqCst);
        send(&FromEngine::Ended { time: running.now(), failure, internal, exit }, None);
    }

    /// This worker itself has panicked, whatever it was doing: reports that if it still can.
    fn send_last_words(&self, failure: Failure) {
        if self.over.replace(true) {
            return;
        }
        let time = match self.run.try_borrow_mut() {
            Ok(mut running) => running.as_mut().map(|running| {
                running.drain();
                running.now()
            }),
            Err(_) => None,
        };
        // If even this fails, the window learns of it from the worker's error event.
        let ended = FromEngine::Ended {
            time: time.unwrap_or_default(),
            failure: Some(failure),
            internal: INTERNAL.load(SeqCst),
            exit: None,
        };
        let _ = post_to_parent(&ended, None);
    }

    fn confirm(&self, positions: &[Position]) {
        if let Some(running) = &*self.run.borrow() {
            let memory = LocalMemory::new(running.run.recorder.root());
            for position in positions {
                match position.process {
                    0 => running.reader.confirm(&memory, position.stream, position.end),
                    _ => running.children.confirm(position),
                }
            }
        }
    }
}

impl Running {
    fn now(&self) -> Nanos {
        self.run.clock().now()
    }

    /// Sends what has been recorded since the last time; true if a worker has panicked.
    fn drain(&mut self) -> bool {
        let memory = LocalMemory::new(self.run.recorder.root());
        // Checked before the streams, so that a panic's own records are read.
        let panicked = self.reader.panicked(&memory);
        send_batches(&mut self.reader, &memory);
        self.children.drain();
        if !self.told_end_of_recording
            && let Some(time) = self.reader.end_of_recording(&memory)
        {
            self.told_end_of_recording = true;
            send(&FromEngine::RecordingEnded { time }, None);
        }
        for Question { lane, prompt } in self.run.input.take_asked() {
            send(&FromEngine::InputWanted { lane, prompt }, None);
        }
        self.files.as_mut().map(Files::send_some);
        let lines = self.run.printed.lost();
        if lines > self.told_lost {
            self.told_lost = lines;
            send(&FromEngine::OutputCut { lines }, None);
        }
        panicked
    }
}
