//! The lane that runs on this worker, and what it records.
//!
//! Each worker keeps its writer, its clock and its current lane to itself, so recording touches nothing shared. A lane
//! that is not inside a run (a unit test of something else, say) has nowhere to record to: that is a panic.

use std::cell::{RefCell, RefMut};
use std::panic::Location;
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use super::Run;
use super::host::Clock;
use super::threads::gil::{Membership, Wanted};
use crate::trace::record::Tag;
use crate::trace::recorder::Writer;
use crate::trace::{Cause, Ending, LaneId, LaneKind, Nanos, ResourceId, ResourceKind, State, Target};

/// A source line of the program.
pub type Site = &'static Location<'static>;

/// What the current worker records with.
pub(super) struct Context {
    pub(super) run: Arc<Run>,
    pub(super) lane: LaneId,
    clock: Clock,
    writer: Writer,
    /// Off only to measure what recording costs.
    recording: bool,
    /// Names of the lanes that ran here, innermost last: for the message of a panic.
    name: String,
    /// Who wakes whomever this worker wakes now, where that is not simply the current lane at this moment.
    acting: Option<Cause>,
    /// The GIL that the lane is under.
    pub(super) gil: Option<Membership>,
    /// Why the task that is being polled will have to wait.
    pub(super) wait: Option<Wait>,
    /// What the task that is being polled has waited for until now.
    pub(super) waited: Option<Wait>,
}

/// Why a task waits.
#[derive(Clone, Copy)]
pub(super) struct Wait {
    pub(super) state: State,
    pub(super) on: Option<Target>,
    pub(super) site: Option<Site>,
    /// When the wait began, where that was a moment ago: a sleep counts from when its end was set.
    pub(super) from: Option<Nanos>,
}

impl Wait {
    /// A task awaits this, here.
    pub(super) fn suspended(on: Option<Target>, site: Site) -> Wait {
        Wait { state: State::Suspended, on, site: Some(site), from: None }
    }
}

/// A writer that waits for this worker's next lane; a worker that ends gives it back.
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
    let context = Context {
        run: run.clone(),
        lane,
        clock: run.clock.here(),
        writer,
        recording: true,
        name: name.to_owned(),
        acting: None,
        gil: None,
        wait: None,
        waited: None,
    };
    let outer = CONTEXT.replace(Some(context));
    assert!(outer.is_none(), "a worker runs one lane at a time");
    Entered(())
}

impl Drop for Entered {
    fn drop(&mut self) {
        if let Some(context) = CONTEXT.take() {
            PARKED.with_borrow_mut(|parked| parked.0 = Some((context.run, context.writer)));
        }
    }
}

/// Runs `body` with what the current worker records with.
///
/// # Panics
/// Outside a run.
#[inline(always)]
pub(super) fn with<R>(body: impl FnOnce(&mut Context) -> R) -> R {
    body(&mut borrow())
}

/// What [`with`] begins with, apart from it: there are hundreds of such places.
#[inline(never)]
#[optimize(speed)]
fn borrow() -> RefMut<'static, Context> {
    // SAFETY: the worker has this until it ends, and a `RefMut` cannot leave the worker.
    let context = CONTEXT.with(|context| unsafe { &*ptr::from_ref(context) });
    RefMut::map(context.borrow_mut(), |context| context.as_mut().expect("this works only inside a run"))
}

/// As [`with`], or `None` outside a run.
pub(super) fn try_with<R>(body: impl FnOnce(&mut Context) -> R) -> Option<R> {
    CONTEXT.try_with(|context| context.try_borrow_mut().ok()?.as_mut().map(body)).ok()?
}

/// The run that this worker is in, and the name of the lane it runs. `None` outside a run.
pub fn current() -> Option<(Arc<Run>, String)> {
    try_with(|context| (context.run.clone(), context.name.clone()))
}

