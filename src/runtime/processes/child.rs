//! A process from the inside.

use std::cell::RefCell;
use std::sync::Arc;

use super::entry::EntryPoint;
use super::process::{ALIVE, Children, ENDS, KILLED};
use super::{Exit, manager, pool};
use crate::runtime::host::{ProcessRequest, Words, parent_words, stop_once};
use crate::runtime::threads::wait::BlockingWait;
use crate::runtime::{Run, lane};
use crate::trace::{Cause, Ending, LaneId, Target};

thread_local! {
    /// The word that decides how this process ends.
    static LIFE: RefCell<Option<Arc<dyn Words>>> = const { RefCell::new(None) };
}

/// Runs what was requested, as the main thread of a process, and returns how it ended and when. `find` looks functions
/// up by name. `None` if the process was terminated at the same moment, and so has no end of its own.
///
/// The process waits for the threads that it has started, except daemons, which are killed.
pub fn run_child(
    run: &Arc<Run>,
    request: &ProcessRequest,
    find: fn(&str) -> Option<&'static dyn EntryPoint>,
) -> Option<(Exit, Cause)> {
    belong_to(request.life);
    let main = LaneId::main_of(request.number);
    assert!(run.claim_thread(main, &request.name, false), "a process has room for its main thread");
    let _entered = lane::enter(run, main, &request.name);
    lane::with(|context| context.started(Some(request.started_by)));
    Children::of(run).own_name.get_or_init(|| request.name.clone());
    let arguments = request.arguments.clone();
    let result = match request.entry.as_str() {
        pool::WORKER => pool::work(&arguments, find).map(|()| Vec::new()),
        manager::SERVER => manager::serve(&arguments).map(|()| Vec::new()),
        name => match find(name) {
            Some(entry) => entry.call_packed(arguments),
            None => Err(format!("there is no function named “{name}”")),
        },
    };
    wait_for_threads(run, main);
    if !ends_by_itself() {
        return None;
    }
    let (ending, message) = match &result {
        Ok(_) => (Ending::Returned, ""),
        Err(message) => (Ending::Failed, message.as_str()),
    };
    let end = lane::with(|context| context.ended(ending, message));
    run.end_thread(main, false, || end);
    run.wait_for_threads(|daemon, after| {
        lane::with(|context| context.killed(daemon, after));
    });
    let exit = match result {
        Ok(result) => Exit { code: 0, result, error: None },
        Err(error) => Exit { code: 1, result: Vec::new(), error: Some(error) },
    };
    Some((exit, end))
}

/// The current worker, or natively thread, belongs to the process with this life word, whose address is the main
/// program's: it stops when the process is killed.
pub fn belong_to(life: usize) {
    LIFE.set(parent_words(life, 2));
    stop_once(life, KILLED);
}

/// The process's function has returned, or failed: as in Python, the process waits for its threads then.
fn wait_for_threads(run: &Run, main: LaneId) {
    while let Some(thread) = run.other_thread(main) {
        let wait = BlockingWait::begin(Target::Lane(thread), None, None);
        wait.over(run.wait_for_thread(thread));
    }
}

/// Decides that this process ends by itself, unless it was terminated before. To be called before its end is reported.
pub fn ends_by_itself() -> bool {
    LIFE.with_borrow(|life| life.as_ref().is_none_or(|life| life.replace(0, ALIVE, ENDS)))
}
