//! Weft's own traces: the way back from what [`super::export`] wrote. Every event is looked at by itself, and what has
//! been edited by hand and makes no sense is skipped and counted.

use rustc_hash::FxHashMap;
use serde_json::{Map, Value};

use super::raw::Json;
use super::{Imported, nanos};
use super::{Meta, RESERVED, cut_to_nest};
use crate::timeline::build::index_of;
use crate::timeline::{
    Anomaly, Change, End, Lane, Lifts, Passed, Resource, ResourceEvent, Scope, SourceLine, Text, Timeline,
};
use crate::trace::{
    Cause, Ending, EventKind, LaneId, LaneKind, Nanos, ResourceId, ResourceKind, SiteId, State, Target,
};

pub(super) struct Own {
    timeline: Timeline,
    meta: Meta,
    lanes: FxHashMap<LaneId, usize>,
    resources: FxHashMap<ResourceId, usize>,
    /// As `timeline.resources`: their events, with their positions.
    events: Vec<Vec<(usize, ResourceEvent)>>,
    unreadable: usize,
}

impl Own {
    pub(super) fn new(mut other_data: Map<String, Value>) -> Own {
        let mut own = Own {
            timeline: Timeline::default(),
            meta: Meta::default(),
            lanes: FxHashMap::default(),
            resources: FxHashMap::default(),
            events: Vec::new(),
            unreadable: 0,
        };
        own.header(&other_data);
        let mut take = |name| other_data.remove(name).unwrap_or_default();
        own.meta.weft = take("weft").as_str().unwrap_or_default().to_owned();
        own.meta.demo = take("demo").as_str().map(str::to_owned);
        if let Value::Object(params) = take("params") {
            own.meta.params = params;
        }
        other_data.retain(|name, _| !RESERVED.contains(&name.as_str()));
        own.meta.extra = other_data;
        own
    }

    fn header(&mut self, other_data: &Map<String, Value>) {
        let list = |name| other_data.get(name).and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
        let time = |value: &Value| value.as_f64().map(nanos);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let number = |value: &Value| u32::try_from(value.as_u64()?).ok();
        for row in list("resources") {
            let Some(id) = number(&row["id"]).map(ResourceId) else { continue };
            let kind = named(row["kind"].as_str(), ResourceKind::ALL, ResourceKind::name);
            let resource = Resource { id, kind, name: text(&row["name"]), events: Vec::new() };
            self.resources.entry(id).or_insert_with(|| {
                self.timeline.resources.push(resource);
                self.events.push(Vec::new());
                self.events.len() - 1
            });
        }
        let site = |row: &Value| SourceLine { file: text(&row[0]), line: number(&row[1]).unwrap_or_default() };
        self.timeline.sites = list("sites").iter().map(site).collect();
        let anomaly = |row: &Value| Anomaly {
            time: time(&row["ts"]).unwrap_or_default(),
            lane: number(&row["lane"]).map(LaneId),
            text: text(&row["text"]),
        };
        self.timeline.anomalies = list("anomalies").iter().map(anomaly).collect();
        let member = |name| other_data.get(name).unwrap_or(&Value::Null);
        let lifts = member("lifts");
        self.timeline.lifts = Lifts {
            count: lifts["count"].as_u64().unwrap_or_default(),
            total: time(&lifts["total"]).unwrap_or_default(),
            max: time(&lifts["max"]).unwrap_or_default(),
        };
        self.timeline.events = member("events").as_u64().unwrap_or_default();
        self.timeline.now = time(member("now")).unwrap_or_default();
        self.timeline.recording_ended = time(member("recordingEnded"));
    }

