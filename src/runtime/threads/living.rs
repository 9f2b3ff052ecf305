//! Which thread this is, and which live.

use crate::runtime::lane;
use crate::trace::LaneId;

/// A thread, as others see it: in Python, the `threading.Thread` that `current_thread` and `enumerate` give.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// The lane that it runs on.
    pub lane: LaneId,
    /// Its name; that of the main program is “main”.
    pub name: String,
}

/// The thread that calls this: in Python, `threading.current_thread()`. In a task it is the thread of its loop.
pub fn current_thread() -> Thread {
    let (run, lane) = lane::with(|context| (context.run.clone(), context.thread));
    Thread { lane, name: run.thread_name(lane) }
}

/// The threads that live, in the order in which they were started, the main one first: in Python,
/// `threading.enumerate()`.
///
/// ```
/// # use weft::runtime::{Config, Run, host::Clock};
/// # use weft::trace::LaneKind;
/// use weft::runtime::run_main;
/// use weft::runtime::threads::{Event, current_thread, enumerate, spawn};
///
/// # let run = Run::new(Config::default(), Clock::start());
/// run_main(&run, LaneKind::Thread, || {
///     let stop = Event::new("stop");
///     let worker = spawn("worker", {
///         let stop = stop.clone();
///         move || stop.wait()
///     });
///     assert_eq!(current_thread().name, "main");
///     assert_eq!(enumerate().iter().map(|thread| &*thread.name).collect::<Vec<_>>(), ["main", "worker"]);
///     stop.set();
///     worker.join();
///     assert_eq!(enumerate(), [current_thread()]);
///     Ok(())
/// })
/// .unwrap();
/// ```
pub fn enumerate() -> Vec<Thread> {
    let run = lane::with(|context| context.run.clone());
    let living = run.living_threads().into_iter();
    living.map(|lane| Thread { lane, name: run.thread_name(lane) }).collect()
}