impl Context {
    /// The time in the run, as it would be recorded now.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn now(&self) -> Nanos {
        self.clock.now().max(self.writer.floor())
    }

    /// The time for an event that happens now; no later than the last one while nothing is recorded, since reading the
    /// clock is most of what recording costs.
    #[inline(always)]
    fn stamp(&self) -> Nanos {
        if self.recording { self.now() } else { self.writer.floor() }
    }

    /// The time now, which was recorded as `time` a moment ago, if anything is recorded.
    pub(super) fn moment(&self, time: Nanos) -> Nanos {
        if self.recording { time } else { self.now() }
    }

    /// Who wakes whomever is woken now.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn cause(&self) -> Cause {
        self.acting.unwrap_or(Cause { lane: self.lane, time: self.stamp() })
    }

    /// Lets `cause` stand for whoever wakes others until [`Context::act_for_myself`].
    pub(super) fn act_for(&mut self, cause: Cause) {
        self.acting = Some(cause);
    }

    pub(super) fn act_for_myself(&mut self) {
        self.acting = None;
    }

    /// Makes `lane` (a task that is polled, or the loop again) the current one.
    pub(super) fn switch_to(&mut self, lane: LaneId, name: &str) {
        self.lane = lane;
        name.clone_into(&mut self.name);
    }

    /// Defines a new lane that the current one starts, and says when that was.
    #[inline(never)]
    pub(super) fn define_lane(&mut self, lane: LaneId, kind: LaneKind, name: &str) -> Cause {
        let time = self.writer.lane(self.stamp(), lane, kind, Some(self.lane), name);
        Cause { lane: self.lane, time }
    }

    /// Defines the current lane itself, the first of a run.
    pub(super) fn define_self(&mut self, kind: LaneKind, parent: Option<LaneId>, name: &str) {
        self.writer.lane(self.stamp(), self.lane, kind, parent, name);
    }

    /// Makes a resource.
    #[inline(never)]
    pub(super) fn define_resource(&mut self, kind: ResourceKind, name: &str) -> ResourceId {
        let resource = self.run.new_resource();
        self.writer.resource(self.stamp(), self.lane, resource, kind, name);
        resource
    }

    /// The current lane is in this state from now on.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn state(&mut self, state: State, on: Option<Target>, site: Option<Site>) -> Nanos {
        self.writer.state(self.stamp(), self.lane, state, on, site, None)
    }

    /// The current task waits from now on, or from a moment ago if it has done nothing since.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn waits(&mut self, wait: Wait) -> Nanos {
        let now = wait.from.map_or(self.stamp(), |from| from.max(self.writer.floor()));
        self.writer.state(now, self.lane, wait.state, wait.on, wait.site, None)
    }

    /// The current lane runs for the first time.
    pub(super) fn started(&mut self, spawned: Option<Cause>) -> Nanos {
        self.started_at(self.stamp(), spawned)
    }

    /// The same, at a time that was recorded just now.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn started_at(&mut self, time: Nanos, spawned: Option<Cause>) -> Nanos {
        self.writer.started(time, self.lane, spawned)
    }

    /// The current lane runs again after a wait.
    pub(super) fn resumed(&mut self, waited_since: Nanos, cause: Option<Cause>, site: Option<Site>) -> Nanos {
        self.resumed_at(self.stamp(), waited_since, cause, site)
    }

    /// The same, at a time that was recorded just now.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn resumed_at(
        &mut self,
        time: Nanos,
        waited_since: Nanos,
        cause: Option<Cause>,
        site: Option<Site>,
    ) -> Nanos {
        self.writer.resumed(time, self.lane, site, waited_since, cause)
    }

    /// The current lane runs again after a wait, and after another one for the GIL.
    #[inline(never)]
    pub(super) fn resumed_after(
        &mut self,
        wanted: Wanted,
        waited_since: Nanos,
        cause: Option<Cause>,
        site: Option<Site>,
    ) -> Nanos {
        let Wanted { on, since } = wanted;
        self.writer.resumed_after(self.stamp(), self.lane, site, waited_since, (on, since), cause)
    }

    /// The wait that the current lane has just begun ends at this time at the latest.
    #[inline(never)]
    pub(super) fn deadline(&mut self, until: Nanos) {
        self.writer.deadline(self.stamp(), self.lane, until);
    }

    /// Something happens to a resource, after what happened to it last.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn resource_event(&mut self, tag: Tag, resource: ResourceId, value: i64, after: Nanos) -> Nanos {
        self.writer.resource_event(self.stamp(), self.lane, tag, resource, value, Some(after))
    }

    /// The current lane reads or writes what nothing guards.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn access(&mut self, tag: Tag, resource: ResourceId, value: i64) {
        self.writer.resource_event(self.stamp(), self.lane, tag, resource, value, None);
    }

    /// The name of the current lane.
    pub(super) fn lane_name(&self) -> &str {
        &self.name
    }

    /// The current lane used something in a way that makes no sense. This marks the lane with the sentence.
    pub(super) fn misuse(&mut self, message: impl FnOnce(&str) -> String) -> super::Failure {
        let message = message(&self.name);
        self.mark(&message);
        super::Failure { lane: self.name.clone(), message }
    }

    /// The current lane prints a line.
    #[inline(never)]
    pub(super) fn print(&mut self, text: &str) {
        self.writer.text(self.stamp(), self.lane, Tag::Print, text);
    }

    /// A named part of the current lane's work begins.
    #[inline(never)]
    pub(super) fn scope_began(&mut self, name: &str) {
        self.writer.text(self.stamp(), self.lane, Tag::ScopeBegan, name);
    }

    /// The innermost named part of the current lane's work ends.
    #[inline(never)]
    pub(super) fn scope_ended(&mut self) {
        self.writer.scope_ended(self.stamp(), self.lane);
    }

    /// A moment of the current lane worth a name.
    #[inline(never)]
    pub(super) fn mark(&mut self, text: &str) {
        self.writer.text(self.stamp(), self.lane, Tag::Mark, text);
    }

    /// The current lane met a wait that `cause` had already ended.
    #[inline(never)]
    pub(super) fn passed(&mut self, on: Target, cause: Option<Cause>, site: Option<Site>) {
        self.writer.passed(self.stamp(), self.lane, on, site, cause);
    }

    /// The current lane is over.
    #[inline(never)]
    pub(super) fn ended(&mut self, ending: Ending, message: &str) -> Cause {
        let time = self.writer.ended(self.stamp(), self.lane, ending, message);
        Cause { lane: self.lane, time }
    }

    /// The current lane has ended another one, not before `after`. Gives that moment.
    pub(super) fn killed(&mut self, lane: LaneId, after: Nanos) -> Cause {
        let time = self.writer.ended(self.stamp().max(after), lane, Ending::Killed, "");
        Cause { lane, time }
    }

    /// A lane that never ran, or whose worker cannot speak for itself, is over.
    #[inline(never)]
    pub(super) fn end_of(&mut self, lane: LaneId, ending: Ending, message: &str) -> Cause {
        let time = self.writer.ended(self.stamp(), lane, ending, message);
        Cause { lane, time }
    }
}

