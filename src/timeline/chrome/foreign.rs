//! Chrome traces that Weft did not write: what a timeline can show of them.
//!
//! A thread (`pid` and `tid`) is a lane, its slices are scopes. It is Running while it has a slice open and Sleeping in
//! between, since a trace of slices does not say what a thread does outside them. Arrows become causes, counters
//! levels, instants marks. Times are counted from the earliest. What cannot be shown is counted in anomalies.

use std::collections::BTreeMap;

use rustc_hash::FxHashMap;

use super::cut_to_nest;
use super::nanos;
use super::raw::Json;
use crate::timeline::build::index_of;
use crate::timeline::{Change, Lane, Resource, ResourceEvent, Scope, Text, Timeline};
use crate::trace::{Cause, EventKind, LOCAL_BITS, LaneId, LaneKind, Nanos, ResourceId, State};

/// Collects events, and assembles them once it has them all, since they may come in any order.
#[derive(Default)]
pub(super) struct Foreign {
    /// By `pid`, as text, with the order of appearance.
    processes: FxHashMap<String, usize>,
    process_labels: Vec<Label>,
    /// By process and `tid`.
    threads: FxHashMap<(usize, String), usize>,
    thread_labels: Vec<Label>,
    moments: Vec<Moment>,
    skipped: BTreeMap<&'static str, u64>,
}

const TOO_MANY: &str = "belong to more processes, threads or counters than can be drawn";

#[derive(Default)]
struct Label {
    key: String,
    process: usize,
    name: Option<String>,
    sort_index: Option<i64>,
}

/// An event, by thread. Times in microseconds as the file counts them.
struct Moment {
    thread: usize,
    ts: f64,
    kind: Kind,
}

enum Kind {
    Begin(String),
    End,
    Whole { name: String, dur: f64 },
    Mark(String),
    Level { counter: String, value: i64 },
    FlowOut { key: String },
    FlowThrough { key: String },
    FlowIn { key: String, enclosing: bool },
}

/// A thread on its way to being a lane.
#[derive(Default)]
struct Thread {
    /// Whether it did anything that is drawn in its row.
    heard: bool,
    scopes: Vec<Scope>,
    /// Positions in `scopes` of those that have begun and not ended.
    open: Vec<usize>,
    /// Arrows that end here.
    causes: Vec<(Nanos, Cause)>,
}

/// An arrow whose end has not been seen yet.
struct Flow {
    lane: LaneId,
    time: Nanos,
}

impl Foreign {
    /// Whether there was any event that can be shown.
    pub(super) fn has_events(&self) -> bool {
        !self.moments.is_empty()
    }

    pub(super) fn event(&mut self, event: &Json<'_>) {
        let phase = event.get("ph").text().unwrap_or_default();
        let name = || event.get("name").key().into_owned();
        if phase == "M" {
            return self.label(event);
        }
        let Some(ts) = event.get("ts").number() else {
            return self.skip("have no time");
        };
        let flow = || format!("{}\n{}\n{}", event.get("cat").key(), name(), event.get("id").key());
        let kind = match phase {
            "B" => Kind::Begin(name()),
            "E" => Kind::End,
            "X" => Kind::Whole { name: name(), dur: event.get("dur").number().unwrap_or_default() },
            "i" | "I" => Kind::Mark(name()),
            "s" => Kind::FlowOut { key: flow() },
            "t" => Kind::FlowThrough { key: flow() },
            "f" => Kind::FlowIn { key: flow(), enclosing: event.get("bp").text() == Some("e") },
            "C" => return self.counter(event, ts),
            _ => return self.skip("are of a kind that is not drawn"),
        };
        let thread = self.thread(event);
        self.moments.push(Moment { thread, ts, kind });
    }

    fn skip(&mut self, why: &'static str) {
        *self.skipped.entry(why).or_default() += 1;
    }

    fn process(&mut self, event: &Json<'_>) -> usize {
        let key = event.get("pid").key();
        if let Some(&process) = self.processes.get(key.as_ref()) {
            return process;
        }
        self.process_labels.push(Label { key: key.clone().into_owned(), ..Label::default() });
        self.processes.insert(key.into_owned(), self.process_labels.len() - 1);
        self.process_labels.len() - 1
    }

    fn thread(&mut self, event: &Json<'_>) -> usize {
        let process = self.process(event);
        // Without a `tid` it is the main thread, whose number is that of its process.
        let key = match event.get("tid") {
            Json::Null => event.get("pid").key(),
            tid => tid.key(),
        };
        let key = (process, key.into_owned());
        if let Some(&thread) = self.threads.get(&key) {
            return thread;
        }
        self.thread_labels.push(Label { key: key.1.clone(), process, ..Label::default() });
        self.threads.insert(key, self.thread_labels.len() - 1);
        self.thread_labels.len() - 1
    }

