//! Building a timeline out of events.

use super::index::{Index, ScopesSoFar, Unsorted};
use super::lane::{Change, End, Lane, Passed, Scope};
use super::model::{Anomaly, Disturbance, LIFT_LIMIT, Resource, ResourceEvent, SourceLine, Text, Timeline};
use crate::trace::codec::Recorded;
use crate::trace::{Cause, Ending, Event, EventKind, LaneId, Nanos, ResourceId, State};

/// A source line with a higher number can only come from a broken trace, and would cost memory for all numbers below
/// it.
const MAX_SITES: usize = 1 << 20;

/// The index of these lanes and resources, as if they had been learnt from one event after the other.
pub(super) fn index_of(lanes: &[Lane], resources: &[Resource]) -> Index {
    let scopes_of = |lane: &Lane| ScopesSoFar {
        open: lane.scopes.iter().filter(|scope| scope.end.is_none()).count() as u32,
        latest: lane.scopes.iter().map(|scope| scope.end.unwrap_or(scope.start)).max().unwrap_or_default(),
    };
    Index {
        lanes: lanes.iter().enumerate().map(|(at, lane)| (lane.id, at)).collect(),
        resources: resources.iter().enumerate().map(|(at, resource)| (resource.id, at)).collect(),
        scopes: lanes.iter().map(scopes_of).collect(),
        unsorted: Vec::new(),
    }
}

impl Timeline {
    /// A timeline of these events, which may come in any order between lanes.
    pub fn from_events(events: impl IntoIterator<Item = Event>) -> Timeline {
        let mut timeline = Timeline::default();
        for event in events {
            timeline.push(event, None);
        }
        timeline.sort_new();
        timeline
    }

    /// Takes in an event that no worker recorded.
    pub fn push_event(&mut self, event: Event) {
        self.push(event, None);
        self.sort_new();
    }

    /// Takes in events that were read from workers' streams. The larger the batch, the less each of them costs.
    pub fn push_recorded(&mut self, mut batch: Vec<Recorded>) {
        // The sort is stable, so a lane's events of one time keep their order.
        batch.sort_by_key(|recorded| recorded.event.time);
        for Recorded { worker, event } in batch {
            self.push(event, Some(worker));
        }
        self.sort_new();
    }

    /// Sorts new events of resources into place. Streams are read one after the other, so the events of a shared
    /// resource arrive in overlapping stretches; moving each event by itself would take quadratic time.
    fn sort_new(&mut self) {
        let mut unsorted = std::mem::take(&mut self.index.unsorted);
        unsorted.sort_unstable();
        unsorted.dedup_by_key(|new| new.resource);
        for Unsorted { resource, sorted } in unsorted {
            let events = &mut self.resources[resource].events;
            let Some(earliest) = events[sorted..].iter().map(|event| event.time).min() else { continue };
            let from = events[..sorted].partition_point(|event| event.time <= earliest);
            // Stable, and fast on stretches that are already in order.
            events[from..].sort_by_key(|event| event.time);
        }
    }

    /// Marks the first lane: at this time of the run this was noticed.
    pub fn note_disturbance(&mut self, time: Nanos, disturbance: Disturbance) {
        if let Some(first) = self.lanes.first() {
            let kind = EventKind::Mark { text: disturbance.mark().to_owned() };
            self.push_event(Event { time, lane: first.id, kind });
        }
    }

    /// The run has come to this time, even if nothing happened.
    pub fn advance(&mut self, now: Nanos) {
        self.now = self.now.max(now);
    }

    /// Notes something that makes no sense.
    pub fn note_anomaly(&mut self, time: Nanos, lane: Option<LaneId>, text: impl Into<String>) {
        self.anomalies.push(Anomaly { time, lane, text: text.into() });
    }

    /// Ends at `now` every lane that is not over, and every open scope.
    pub fn close(&mut self, now: Nanos, ending: Ending) {
        self.advance(now);
        let now = self.now;
        for at in 0..self.lanes.len() {
            self.lanes[at].end.get_or_insert(End { time: now, ending, message: None });
            self.close_scopes(at, now);
        }
    }

