//! What a lane records with: its worker's writer and clock, and a function for each kind of event.
//!
//! It knows nothing of workers (which lane is on which is the business of `lane`), nor of the primitives whose events
//! it records. Recording can be switched off on a worker, only to measure what it costs.

use std::sync::Arc;

use super::host::Clock;
use super::membership::{Membership, Wanted};
use super::{Failure, Run};
use crate::trace::record::Tag;
use crate::trace::writer::Writer;
use crate::trace::{Cause, Ending, LaneId, LaneKind, Nanos, ResourceId, ResourceKind, Site, State, Target};

/// What the current worker records with.
pub(super) struct Context {
    pub(super) run: Arc<Run>,
    pub(super) lane: LaneId,
    /// The thread that this worker is, whatever task it polls.
    pub(super) thread: LaneId,
    clock: Clock,
    writer: Writer,
    /// Off only to measure what recording costs.
    recording: bool,
    /// The current lane's name: for the message of a panic.
    name: String,
    /// The line at which events are recorded now, if that is not the caller's; none, if they are at no line.
    pub(super) site: Option<Option<Site>>,
    /// What the lane's waits are for, if that is not what it waits for itself: the primitive that this is a part of.
    pub(super) outer: Option<Target>,
    /// How the lane has failed, if it has and still runs.
    pub(super) failed: Option<String>,
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
    /// The thread's lane is shown as running a task, on a loop that is not Weft's.
    pub(super) runs_task: bool,
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

impl Context {
    /// What `lane`, which begins to run on this worker, records with.
    pub(super) fn new(run: &Arc<Run>, lane: LaneId, name: &str, writer: Writer) -> Context {
        Context {
            run: run.clone(),
            lane,
            thread: lane,
            clock: run.clock.here(),
            writer,
            recording: true,
            name: name.to_owned(),
            site: None,
            outer: None,
            failed: None,
            acting: None,
            gil: None,
            wait: None,
            waited: None,
            woken: None,
            runs_task: false,
        }
    }

    /// The lane is no longer on this worker, whose next lane may use the writer if it is in the same run.
    pub(super) fn into_writer(self) -> (Arc<Run>, Writer) {
        (self.run, self.writer)
    }

    /// Turns recording off, or on again.
    pub(super) fn set_recording(&mut self, on: bool) {
        self.recording = on;
        self.writer.set_recording(on);
    }

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

    /// The same, and returns the cause of what was woken until now, if that was set.
    pub(super) fn take_acting(&mut self) -> Option<Cause> {
        self.acting.take()
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
        self.site.unwrap_or(caller)
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
    pub(super) fn misuse(&mut self, message: impl FnOnce(&str) -> String) -> Failure {
        let message = message(&self.name);
        self.mark(&message);
        Failure { lane: self.name.clone(), message }
    }

    /// The current lane prints a line, an error's or not, unless too many were printed before.
    #[inline(never)]
    pub(super) fn print(&mut self, text: &str, error: bool) {
        if self.run.printed.count(text, error) {
            self.writer.text(self.stamp(), self.lane, Tag::Print, text);
        }
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

    /// What the current lane has done since `began`, when it recorded something last, is a part of its work.
    pub(super) fn took(&mut self, began: Nanos, name: &str) {
        self.writer.text(began, self.lane, Tag::ScopeBegan, name);
        self.writer.scope_ended(self.now(), self.lane);
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

    /// The function of the current lane has returned.
    pub(super) fn returned(&mut self) -> Cause {
        match self.failed.take() {
            Some(message) => self.ended(Ending::Failed, &message),
            None => self.ended(Ending::Returned, ""),
        }
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