    fn label(&mut self, event: &Json<'_>) {
        let args = event.get("args");
        let name = || args.get("name").text().filter(|name| !name.is_empty()).map(str::to_owned);
        let sort_index = || args.get("sort_index").whole();
        match event.get("name").text().unwrap_or_default() {
            "thread_name" => {
                let thread = self.thread(event);
                self.thread_labels[thread].name = name();
            }
            "thread_sort_index" => {
                let thread = self.thread(event);
                self.thread_labels[thread].sort_index = sort_index();
            }
            "process_name" => {
                let process = self.process(event);
                self.process_labels[process].name = name();
            }
            "process_sort_index" => {
                let process = self.process(event);
                self.process_labels[process].sort_index = sort_index();
            }
            _ => {} // Labels, versions of browsers…
        }
    }

    fn counter(&mut self, event: &Json<'_>, ts: f64) {
        let thread = self.thread(event);
        let mut name = event.get("name").key().into_owned();
        if *event.get("id") != Json::Null {
            name = format!("{name} {}", event.get("id").key());
        }
        for (series, value) in event.get("args").entries() {
            let Some(value) = value.number() else { continue };
            let counter = match series.as_ref() {
                "value" => name.clone(),
                series => format!("{name} {series}"),
            };
            self.moments.push(Moment { thread, ts, kind: Kind::Level { counter, value: value.round() as i64 } });
        }
    }

    pub(super) fn finish(self) -> Timeline {
        let Foreign { process_labels, thread_labels, mut moments, mut skipped, .. } = self;
        moments.sort_by(|a, b| a.ts.total_cmp(&b.ts));
        let zero = moments.first().map_or(0.0, |first| first.ts);
        let ids = lane_ids(&thread_labels);
        let mut timeline = Timeline { events: moments.len() as u64, ..Timeline::default() };
        let mut threads: Vec<Thread> = Vec::new();
        threads.resize_with(thread_labels.len(), Thread::default);
        let mut counters: FxHashMap<(usize, String), usize> = FxHashMap::default();
        let mut flows: FxHashMap<String, Flow> = FxHashMap::default();
        // Arrows that lead to the next slice of their thread, not to the one around their end.
        let mut awaited: FxHashMap<usize, Vec<Flow>> = FxHashMap::default();
        let mut skip = |why| *skipped.entry(why).or_default() += 1;
        for Moment { thread: number, ts, kind } in moments {
            let time = nanos(ts - zero);
            let thread = &mut threads[number];
            let Some(lane) = ids[number] else {
                skip(TOO_MANY);
                continue;
            };
            timeline.now = timeline.now.max(time);
            thread.heard |= matches!(kind, Kind::Begin(_) | Kind::Whole { .. } | Kind::Mark(_));
            if matches!(kind, Kind::Begin(_) | Kind::Whole { .. })
                && let Some(flows) = awaited.remove(&number)
            {
                thread.causes.extend(flows.into_iter().map(|Flow { lane, time: at }| (time, Cause { lane, time: at })));
            }
            match kind {
                Kind::Begin(name) => {
                    thread.open.push(thread.scopes.len());
                    thread.scopes.push(Scope { name, start: time, end: None, depth: 0 });
                }
                Kind::End => match thread.open.pop() {
                    Some(at) => thread.scopes[at].end = Some(time),
                    None => skip("end a slice that had not begun"),
                },
                Kind::Whole { name, dur } => {
                    let end = nanos(ts - zero + dur.max(0.0)).max(time);
                    timeline.now = timeline.now.max(end);
                    thread.scopes.push(Scope { name, start: time, end: Some(end), depth: 0 });
                }
                Kind::Mark(text) => timeline.marks.push(Text { time, lane, text }),
                Kind::Level { counter, value } => {
                    let process = thread_labels[number].process;
                    let fresh = timeline.resources.len();
                    let Some(id) = numbered(process, fresh).map(ResourceId) else {
                        skip(TOO_MANY);
                        continue;
                    };
                    let at = *counters.entry((process, counter)).or_insert_with_key(|(_, name)| {
                        timeline.resources.push(Resource { id, kind: None, name: name.clone(), events: Vec::new() });
                        fresh
                    });
                    let resource = &mut timeline.resources[at];
                    let kind = EventKind::Level { resource: resource.id, value };
                    resource.events.push(ResourceEvent { time, lane, kind });
                }
                Kind::FlowOut { key } => {
                    flows.insert(key, Flow { lane, time });
                }
                Kind::FlowThrough { key } => match flows.insert(key, Flow { lane, time }) {
                    Some(from) => thread.causes.push((time, Cause { lane: from.lane, time: from.time })),
                    None => skip("end an arrow that had not begun"),
                },
                Kind::FlowIn { key, enclosing } => match flows.remove(&key) {
                    Some(from) if enclosing => thread.causes.push((time, Cause { lane: from.lane, time: from.time })),
                    Some(from) => awaited.entry(number).or_default().push(from),
                    None => skip("end an arrow that had not begun"),
                },
            }
        }
        let mut lanes = Vec::new();
        for (number, thread) in threads.into_iter().enumerate() {
            let Some(id) = ids[number].filter(|_| thread.heard) else { continue };
            let label = &thread_labels[number];
            let process = &process_labels[label.process];
            let order = (process.sort_index.unwrap_or_default(), label.process, label.sort_index.unwrap_or_default());
            let mut lane = thread.into_lane(id, &mut skip);
            lane.kind = Some(if label.key == process.key { LaneKind::Process } else { LaneKind::Thread });
            lane.name = label.title(process, process_labels.len() > 1);
            lanes.push((order, lane));
        }
        lanes.sort_by_key(|(order, _)| *order);
        timeline.lanes = lanes.into_iter().map(|(_, lane)| lane).collect();
        timeline.index = index_of(&timeline.lanes, &timeline.resources);
        for (why, count) in skipped {
            timeline.note_anomaly(Nanos::ZERO, None, format!("{count} events of the file {why}"));
        }
        timeline
    }
}

