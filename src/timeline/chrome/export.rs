//! Writing a timeline as a Chrome trace. It knows nothing of reading one; see [`super::own`] for that.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::event::{Args, By, Line, Micros, Occurrence, On, OtherData, Rank, Release, TraceEvent, Whole};
use super::{MAX_TIME, Meta};
use crate::timeline::{HandOver, Hold, Lane, Passed, Resource, Timeline};
use crate::trace::{Cause, EventKind, LOCAL_BITS, LaneId, LaneKind, Nanos, SiteId, State, Target};

/// A Chrome trace, to be serialized. Borrows from the timeline, since a long run is large.
#[derive(Debug, Serialize)]
pub struct ChromeTrace<'t> {
    #[serde(rename = "traceEvents")]
    trace_events: Vec<TraceEvent<'t>>,
    #[serde(rename = "otherData")]
    other_data: OtherData<'t>,
}

/// The timeline as a Chrome trace. A lane or scope that is not over ends at the timeline's `now`.
pub fn export<'t>(timeline: &'t Timeline, meta: &'t Meta) -> ChromeTrace<'t> {
    let mut exporter = Exporter { timeline, events: Vec::new(), pids: BTreeMap::new(), free_tid: 1, row: 0, flows: 0 };
    exporter.lanes();
    exporter.hand_overs();
    exporter.resources();
    exporter.texts();
    exporter.processes(meta);
    let mut trace_events = exporter.events;
    trace_events.sort_by_key(|event| (event.ts, event.rank));
    ChromeTrace { trace_events, other_data: OtherData::of(timeline, meta) }
}

fn lane_pid(lane: LaneId) -> u32 {
    u32::from(lane.process()) + 1
}

fn lane_tid(lane: LaneId) -> u64 {
    u64::from(lane.0) + 1
}

fn resource_pid(resource: &Resource) -> u32 {
    (resource.id.0 >> LOCAL_BITS) + 1
}

struct Exporter<'t> {
    timeline: &'t Timeline,
    events: Vec<TraceEvent<'t>>,
    /// The processes, each with one of its rows.
    pids: BTreeMap<u32, u64>,
    /// No row has this `tid` or a greater one.
    free_tid: u64,
    /// Rows named so far.
    row: usize,
    flows: u64,
}

