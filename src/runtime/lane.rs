//! The lane that runs on this worker.
//!
//! Each worker keeps its current lane's context to itself, so recording touches nothing shared. Code outside a run (a
//! unit test of something else, say) has nowhere to record to, and panics. What is recorded, and how, is in `context`.

use std::cell::{RefCell, RefMut};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

pub(super) use super::context::{Context, WaitReason};
use super::{Failure, Run, host};
pub use crate::trace::Site;
use crate::trace::writer::Writer;
use crate::trace::{Cause, Ending, LaneId, Nanos};

/// A writer kept for this worker's next lane; a worker that ends returns it.
struct Parked(Option<(Arc<Run>, Writer)>);

impl Drop for Parked {
    fn drop(&mut self) {
        if let Some((run, writer)) = self.0.take() {
            run.recorder.put_back(writer);
        }
    }
}

thread_local! {
    static CONTEXT: RefCell<Option<Context>> = const { RefCell::new(None) };
    static PARKED: RefCell<Parked> = const { RefCell::new(Parked(None)) };
}

/// This worker is on a lane until this is dropped.
pub(super) struct Entered(());

/// Begins to run `lane` on this worker.
///
/// # Panics
/// If it is on a lane already.
pub(super) fn enter(run: &Arc<Run>, lane: LaneId, name: &str) -> Entered {
    let parked = PARKED.with_borrow_mut(|parked| parked.0.take());
    let writer = match parked {
        Some((parked_run, writer)) if Arc::ptr_eq(&parked_run, run) => writer,
        Some((other_run, writer)) => {
            other_run.recorder.put_back(writer);
            run.recorder.writer()
        }
        None => run.recorder.writer(),
    };
    let outer = CONTEXT.replace(Some(Context::new(run, lane, name, writer)));
    assert!(outer.is_none(), "a worker runs one lane at a time");
    host::end_with(Some(run.cancelled()));
    Entered(())
}

impl Drop for Entered {
    fn drop(&mut self) {
        host::end_with(None);
        if let Some(context) = CONTEXT.take() {
            PARKED.with_borrow_mut(|parked| parked.0 = Some(context.into_writer()));
        }
    }
}

/// Runs `body` with the current worker's context.
///
/// # Panics
/// Outside a run.
#[inline(always)]
pub(super) fn with<R>(body: impl FnOnce(&mut Context) -> R) -> R {
    body(&mut borrow())
}

/// The first part of [`with`], out of line: there are hundreds of calls.
#[inline(never)]
#[optimize(speed)]
fn borrow() -> RefMut<'static, Context> {
    // SAFETY: it lives as long as the worker, and a `RefMut` cannot leave the worker.
    let context = CONTEXT.with(|context| unsafe { &*ptr::from_ref(context) });
    RefMut::map(context.borrow_mut(), |context| context.as_mut().expect("this works only inside a run"))
}

/// As [`with`], or `None` outside a run.
pub(super) fn try_with<R>(body: impl FnOnce(&mut Context) -> R) -> Option<R> {
    CONTEXT.try_with(|context| context.try_borrow_mut().ok()?.as_mut().map(body)).ok()?
}

/// The run that this worker is in, and the name of the lane it runs. `None` outside a run.
pub fn current() -> Option<(Arc<Run>, String)> {
    try_with(|context| (context.run.clone(), context.lane_name().to_owned()))
}

/// The lane on this worker; `None` outside a run.
pub fn current_id() -> Option<LaneId> {
    try_with(|context| context.lane)
}

/// The thread on this worker, whichever of its tasks runs; `None` outside a run.
pub fn current_thread() -> Option<LaneId> {
    try_with(|context| context.thread)
}

/// The current lane has failed: when its function returns, it ends so, with this message. The run goes on, as a Python
/// program does when an exception ends one of its threads.
pub fn failed(message: impl Into<String>) {
    with(|context| context.failed = Some(message.into()));
}

/// Prints a line: in Python, `print(text)`.
pub fn print(text: impl AsRef<str>) {
    print_text(text.as_ref());
}

/// The same for a line of an error: in Python, `print(text, file=sys.stderr)`. Such lines are recorded even after more
/// was printed than a run may.
pub fn print_error(text: impl AsRef<str>) {
    with(|context| context.print(text.as_ref(), true));
}

fn print_text(text: &str) {
    with(|context| context.print(text, false));
}

/// Runs `body` as a named part of the current lane's work: a slice of its own in the chart, whatever states the lane
/// is in meanwhile.
pub fn scope<R>(name: &str, body: impl FnOnce() -> R) -> R {
    scope_begins(name);
    let result = body();
    scope_ends();
    result
}

fn scope_begins(name: &str) {
    with(|context| context.scope_began(name));
}

fn scope_ends() {
    with(Context::scope_ended);
}

/// Runs `body` on behalf of a line of source, an interpreted program's, for example, or of none that anybody would know:
/// what the current lane waits for, reads or writes meanwhile is recorded as happening there, not where the primitive
/// was called.
pub fn at<R>(site: Option<Site>, body: impl FnOnce() -> R) -> R {
    /// Puts the outer line back, also if `body` panics.
    struct Outer(Option<Option<Site>>);
    impl Drop for Outer {
        fn drop(&mut self) {
            try_with(|context| context.site = self.0);
        }
    }
    let _outer = Outer(with(|context| context.site.replace(site)));
    body()
}

/// Turns recording on this worker off or on again. Only to measure what recording costs: what happens meanwhile is not
/// in the trace, so everything that begins meanwhile must end meanwhile.
pub fn set_recording(on: bool) {
    with(|context| context.set_recording(on));
}

/// Records what the lane has done since `began` as a part of its work whose name is known only now, since it contains
/// sizes, for example. The lane must have recorded nothing meanwhile.
pub(super) fn took(began: Nanos, name: &str) {
    with(|context| context.took(began, name));
}

/// How long a wait takes at the current run's speed.
pub(super) fn scaled(wait: Duration) -> Duration {
    with(|context| context.run.scaled(wait))
}

/// How long a wait was meant to be that takes this long at the current run's speed.
pub(super) fn unscaled(wait: Nanos) -> Duration {
    with(|context| Duration::from_nanos(wait.0).mul_f64(context.run.config.speed))
}

/// The time in the current run.
pub fn now() -> Nanos {
    with(|context| context.now())
}

/// Records in the trace and the run that the current lane has panicked. Returns the lane's name, and its last moment.
/// For panic hooks, on any worker: does nothing and returns `None` outside a run, or if the panic happened inside the
/// recorder itself.
pub fn record_panic(message: &str) -> Option<(String, Cause)> {
    try_with(|context| {
        let end = context.ended(Ending::Failed, message);
        let lane = context.lane_name().to_owned();
        context.run.fail(Failure { lane: lane.clone(), message: message.to_owned() });
        context.run.recorder.note_panic();
        (lane, end)
    })
}