    fn push(&mut self, event: Event, worker: Option<(u16, u16)>) {
        let Event { time, lane: id, kind } = event;
        self.events += 1;
        self.advance(time);
        match kind {
            EventKind::LaneDefined { kind, parent, name } => {
                let at = self.lane_at(id);
                let lane = &mut self.lanes[at];
                lane.kind = Some(kind);
                lane.parent = parent;
                lane.name = name;
                lane.defined = Some(time);
                // Ready from its start, until (or unless) the lane itself says more.
                if lane.changes.first().is_none_or(|first| first.time > time) {
                    let cause = parent.map(|lane| Cause { lane, time });
                    let change = Change { time, state: State::Ready, on: None, site: None, cause };
                    lane.changes.insert(0, change);
                }
                if let Some(end) = self.process_was_ended(id) {
                    self.end_with_process(at, end);
                }
            }
            EventKind::ResourceDefined { resource, kind, name } => {
                let at = self.resource_at(resource);
                self.resources[at].kind = Some(kind);
                self.resources[at].name = name;
            }
            EventKind::SiteDefined { site, file, line } => {
                self.events -= 1; // A definition for the decoder's sake; nothing happened in the run.
                let at = site.0 as usize;
                if at >= MAX_SITES {
                    self.note_anomaly(time, None, format!("source line number {at} is out of range"));
                    return;
                }
                if self.sites.len() <= at {
                    self.sites.resize(at + 1, SourceLine::default());
                }
                self.sites[at] = SourceLine { file, line };
            }
            EventKind::State { state, on, site, cause } => {
                if let Some(cause) = cause.filter(|cause| cause.time > time) {
                    let text = format!("woken {} before its cause", cause.time - time);
                    self.note_anomaly(time, Some(id), text);
                }
                let at = self.lane_at(id);
                let lane = &mut self.lanes[at];
                if lane.worker.is_none() && state == State::Running {
                    lane.worker = worker;
                }
                self.push_change(at, Change { time, state, on, site, cause });
            }
            EventKind::Deadline { until } => {
                self.events -= 1; // It belongs to the change before.
                let at = self.lane_at(id);
                self.lanes[at].wait_until = Some(until);
            }
            EventKind::Passed { on, site, cause } => {
                let at = self.lane_at(id);
                insert_by_time(&mut self.lanes[at].passed, Passed { time, on, site, cause }, |passed| passed.time);
            }
            EventKind::Ended { ending, message } => {
                let at = self.lane_at(id);
                if let Some(process_end) = self.process_was_ended(id) {
                    if process_end <= time {
                        return; // It does not know it at once.
                    }
                    // It had ended by itself before, which is read only now.
                    self.lanes[at].end.take_if(|end| end.ending == Ending::Killed && end.time >= process_end);
                }
                if self.lanes[at].end.is_some() {
                    self.note_anomaly(time, Some(id), "ended twice");
                    return;
                }
                let last = self.lanes[at].changes.last().map_or(time, |last| last.time);
                // A killed lane does not know it at once.
                if last > time && ending != Ending::Killed {
                    self.note_anomaly(time, Some(id), format!("did something {} after its end", last - time));
                }
                let time = time.max(last);
                self.lanes[at].end = Some(End { time, ending, message });
                self.close_scopes(at, time);
                if id == LaneId::main_of(id.process()) {
                    self.end_threads_of(id.process());
                }
            }
            EventKind::Acquired { resource, .. }
            | EventKind::Released { resource }
            | EventKind::Level { resource, .. }
            | EventKind::Read { resource, .. }
            | EventKind::Write { resource, .. } => {
                let at = self.resource_at(resource);
                let events = &mut self.resources[at].events;
                if events.last().is_some_and(|last| last.time > time) {
                    self.index.unsorted.push(Unsorted { resource: at, sorted: events.len() });
                }
                events.push(ResourceEvent { time, lane: id, kind });
            }
            EventKind::ScopeBegan { name } => {
                let at = self.lane_at(id);
                if self.was_killed(at, time) {
                    return;
                }
                let start = self.scope_time(at, time);
                let open = &mut self.index.scopes[at].open;
                self.lanes[at].scopes.push(Scope { name, start, end: None, depth: *open });
                *open += 1;
            }
            EventKind::ScopeEnded => {
                let at = self.lane_at(id);
                if self.was_killed(at, time) {
                    return;
                }
                if self.index.scopes[at].open == 0 {
                    // Those of a killed lane have been ended for it; what it says of them itself may be read later.
                    if self.lanes[at].end.as_ref().is_some_and(|end| end.ending == Ending::Killed) {
                        return;
                    }
                    self.note_anomaly(time, Some(id), "ended a scope that it had not begun");
                    return;
                }
                let time = self.scope_time(at, time);
                self.index.scopes[at].open -= 1;
                if let Some(scope) = self.lanes[at].scopes.iter_mut().rev().find(|scope| scope.end.is_none()) {
                    scope.end = Some(time);
                }
            }
            EventKind::Mark { text } => {
                insert_by_time(&mut self.marks, Text { time, lane: id, text }, |mark| mark.time);
            }
            EventKind::Print { text } => {
                insert_by_time(&mut self.prints, Text { time, lane: id, text }, |print| print.time);
            }
            EventKind::Lifted { by } => {
                self.events -= 1; // About the recording, not the run.
                self.lifts.count += 1;
                self.lifts.total = self.lifts.total + by;
                self.lifts.max = self.lifts.max.max(by);
                if by > LIFT_LIMIT {
                    self.note_anomaly(time, Some(id), format!("its clock was {by} behind its cause's"));
                }
            }
        }
    }

