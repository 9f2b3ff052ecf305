//! The lane that runs on this worker, and what it records.
//!
//! Each worker keeps its writer, its clock and its current lane to itself, so recording touches nothing shared. Code
//! outside a run (a unit test of something else, say) has nowhere to record to, and panics.

use std::cell::{RefCell, RefMut};
use std::ptr;
use std::sync::Arc;
use std::time::Duration;

use super::Run;
use super::host::{self, Clock};
use super::membership::{Membership, Wanted};
pub use crate::trace::Site;
use crate::trace::record::Tag;
use crate::trace::writer::Writer;
use crate::trace::{Cause, Ending, LaneId, LaneKind, Nanos, ResourceId, ResourceKind, State, Target};

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
    /// The line at which events are recorded now, if that is not the caller's.
    site: Option<Site>,
    /// The cause of what this worker wakes now, if that is not simply the current lane at this moment.
    acting: Option<Cause>,
    /// The GIL that the lane is under.
    pub(super) gil: Option<Membership>,
    /// Why the task that is being polled will have to wait.
    pub(super) wait: Option<WaitReason>,
    /// What the task that is being polled has waited for until now.
    pub(super) waited: Option<WaitReason>,
    /// Who woke it for this poll.
    pub(super) woken: Option<Cause>,
}

/// Why a task waits.
#[derive(Clone, Copy)]
pub(super) struct WaitReason {
    pub(super) state: State,
    pub(super) on: Option<Target>,
    pub(super) site: Option<Site>,
    /// When the wait began, where that was a moment ago: a sleep counts from when its end was set.
    pub(super) from: Option<Nanos>,
}

impl WaitReason {
    /// A task awaits this, here.
    pub(super) fn suspended(on: Option<Target>, site: Site) -> WaitReason {
        WaitReason { state: State::Suspended, on, site: Some(site), from: None }
    }
}

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
    let context = Context {
        run: run.clone(),
        lane,
        clock: run.clock.here(),
        writer,
        recording: true,
        name: name.to_owned(),
        site: None,
        acting: None,
        gil: None,
        wait: None,
        waited: None,
        woken: None,
    };
    let outer = CONTEXT.replace(Some(context));
    assert!(outer.is_none(), "a worker runs one lane at a time");
    host::end_with(Some(run.cancelled()));
    Entered(())
}

impl Drop for Entered {
    fn drop(&mut self) {
        host::end_with(None);
        if let Some(context) = CONTEXT.take() {
            PARKED.with_borrow_mut(|parked| parked.0 = Some((context.run, context.writer)));
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
    try_with(|context| (context.run.clone(), context.name.clone()))
}

impl Context {
    /// The time in the run, as it would be recorded now.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn now(&self) -> Nanos {
        self.clock.now().max(self.writer.floor())
    }

    /// The time for an event that happens now; while recording is off, that of the last event, since reading the clock
    /// is most of what recording costs.
    #[inline(always)]
    fn stamp(&self) -> Nanos {
        if self.recording { self.now() } else { self.writer.floor() }
    }

    /// The time now, which was recorded as `time` a moment ago, if anything is recorded.
    pub(super) fn moment(&self, time: Nanos) -> Nanos {
        if self.recording { time } else { self.now() }
    }

    /// The cause of what is woken now.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn cause(&self) -> Cause {
        self.acting.unwrap_or(Cause { lane: self.lane, time: self.stamp() })
    }

    /// Whether the task that is being polled was woken by `cause` and had waited for `on`: then its wait says so
    /// already.
    pub(super) fn was_woken(&self, on: Target, cause: Option<Cause>) -> bool {
        cause.is_some() && self.woken == cause && self.waited.is_some_and(|waited| waited.on == Some(on))
    }

    /// Makes `cause` the cause of what is woken until [`Context::act_for_myself`].
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

    /// Defines a new lane that the current one starts, and returns when that was.
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

    /// The line that is recorded for something that `caller` does.
    #[inline(always)]
    fn line(&self, caller: Option<Site>) -> Option<Site> {
        if self.site.is_some() { self.site } else { caller }
    }