impl<'t> Exporter<'t> {
    fn push(
        &mut self,
        (pid, tid): (u32, u64),
        ph: &'static str,
        cat: &'static str,
        name: impl Into<Cow<'t, str>>,
        args: impl Into<Option<Args<'t>>>,
    ) -> &mut TraceEvent<'t> {
        self.pids.entry(pid).or_insert(tid);
        self.events.push(TraceEvent {
            name: name.into(),
            cat,
            ph,
            ts: None,
            dur: None,
            pid,
            tid,
            id: None,
            s: None,
            bp: None,
            args: args.into(),
            weft: None,
            rank: Rank::Slice,
        });
        self.events.last_mut().expect("just pushed")
    }

    fn slice(
        &mut self,
        row: (u32, u64),
        cat: &'static str,
        name: impl Into<Cow<'t, str>>,
        (start, end): (Nanos, Nanos),
        args: Args<'t>,
    ) {
        let (start, end) = (start.min(MAX_TIME), end.min(MAX_TIME));
        let event = self.push(row, "X", cat, name, args);
        event.ts = Some(start.into());
        event.dur = Some(end.saturating_sub(start).into());
    }

    fn instant(
        &mut self,
        row: (u32, u64),
        cat: &'static str,
        name: impl Into<Cow<'t, str>>,
        time: Nanos,
        args: impl Into<Option<Args<'t>>>,
    ) {
        let event = self.push(row, "i", cat, name, args);
        event.ts = Some(time.into());
        event.s = Some("t");
        event.rank = Rank::Instant;
    }

    fn name_row(&mut self, row: (u32, u64), args: Args<'t>) {
        self.push(row, "M", "", "thread_name", args);
        self.row += 1;
        let sort_index = self.row;
        self.push(row, "M", "", "thread_sort_index", Args::SortIndex { sort_index });
    }

    fn fresh_row(&mut self, pid: u32, name: String) -> (u32, u64) {
        let row = (pid, self.free_tid);
        self.free_tid += 1;
        self.name_row(row, Args::Name { name: name.into() });
        row
    }

    fn processes(&mut self, meta: &'t Meta) {
        // Really belongs to no row, but readers take a missing `tid` for a row of its own.
        for row @ (pid, _) in self.pids.clone() {
            let mut lanes = self.timeline.lanes.iter().filter(|lane| lane_pid(lane.id) == pid);
            let name = match lanes.find(|lane| lane.kind == Some(LaneKind::Process)) {
                Some(process) => Cow::from(&process.name),
                None if pid == 1 => Cow::from(meta.demo.as_deref().unwrap_or("weft")),
                None => Cow::from(format!("process {}", pid - 1)),
            };
            self.push(row, "M", "", "process_name", Args::Name { name });
            self.push(row, "M", "", "process_sort_index", Args::SortIndex { sort_index: pid as usize });
        }
    }

    fn lanes(&mut self) {
        let timeline = self.timeline;
        let lanes = timeline.lanes.iter().map(|lane| lane.id);
        let speakers = timeline.prints.iter().chain(&timeline.marks).map(|text| text.lane);
        self.free_tid = lanes.chain(speakers).map(|lane| lane_tid(lane) + 1).max().unwrap_or(1);
        for lane in &timeline.lanes {
            let row = (lane_pid(lane.id), lane_tid(lane.id));
            let args = Args::Lane {
                name: &lane.name,
                lane: lane.id.0,
                kind: lane.kind.map(LaneKind::name),
                parent: lane.parent.map(|parent| parent.0),
                defined: lane.defined.map(Micros::from),
                worker: lane.worker,
            };
            self.name_row(row, args);
            for span in lane.spans(timeline.now) {
                let args = self.wait(span.on, span.site, span.cause);
                self.slice(row, "state", span.state.name(), (span.start, span.end), args);
                if let Some(cause) = span.cause {
                    self.arrow("wake", cause, row, span.start);
                }
            }
            for &Passed { time, on, site, cause } in &lane.passed {
                let args = self.wait(Some(on), site, cause);
                self.instant(row, "passed", format!("passed {}", timeline.target_name(on)), time, args);
            }
            if let Some(end) = &lane.end {
                let args = Args::End { message: end.message.as_deref() };
                self.instant(row, "end", end.ending.name(), end.time, args);
            }
            if !lane.scopes.is_empty() {
                self.scopes(lane);
            }
        }
    }

    fn scopes(&mut self, lane: &'t Lane) {
        let row = self.fresh_row(lane_pid(lane.id), format!("{} scopes", lane.name));
        for scope in &lane.scopes {
            let args = Args::Scope { lane: lane.id.0, depth: scope.depth, open: scope.end.is_none() };
            let end = scope.end.unwrap_or(self.timeline.now);
            self.slice(row, "scope", &scope.name, (scope.start, end), args);
        }
    }

    fn wait(&self, on: Option<Target>, site: Option<SiteId>, cause: Option<Cause>) -> Args<'t> {
        let timeline = self.timeline;
        Args::Wait {
            resource: on.map(|on| match on {
                Target::Resource(id) if let Some(resource) = timeline.resource(id) => Cow::from(&resource.name),
                _ => timeline.target_name(on).into(),
            }),
            line: Line::of(timeline, site),
            on: on.map(|on| match on {
                Target::Resource(resource) => On::Resource(resource.0),
                Target::Lane(lane) => On::Lane(lane.0),
            }),
            cause: cause.map(By::from),
        }
    }

    /// What lanes handed over without a wait, as arrows.
    fn hand_overs(&mut self) {
        for HandOver { from, to, time, .. } in self.timeline.hand_overs() {
            // Both ends must lie in a slice.
            let within = |lane: &Lane| lane.change_at(time).map(|at| lane.span(at, self.timeline.now).end >= time);
            if self.timeline.lane(to).and_then(within) == Some(true) {
                self.arrow("pass", from, (lane_pid(to), lane_tid(to)), time);
            }
        }
    }

    /// An arrow to what a lane does at `time`, if its start lies in a span. (If not, the cause is still in `args`.)
    fn arrow(&mut self, cat: &'static str, cause: Cause, to: (u32, u64), time: Nanos) {
        let timeline = self.timeline;
        let Some(waker) = timeline.lane(cause.lane) else { return };
        let Some(at) = waker.change_at(cause.time) else { return };
        let span = waker.span(at, timeline.now);
        if span.end < cause.time || time < cause.time {
            return;
        }
        let before = at.checked_sub(1).map(|before| waker.span(before, timeline.now));
        // It acted while it ran, then went into the state that began at that time.
        let acted_before = span.start == cause.time
            && span.state != State::Running
            && before.is_some_and(|before| before.state == State::Running && before.start < cause.time);
        self.flows += 1;
        let id = Some(self.flows);
        let leaves = self.push((lane_pid(waker.id), lane_tid(waker.id)), "s", cat, cat, None);
        leaves.ts = Some(cause.time.into());
        leaves.id = id;
        leaves.rank = if acted_before { Rank::LeavesEarlierSlice } else { Rank::Leaves };
        let arrives = self.push(to, "f", cat, cat, None);
        arrives.ts = Some(time.into());
        arrives.id = id;
        arrives.bp = Some("e");
        arrives.rank = Rank::Arrives;
    }

    /// A row for each concurrent holder, the first of which also shows who reads and writes a cell; a counter for the
    /// levels.
    fn resources(&mut self) {
        let timeline = self.timeline;
        let mut names = BTreeMap::new();
        for resource in &timeline.resources {
            let pid = resource_pid(resource);
            // Other tools treat counters with the same process and name as one.
            let same = names.entry((pid, resource.name.as_str())).and_modify(|same| *same += 1).or_insert(0_u32);
            let counter_id = (*same > 0).then_some(u64::from(resource.id.0));
            let mut rows: Vec<(u32, u64)> = Vec::new();
            let (holds, unmatched) = resource.holds();
            for hold in holds {
                self.hold(resource, &hold, &mut rows);
            }
            for (n, event) in resource.events.iter().enumerate() {
                let occurrence = Occurrence { id: resource.id.0, n, lane: event.lane.0 };
                let (access, value, site) = match event.kind {
                    EventKind::Read { value, site, .. } => ("read", Some(Whole(value)), site),
                    EventKind::Write { value, site, .. } => ("write", Some(Whole(value)), site),
                    EventKind::Released { .. } if unmatched.contains(&n) => ("release", None, None),
                    EventKind::Level { value, .. } => {
                        let row = self.resource_row(resource, 0, &mut rows);
                        let counter =
                            self.push(row, "C", "resource", &resource.name, Args::Level { value: Whole(value) });
                        counter.ts = Some(event.time.into());
                        counter.id = counter_id;
                        counter.weft = Some(occurrence);
                        counter.rank = Rank::Instant;
                        continue;
                    }
                    _ => continue,
                };
                let row = self.resource_row(resource, 0, &mut rows);
                let args = Args::Resource {
                    resource: &resource.name,
                    kind: resource.kind.map(|kind| kind.name()),
                    occurrence,
                    released: None,
                    access: Some(access),
                    value,
                    line: Line::of(timeline, site),
                    cause: None,
                };
                let name = format!("{access} {}", timeline.target_name(Target::Resource(resource.id)));
                self.instant(row, "access", name, event.time, args);
            }
        }
    }

    fn hold(&mut self, resource: &'t Resource, hold: &Hold, rows: &mut Vec<(u32, u64)>) {
        let timeline = self.timeline;
        let row = self.resource_row(resource, hold.slot, rows);
        let acquired = &resource.events[hold.acquired];
        let released = hold.released.map(|n| (n, &resource.events[n]));
        let args = Args::Resource {
            resource: &resource.name,
            kind: resource.kind.map(|kind| kind.name()),
            occurrence: Occurrence { id: resource.id.0, n: hold.acquired, lane: acquired.lane.0 },
            released: released.map(|(n, event)| Release { n, lane: event.lane.0 }),
            access: None,
            value: None,
            line: Line::default(),
            cause: match acquired.kind {
                EventKind::Acquired { cause, .. } => cause.map(By::from),
                _ => None,
            },
        };
        let name = match timeline.lane(acquired.lane) {
            Some(lane) => Cow::from(&lane.name),
            None => format!("lane {}", acquired.lane.0).into(),
        };
        let end = released.map_or(timeline.now, |(_, event)| event.time);
        self.slice(row, "resource", name, (acquired.time, end), args);
    }

    fn resource_row(&mut self, resource: &Resource, slot: usize, rows: &mut Vec<(u32, u64)>) -> (u32, u64) {
        while rows.len() <= slot {
            let name = match rows.len() {
                0 => resource.name.clone(),
                others => format!("{} ({})", resource.name, others + 1),
            };
            rows.push(self.fresh_row(resource_pid(resource), name));
        }
        rows[slot]
    }

    fn texts(&mut self) {
        let timeline = self.timeline;
        let mut unknown = BTreeSet::new();
        for (texts, cat) in [(&timeline.prints, "print"), (&timeline.marks, "mark")] {
            for text in texts {
                let row = (lane_pid(text.lane), lane_tid(text.lane));
                self.instant(row, cat, &text.text, text.time, None);
                if timeline.lane(text.lane).is_none() && unknown.insert(text.lane) {
                    self.name_row(row, Args::Name { name: format!("lane {}", text.lane.0).into() });
                }
            }
        }
    }
}