    pub(super) fn event(&mut self, event: &Json<'_>) {
        let known = match (event.get("ph").text(), event.get("cat").text()) {
            (Some("M"), _) => self.lane(event),
            (Some("X"), Some("state")) => self.state(event),
            (Some("X"), Some("scope")) => self.scope(event),
            (Some("X"), Some("resource")) => self.hold(event),
            (Some("C"), Some("resource")) => self.level(event),
            (Some("i"), Some("access")) => self.access(event),
            (Some("i"), Some("passed")) => self.passed(event),
            (Some("i"), Some("end")) => self.end(event),
            (Some("i"), Some("print")) => text(event).map(|text| self.timeline.prints.push(text)),
            (Some("i"), Some("mark")) => text(event).map(|text| self.timeline.marks.push(text)),
            // Arrows: what they say is kept with the spans they lead to.
            (Some("s" | "f"), Some("wake" | "pass")) => Some(()),
            _ => None,
        };
        if known.is_none() {
            self.unreadable += 1;
        }
        if let Some(time) = time(event) {
            self.timeline.advance(end_of(event, time));
        }
    }

    pub(super) fn finish(self) -> Imported {
        let Own { mut timeline, meta, events, unreadable, .. } = self;
        for lane in &mut timeline.lanes {
            lane.changes.sort_by_key(|change| change.time);
            lane.passed.sort_by_key(|passed| passed.time);
            lane.scopes.sort_by_key(|scope| scope.start);
            cut_to_nest(&mut lane.scopes);
            let most = lane.scopes.len() as u32;
            for scope in &mut lane.scopes {
                scope.depth = scope.depth.min(most); // A chart makes a row of each.
            }
        }
        for (resource, mut events) in timeline.resources.iter_mut().zip(events) {
            events.sort_by_key(|(n, event)| (event.time, *n));
            resource.events = events.into_iter().map(|(_, event)| event).collect();
        }
        timeline.prints.sort_by_key(|print| print.time);
        timeline.marks.sort_by_key(|mark| mark.time);
        timeline.index = index_of(&timeline.lanes, &timeline.resources);
        if unreadable > 0 {
            timeline.note_anomaly(Nanos::ZERO, None, format!("{unreadable} events of the file could not be read"));
        }
        Imported { timeline, meta: Some(meta) }
    }

    fn lane(&mut self, event: &Json<'_>) -> Option<()> {
        let args = event.get("args");
        let Some(id) = args.get("lane").whole().map(LaneId) else {
            return Some(()); // The name of a process, or of a row that is not a lane.
        };
        let worker = match args.get("worker") {
            Json::List(worker) if let [process, stream] = &worker[..] => process.whole().zip(stream.whole()),
            _ => None,
        };
        let at = self.lane_at(id);
        let lane = &mut self.timeline.lanes[at];
        lane.name = args.get("name").text()?.to_owned();
        lane.kind = named(args.get("kind").text(), &LaneKind::ALL, LaneKind::name);
        lane.parent = args.get("parent").whole().map(LaneId);
        lane.defined = args.get("defined").number().map(nanos);
        lane.worker = worker;
        Some(())
    }

    fn state(&mut self, event: &Json<'_>) -> Option<()> {
        let state = named(event.get("name").text(), &State::ALL, State::name)?;
        let time = time(event)?;
        let (on, site) = wait(event.get("args"));
        let cause = cause(event.get("args"));
        let at = self.lane_at(lane_of(event)?);
        self.timeline.lanes[at].changes.push(Change { time, state, on, site, cause });
        Some(())
    }

    fn scope(&mut self, event: &Json<'_>) -> Option<()> {
        let args = event.get("args");
        let start = time(event)?;
        let end = end_of(event, start);
        let end = (*args.get("open") != Json::Bool(true)).then_some(end);
        let name = event.get("name").text()?.to_owned();
        let depth = args.get("depth").whole()?;
        let at = self.lane_at(LaneId(args.get("lane").whole()?));
        self.timeline.lanes[at].scopes.push(Scope { name, start, end, depth });
        Some(())
    }

    fn passed(&mut self, event: &Json<'_>) -> Option<()> {
        let (Some(on), site) = wait(event.get("args")) else { return None };
        let passed = Passed { time: time(event)?, on, site, cause: cause(event.get("args")) };
        let at = self.lane_at(lane_of(event)?);
        self.timeline.lanes[at].passed.push(passed);
        Some(())
    }