    /// The current lane is in this state from now on.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn state(&mut self, state: State, on: Option<Target>, site: Option<Site>) -> Nanos {
        self.writer.state(self.stamp(), self.lane, state, on, self.line(site), None)
    }

    /// The current task waits from now on, or from a moment ago if it has done nothing since.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn waits(&mut self, wait: WaitReason) -> Nanos {
        let now = wait.from.map_or(self.stamp(), |from| from.max(self.writer.floor()));
        self.writer.state(now, self.lane, wait.state, wait.on, self.line(wait.site), None)
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
        self.writer.resumed(time, self.lane, self.line(site), waited_since, cause)
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
        self.writer.resumed_after(self.stamp(), self.lane, self.line(site), waited_since, (on, since), cause)
    }

    /// The wait that the current lane has just begun ends at this time at the latest.
    #[inline(never)]
    pub(super) fn deadline(&mut self, until: Nanos) {
        self.writer.deadline(self.stamp(), self.lane, until);
    }

    /// Something happens to a resource, later than its previous event at `after`.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn resource_event(&mut self, tag: Tag, resource: ResourceId, value: i64, after: Nanos) -> Nanos {
        self.writer.resource_event(self.stamp(), self.lane, tag, resource, value, after)
    }

    /// The current lane reads or writes an unsynchronised value.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn access(&mut self, tag: Tag, resource: ResourceId, value: i64, site: Site) {
        let site = self.line(Some(site));
        self.writer.access(self.stamp(), self.lane, tag, resource, value, site);
    }

    /// The current lane holds a resource from now on, later than its previous event at `after`. `cause` is who released
    /// it, if the lane did not wait for that.
    #[inline(never)]
    #[optimize(speed)]
    pub(super) fn acquired(&mut self, resource: ResourceId, after: Nanos, cause: Option<Cause>) -> Nanos {
        self.writer.acquired(self.stamp(), self.lane, resource, after, cause)
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

    /// The current lane reached a wait that `cause` had already ended.
    #[inline(never)]
    pub(super) fn passed(&mut self, on: Target, cause: Option<Cause>, site: Option<Site>) {
        self.writer.passed(self.stamp(), self.lane, on, self.line(site), cause);
    }

    /// The current lane has ended.
    #[inline(never)]
    pub(super) fn ended(&mut self, ending: Ending, message: &str) -> Cause {
        let time = self.writer.ended(self.stamp(), self.lane, ending, message);
        Cause { lane: self.lane, time }
    }

    /// The current lane has ended another one, not before `after`. Returns that moment.
    pub(super) fn killed(&mut self, lane: LaneId, after: Nanos) -> Cause {
        let time = self.writer.ended(self.stamp().max(after), lane, Ending::Killed, "");
        Cause { lane, time }
    }

    /// A lane that never ran, or whose worker cannot record for itself, has ended.
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

/// Runs `body` on behalf of a line of source, an interpreted program's, for example: what the current lane waits for,
/// reads or writes meanwhile is recorded as happening there, not where the primitive was called.
pub fn at<R>(site: Site, body: impl FnOnce() -> R) -> R {
    /// Puts the outer line back, also if `body` panics.
    struct Outer(Option<Site>);
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
    with(|context| {
        context.recording = on;
        context.writer.set_recording(on);
    });
}

/// Records what the lane has done since `began` as a part of its work whose name is known only now, since it contains
/// sizes, for example. The lane must have recorded nothing meanwhile.
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

/// Records in the trace and the run that the current lane has panicked. Returns the lane's name, and its last moment.
/// For panic hooks, on any worker: does nothing and returns `None` outside a run, or if the panic happened inside the
/// recorder itself.
pub fn record_panic(message: &str) -> Option<(String, Cause)> {
    try_with(|context| {
        let end = context.ended(Ending::Failed, message);
        let failure = super::Failure { lane: context.name.clone(), message: message.to_owned() };
        context.run.fail(failure);
        context.run.recorder.note_panic();
        (context.name.clone(), end)
    })
}