    /// Whether the lane had been killed by then: it does not know it at once.
    fn was_killed(&self, at: usize, time: Nanos) -> bool {
        let end = self.lanes[at].end.as_ref();
        end.is_some_and(|end| end.ending == Ending::Killed && time >= end.time)
    }

    /// If this is a thread of a process that was killed or has failed: when that was.
    fn process_was_ended(&self, thread: LaneId) -> Option<Nanos> {
        let main = LaneId::main_of(thread.process());
        if thread.process() == 0 || main == thread {
            return None;
        }
        let end = self.lanes[*self.index.lanes.get(&main)?].end.as_ref()?;
        matches!(end.ending, Ending::Killed | Ending::Failed).then_some(end.time)
    }

    /// The process has ended: if that was not by itself, its threads have, too.
    fn end_threads_of(&mut self, process: u16) {
        if process == 0 {
            return;
        }
        for at in 0..self.lanes.len() {
            let thread = self.lanes[at].id;
            if thread.process() == process
                && let Some(end) = self.process_was_ended(thread)
            {
                self.end_with_process(at, end);
            }
        }
    }

    /// The lane's process was ended, and so it was, unless it had ended before.
    fn end_with_process(&mut self, at: usize, end: Nanos) {
        let lane = &mut self.lanes[at];
        if lane.end.is_none() {
            let time = lane.changes.last().map_or(end, |last| end.max(last.time));
            lane.end = Some(End { time, ending: Ending::Killed, message: None });
            self.close_scopes(at, time);
        }
    }

    fn push_change(&mut self, at: usize, mut change: Change) {
        self.lanes[at].wait_until = None;
        if self.was_killed(at, change.time) {
            return;
        }
        let lane = &mut self.lanes[at];
        let id = lane.id;
        if let Some(end) = &lane.end
            && change.time >= end.time
        {
            let text = format!("was {} after its end", change.state.name());
            self.note_anomaly(change.time, Some(id), text);
            return;
        }
        if let Some(last) = lane.changes.last()
            && change.time < last.time
        {
            let text = format!("was {} {} before its state before", change.state.name(), last.time - change.time);
            change.time = last.time;
            self.note_anomaly(change.time, Some(id), text);
        }
        self.lanes[at].changes.push(change);
    }

    /// When a scope of this lane that is said to begin or end at `time` does so: not before the lane's previous such
    /// event.
    fn scope_time(&mut self, at: usize, time: Nanos) -> Nanos {
        let latest = self.index.scopes[at].latest;
        if time < latest {
            let text = format!("began or ended a scope {} before the scope before", latest - time);
            self.note_anomaly(time, Some(self.lanes[at].id), text);
        }
        let time = time.max(latest);
        self.index.scopes[at].latest = time;
        time
    }

    fn close_scopes(&mut self, at: usize, time: Nanos) {
        let scopes = &mut self.index.scopes[at];
        if scopes.open == 0 {
            return;
        }
        scopes.open = 0;
        scopes.latest = scopes.latest.max(time);
        for scope in &mut self.lanes[at].scopes {
            scope.end.get_or_insert(scopes.latest);
        }
    }

    fn lane_at(&mut self, id: LaneId) -> usize {
        *self.index.lanes.entry(id).or_insert_with(|| {
            self.index.scopes.push(ScopesSoFar::default());
            self.lanes.push(Lane::unheard_of(id));
            self.lanes.len() - 1
        })
    }

    fn resource_at(&mut self, id: ResourceId) -> usize {
        *self.index.resources.entry(id).or_insert_with(|| {
            self.resources.push(Resource { id, kind: None, name: format!("resource {}", id.0), events: Vec::new() });
            self.resources.len() - 1
        })
    }
}

/// For short lists: an item that arrives late moves all later ones.
fn insert_by_time<T>(items: &mut Vec<T>, item: T, time: impl Fn(&T) -> Nanos) {
    let mut at = items.len();
    while at > 0 && time(&items[at - 1]) > time(&item) {
        at -= 1;
    }
    items.insert(at, item);
}
