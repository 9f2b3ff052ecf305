//! Processes of a native run: threads that play them. What the engine is to a browser's processes, this is to them.
//!
//! Such a process has a run with a recorder of its own, and is given its parent's data as in a browser: as bytes, and
//! as addresses of shared memory. Only statics are not its own. It cannot be ended from outside: once it is killed, it
//! unwinds at its next observable step ([`checkpoint`](crate::runtime::host::checkpoint)), changes no shared word on
//! the way, and its parent learns of its end once it has dropped everything it had.
//!
//! Knows no demos: the caller of [`Processes::serve`] says how functions are found.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use super::{EntryPoint, dies, ended, failed, run_child, terminated};
use crate::runtime::host::{ProcessCommand, ProcessRequest, as_process, catch, end_with};
use crate::runtime::poison::unpoisoned;
use crate::runtime::{Config, Run, lane};
use crate::trace::recorder::Recorder;
use crate::trace::{Cause, Ending, LaneId};

/// Looks up the function with this name.
type Find = fn(&str) -> Option<&'static dyn EntryPoint>;

/// The processes of a run. When this is dropped, the run is cancelled and all of them have ended.
#[must_use = "the run is cancelled when this is dropped"]
pub struct Processes {
    run: Arc<Run>,
    children: Arc<Children>,
}

/// Those that were started, by their numbers.
#[derive(Default)]
struct Children(Mutex<BTreeMap<u16, Child>>);

struct Child {
    recorder: Arc<Recorder>,
    /// `None` once somebody waits for its end.
    thread: Option<JoinHandle<()>>,
    /// When it was killed, as the trace has it.
    killed: Option<Cause>,
    /// It has been killed, and uses nothing of its parent's any more.
    gone: bool,
}

impl Processes {
    /// Starts and ends the processes of this run from now on; `find` knows the functions by their names.
    ///
    /// # Panics
    /// If the run's processes are served already.
    pub fn serve(run: &Arc<Run>, find: Find) -> Processes {
        let children = Arc::new(Children::default());
        run.serve_processes({
            let children = children.clone();
            move |run, command| match command {
                ProcessCommand::Start(request) => children.start(run, request, find),
                ProcessCommand::Terminate { number, end } => {
                    children.tell(run, number, |child| child.killed = Some(end));
                    Ok(())
                }
            }
        });
        Processes { run: run.clone(), children }
    }

    /// The numbers of those started so far, and the recorder of each.
    pub fn recorders(&self) -> Vec<(u16, Arc<Recorder>)> {
        unpoisoned(&self.children.0).iter().map(|(number, child)| (*number, child.recorder.clone())).collect()
    }

    /// Cancels the run, and waits until all its processes have ended.
    pub fn end(&self) {
        self.run.cancel();
        let next = || unpoisoned(&self.children.0).values_mut().find_map(|child| child.thread.take());
        while let Some(thread) = next() {
            // Whatever happened in it, its parent was told.
            let _ = thread.join();
        }
    }
}

impl Drop for Processes {
    fn drop(&mut self) {
        self.end();
    }
}

/// A process's threads do not outlive it: once this is dropped, they end.
struct EndThreads<'a>(&'a Run);

impl Drop for EndThreads<'_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

impl Children {
    fn start(self: &Arc<Children>, parent: &Arc<Run>, request: ProcessRequest, find: Find) -> Result<(), String> {
        let number = request.number;
        let threads = Config::default().threads;
        let config = Config { process: number, speed: request.speed, threads, ..parent.config };
        let run = Run::new(config, *parent.clock());
        let recorder = run.recorder.clone();
        // Locked until it has been added, however soon it ends.
        let mut children = unpoisoned(&self.0);
        let thread = thread::Builder::new().name(request.name.clone()).spawn({
            let (children, parent) = (self.clone(), parent.clone());
            move || children.play(&parent, &run, &request, find)
        });
        let thread = thread.map_err(|error| format!("the operating system has no thread for it: {error}"))?;
        children.insert(number, Child { recorder, thread: Some(thread), killed: None, gone: false });
        Ok(())
    }

    /// What the process's thread does.
    fn play(&self, parent: &Arc<Run>, run: &Arc<Run>, request: &ProcessRequest, find: Find) {
        let number = request.number;
        let outcome = catch(|| {
            as_process(parent.cancelled(), || {
                let _threads = EndThreads(run);
                run_child(run, request, find)
            })
        });
        // It stays on its lane, so that lanes it wakes learn who woke them. Nothing stops it from here on.
        let _entered = lane::enter(run, LaneId::main_of(number), &request.name);
        end_with(None);
        match outcome {
            Ok(Some((exit, end))) => ended(parent, number, exit, end),
            Err(panic) if dies(parent, number) => {
                // The panic may have been in another of its threads.
                match panic.or_else(|| run.failure().map(|failure| failure.message)) {
                    Some(panic) => {
                        let end = lane::with(|context| context.ended(Ending::Failed, &panic));
                        failed(parent, number, end, panic);
                    }
                    // The run was cancelled. Others may wait for what this process had, on their way to their own ends.
                    None => {
                        let end = lane::with(|context| context.ended(Ending::Stopped, ""));
                        terminated(parent, number, end);
                    }
                }
            }
            _ => self.tell(parent, number, |child| child.gone = true),
        }
    }

    /// Notes something about a process that was killed. Its parent learns of its end once its killer has said so and it
    /// is gone, whichever comes last.
    fn tell(&self, parent: &Run, number: u16, note: impl FnOnce(&mut Child)) {
        let end = unpoisoned(&self.0).get_mut(&number).and_then(|child| {
            note(child);
            child.killed.filter(|_| child.gone)
        });
        if let Some(end) = end {
            terminated(parent, number, end);
        }
    }
}