impl Label {
    /// The name of a thread's lane; with that of its process where there are several.
    fn title(&self, process: &Label, several: bool) -> String {
        let process_title = process.name.clone().unwrap_or_else(|| format!("process {}", process.key));
        match &self.name {
            Some(name) if several => format!("{process_title}: {name}"),
            Some(name) => name.clone(),
            None if self.key == process.key && (several || process.name.is_some()) => process_title,
            None if several => format!("{process_title}: thread {}", self.key),
            None => format!("thread {}", self.key).trim_end().to_owned(),
        }
    }
}

impl Thread {
    fn into_lane(self, id: LaneId, skip: &mut impl FnMut(&'static str)) -> Lane {
        let Thread { mut scopes, mut causes, .. } = self;
        let end = |scope: &Scope| scope.end.unwrap_or(Nanos(u64::MAX));
        scopes.sort_by_key(|scope| (scope.start, std::cmp::Reverse(end(scope))));
        for _ in 0..cut_to_nest(&mut scopes) {
            skip("reach beyond the slice around them and were cut");
        }
        // Running while a slice is open: from the start of an outermost one to its end, or on into the next.
        let change = |time, state| Change { time, state, on: None, site: None, cause: None };
        let mut changes: Vec<Change> = Vec::new();
        let mut around: Vec<Nanos> = Vec::new();
        for scope in &mut scopes {
            around.retain(|&outer| outer > scope.start);
            scope.depth = around.len() as u32;
            around.push(scope.end.unwrap_or(Nanos(u64::MAX)));
            if scope.depth > 0 {
                continue;
            }
            if changes.last().is_some_and(|last| last.time == scope.start && last.state == State::Sleeping) {
                changes.pop();
            }
            changes.push(change(scope.start, State::Running));
            changes.extend(scope.end.map(|end| change(end, State::Sleeping)));
        }
        causes.sort_by_key(|(time, _)| *time);
        let mut lane = Lane::unheard_of(id);
        let mut rest = changes.into_iter().peekable();
        for (time, cause) in causes {
            while let Some(change) = rest.next_if(|change| change.time <= time) {
                lane.changes.push(change);
            }
            match lane.changes.last_mut() {
                Some(last) if last.state != State::Running => skip("are the end of an arrow outside all slices"),
                Some(last) if last.time == time && last.cause.is_none() => last.cause = Some(cause),
                Some(_) => lane.changes.push(Change { cause: Some(cause), ..change(time, State::Running) }),
                None => skip("are the end of an arrow outside all slices"),
            }
        }
        lane.changes.extend(rest);
        lane.scopes = scopes;
        lane
    }
}

/// A lane id for each thread, which contains the number of its process; `None` where the numbers run out.
fn lane_ids(threads: &[Label]) -> Vec<Option<LaneId>> {
    let mut next: FxHashMap<usize, usize> = FxHashMap::default();
    let id = |thread: &Label| {
        let local = next.entry(thread.process).or_default();
        *local += 1;
        numbered(thread.process, *local - 1).map(LaneId)
    };
    threads.iter().map(id).collect()
}

fn numbered(process: usize, local: usize) -> Option<u32> {
    // The very last number means "none" in a record.
    let fits = process < 1 << (u32::BITS - LOCAL_BITS) && local < (1 << LOCAL_BITS) - 1;
    fits.then_some(((process as u32) << LOCAL_BITS) | local as u32)
}