/// Prints a line: in Python, `print(text)`.
pub fn print(text: impl AsRef<str>) {
    print_text(text.as_ref());
}

fn print_text(text: &str) {
    with(|context| context.print(text));
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

/// Turns recording on this worker off or on again. Only to measure what recording costs: what happens meanwhile is not
/// in the trace, so everything that begins meanwhile shall end meanwhile.
pub fn set_recording(on: bool) {
    with(|context| {
        context.recording = on;
        context.writer.set_recording(on);
    });
}

/// Tells of what the lane has done since `began` as a part of its work, whose name, with sizes say, is known only now.
/// It has recorded nothing meanwhile.
pub(super) fn took(began: Nanos, name: &str) {
    with(|context| {
        context.writer.text(began, context.lane, Tag::ScopeBegan, name);
        context.writer.scope_ended(context.now(), context.lane);
    });
}

/// How long a wait takes at the current run's speed.
pub(super) fn scaled(wait: Duration) -> Duration {
    with(|context| context.run.scaled(wait))
}

/// The time in the current run.
pub fn now() -> Nanos {
    with(|context| context.now())
}

/// Tells the trace and the run that the current lane has panicked. For panic hooks, on any worker: where no run is
/// going on, or the panic happened inside the recorder itself, only what it returns is unknown: the lane's name, and its
/// last moment.
pub fn record_panic(message: &str) -> Option<(String, Cause)> {
    try_with(|context| {
        let end = context.ended(Ending::Failed, message);
        let failure = super::Failure { lane: context.name.clone(), message: message.to_owned() };
        context.run.fail(failure);
        context.run.recorder.note_panic();
        (context.name.clone(), end)
    })
}