    fn end(&mut self, event: &Json<'_>) -> Option<()> {
        let ending = named(event.get("name").text(), &Ending::ALL, Ending::name)?;
        let message = event.get("args").get("message").text().map(str::to_owned);
        let time = time(event)?;
        let at = self.lane_at(lane_of(event)?);
        self.timeline.lanes[at].end = Some(End { time, ending, message });
        Some(())
    }

    fn hold(&mut self, event: &Json<'_>) -> Option<()> {
        let args = event.get("args");
        let (start, cause) = (time(event)?, cause(args));
        let resource = self.happened(args, start, |resource| EventKind::Acquired { resource, cause })?;
        let released = args.get("released");
        if *released != Json::Null {
            let release = ResourceEvent {
                time: end_of(event, start),
                lane: LaneId(released.get("lane").whole()?),
                kind: EventKind::Released { resource: self.timeline.resources[resource].id },
            };
            self.events[resource].push((released.get("n").whole()?, release));
        }
        Some(())
    }

    fn level(&mut self, event: &Json<'_>) -> Option<()> {
        let value = event.get("args").get("value").whole()?;
        self.happened(event.get("weft"), time(event)?, |resource| EventKind::Level { resource, value })?;
        Some(())
    }

    fn access(&mut self, event: &Json<'_>) -> Option<()> {
        let args = event.get("args");
        let value = args.get("value").whole();
        let site = args.get("site").whole().map(SiteId);
        let (read, write) = match (args.get("access").text()?, value) {
            ("read", Some(value)) => (Some(value), None),
            ("write", Some(value)) => (None, Some(value)),
            ("release", _) => (None, None),
            _ => return None,
        };
        self.happened(args, time(event)?, |resource| match (read, write) {
            (Some(value), _) => EventKind::Read { resource, value, site },
            (_, Some(value)) => EventKind::Write { resource, value, site },
            _ => EventKind::Released { resource },
        })?;
        Some(())
    }

    /// Notes an event of a resource; returns the resource's position.
    fn happened(
        &mut self,
        occurrence: &Json<'_>,
        time: Nanos,
        kind: impl Fn(ResourceId) -> EventKind,
    ) -> Option<usize> {
        let id = ResourceId(occurrence.get("id").whole()?);
        let lane = LaneId(occurrence.get("lane").whole()?);
        let n = occurrence.get("n").whole()?;
        let at = *self.resources.get(&id)?;
        self.events[at].push((n, ResourceEvent { time, lane, kind: kind(id) }));
        Some(at)
    }

    fn lane_at(&mut self, id: LaneId) -> usize {
        *self.lanes.entry(id).or_insert_with(|| {
            self.timeline.lanes.push(Lane::unheard_of(id));
            self.timeline.lanes.len() - 1
        })
    }
}

fn time(event: &Json<'_>) -> Option<Nanos> {
    event.get("ts").number().map(nanos)
}

fn end_of(event: &Json<'_>, start: Nanos) -> Nanos {
    start + event.get("dur").number().map_or(Nanos::ZERO, nanos)
}

fn lane_of(event: &Json<'_>) -> Option<LaneId> {
    u32::try_from(event.get("tid").whole::<i64>()?.checked_sub(1)?).ok().map(LaneId)
}

fn text(event: &Json<'_>) -> Option<Text> {
    Some(Text { time: time(event)?, lane: lane_of(event)?, text: event.get("name").text()?.to_owned() })
}

fn wait(args: &Json<'_>) -> (Option<Target>, Option<SiteId>) {
    let on = args.get("on");
    let resource = on.get("resource").whole().map(|id| Target::Resource(ResourceId(id)));
    let on = resource.or(on.get("lane").whole().map(|id| Target::Lane(LaneId(id))));
    (on, args.get("site").whole().map(SiteId))
}

/// Who caused it.
fn cause(args: &Json<'_>) -> Option<Cause> {
    let cause = args.get("cause");
    let (lane, time) = cause.get("lane").whole().map(LaneId).zip(cause.get("ts").number())?;
    Some(Cause { lane, time: nanos(time) })
}

fn named<T: Copy>(name: Option<&str>, all: &[T], name_of: fn(T) -> &'static str) -> Option<T> {
    all.iter().copied().find(|&one| Some(name_of(one)) == name)
}
