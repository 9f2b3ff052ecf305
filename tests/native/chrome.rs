//! Traces as files: every export keeps the contract and comes back equal; any file is read or refused, never more.

use expect_test::{Expect, expect};
use proptest::prelude::*;
use serde_json::{Value, json};
use weft::timeline::Timeline;
use weft::timeline::chrome::{Imported, MAX_TIME, Meta, export, import, import_value};
use weft::trace::{Ending, Event, Nanos, State};

use crate::soup;
use weft_contract::check_contract;

fn meta() -> Meta {
    let mut meta = Meta { weft: "1.2.3".into(), demo: Some("bounded-queue".into()), ..Meta::default() };
    meta.params.insert("capacity".into(), json!(3));
    meta.extra.insert("status".into(), json!("finished"));
    meta
}

fn exported(timeline: &Timeline) -> Value {
    serde_json::to_value(export(timeline, &meta())).expect("numbers and texts")
}

fn timeline_of(events: Vec<Event>, close: Option<Ending>) -> Timeline {
    let mut timeline = Timeline::from_events(events);
    timeline.recording_ended = (timeline.events % 2 == 1).then_some(timeline.now);
    if let Some(ending) = close {
        timeline.close(timeline.now, ending);
    }
    timeline
}

proptest! {
    #[test]
    fn any_timeline_keeps_the_contract_and_comes_back(
        events in soup::events(soup::crowded()),
        close in proptest::option::of(Just(Ending::Stopped)),
    ) {
        let timeline = timeline_of(events, close);
        let trace = exported(&timeline);
        prop_assert_eq!(check_contract(&trace), Vec::<String>::new());
        let text = serde_json::to_string(&export(&timeline, &meta())).expect("numbers and texts");
        let back = Imported { timeline, meta: Some(meta()) };
        prop_assert_eq!(&import(&text).expect("our own"), &back);
        prop_assert_eq!(&import_value(&trace).expect("our own"), &back);
    }

    #[test]
    fn times_that_no_file_can_tell_still_keep_the_contract(events in soup::events(any::<u64>().boxed())) {
        let trace = exported(&timeline_of(events, None));
        prop_assert_eq!(check_contract(&trace), Vec::<String>::new());
        prop_assert!(import_value(&trace).is_ok());
    }

    #[test]
    fn a_timeline_goes_on_after_it_came_back(
        first in soup::events(soup::crowded()),
        second in soup::events(soup::crowded()),
    ) {
        let mut straight = Timeline::from_events(first.clone());
        let text = serde_json::to_string(&exported(&straight)).expect("numbers and texts");
        let mut back = import(&text).expect("our own").timeline;
        for timeline in [&mut straight, &mut back] {
            timeline.push_recorded(
                second.iter().map(|event| weft::trace::codec::Recorded { worker: (0, 1), event: event.clone() }).collect(),
            );
        }
        prop_assert_eq!(straight, back);
    }

    #[test]
    fn a_trace_damaged_by_hand_is_read_or_refused(
        events in soup::events(soup::crowded()),
        damage in proptest::collection::vec((any::<usize>(), any::<usize>(), 0..6_usize), 1..8),
    ) {
        let mut trace = exported(&Timeline::from_events(events));
        for (event, key, what) in damage {
            let events = trace["traceEvents"].as_array_mut().expect("a list");
            let count = events.len().max(1);
            let Some(Value::Object(event)) = events.get_mut(event % count) else { continue };
            let key = event.keys().nth(key % event.len()).expect("in range").clone();
            event.insert(key, [json!(null), json!(-1.5), json!("x"), json!([]), json!(1e300), json!(u64::MAX)][what].clone());
        }
        usable(&import_value(&trace).expect("still a list of events").timeline);
    }

    #[test]
    fn any_foreign_events_are_read(events in proptest::collection::vec(foreign_event(), 0..60)) {
        let timeline = import_value(&json!(events)).expect("a list").timeline;
        usable(&timeline);
        // What was taken in can be handed on.
        let trace = exported(&timeline);
        prop_assert_eq!(check_contract(&trace), Vec::<String>::new());
        let back = import_value(&trace).expect("our own").timeline;
        prop_assert!(back == timeline || timeline.now > MAX_TIME, "{back:?}\n{timeline:?}");
    }

    #[test]
    fn any_text_is_read_or_refused_in_one_sentence(text in ".{0,60}") {
        if let Err(error) = import(&text) {
            let error = error.to_string();
            prop_assert!(error.starts_with("This is not a Chrome trace: ") && error.ends_with('.'), "{}", error);
        }
    }
}

/// What the chart relies on.
fn usable(timeline: &Timeline) {
    for lane in &timeline.lanes {
        let spans: Vec<_> = lane.spans(timeline.now).collect();
        assert!(spans.windows(2).all(|pair| pair[0].end == pair[1].start), "{lane:?}");
        assert!(lane.scopes.windows(2).all(|pair| pair[0].start <= pair[1].start), "{lane:?}");
        assert_eq!(timeline.lane(lane.id), Some(lane));
    }
    timeline.stats();
}

fn foreign_event() -> impl Strategy<Value = Value> {
    let odd = || prop_oneof![Just(json!(null)), Just(json!("a")), Just(json!({})), Just(json!(-7)), Just(json!(1e18))];
    let id = move || prop_oneof![8 => (0..3).prop_map(|n| json!(n)), 1 => odd()];
    let time = move || prop_oneof![8 => (0..50).prop_map(|n| json!(n)), 2 => (0..5000).prop_map(|n| json!(f64::from(n) / 7.0)), 1 => odd()];
    let ph = proptest::sample::select(vec!["B", "E", "X", "i", "I", "C", "M", "s", "t", "f", "b", "P", ""]);
    let name = proptest::sample::select(vec!["a", "b", "thread_name", "process_name", "thread_sort_index"]);
    let args = prop_oneof![
        Just(json!({ "name": "n", "sort_index": 2 })),
        Just(json!({ "value": 4, "other": "5" })),
        Just(json!([1]))
    ];
    (ph, name, time(), time(), (id(), id(), id()), args, any::<bool>()).prop_map(
        |(ph, name, ts, dur, (pid, tid, id), args, enclosing)| {
            let mut event =
                json!({ "ph": ph, "name": name, "ts": ts, "dur": dur, "pid": pid, "tid": tid, "id": id, "args": args });
            if enclosing {
                event["bp"] = json!("e");
            }
            event
        },
    )
}

/// A foreign trace, and what its lanes then look like: `name: state start-end …, [scope start-end@depth …]`, in µs.
fn check_foreign(events: Value, expected: Expect) {
    let Imported { timeline, meta } = import_value(&events).expect("a trace");
    assert_eq!(meta, None);
    let us = |time: Nanos| time.as_micros_f64();
    let mut lines = Vec::new();
    for lane in &timeline.lanes {
        let spans = lane.spans(timeline.now).map(|span| {
            let by = span.cause.map_or(String::new(), |cause| {
                let waker = timeline.lane(cause.lane).map_or("?", |lane| &lane.name);
                format!(" by {waker}@{}", us(cause.time))
            });
            format!("{} {}-{}{by}", span.state.name(), us(span.start), us(span.end))
        });
        let scopes = lane.scopes.iter().map(|scope| {
            let end = scope.end.map_or("".into(), |end| us(end).to_string());
            format!("{} {}-{end}@{}", scope.name, us(scope.start), scope.depth)
        });
        let (spans, scopes) = (spans.collect::<Vec<_>>().join(", "), scopes.collect::<Vec<_>>().join(", "));
        lines.push(format!("{}: {spans} [{scopes}]", lane.name));
    }
    lines.extend(timeline.resources.iter().map(|it| format!("= {} x{}", it.name, it.events.len())));
    lines.extend(timeline.marks.iter().map(|mark| format!("* {} {}", mark.text, us(mark.time))));
    lines.extend(timeline.anomalies.iter().map(|anomaly| format!("! {}", anomaly.text)));
    expected.assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn foreign_slices_nest_in_any_order() {
    check_foreign(
        json!([
            { "ph": "X", "name": "late", "ts": 150, "dur": 10, "pid": 1, "tid": 1 },
            { "ph": "X", "name": "inner", "ts": 110, "dur": 5, "pid": 1, "tid": 1 },
            { "ph": "X", "name": "outer", "ts": 100, "dur": 20, "pid": 1, "tid": 1 },
        ]),
        expect![[r#"
            thread 1: running 0-20, sleeping 20-50, running 50-60, sleeping 60-60 [outer 0-20@0, inner 10-15@1, late 50-60@0]
        "#]],
    );
}

#[test]
fn foreign_begins_and_ends_match_or_are_told() {
    check_foreign(
        json!({ "traceEvents": [
            { "ph": "E", "ts": 0, "pid": "app", "tid": "io" },
            { "ph": "B", "name": "a", "ts": 1, "pid": "app", "tid": "io" },
            { "ph": "B", "name": "b", "ts": 2, "pid": "app", "tid": "io" },
            { "ph": "E", "ts": 3, "pid": "app", "tid": "io" },
            { "ph": "i", "name": "here", "ts": 4 },
            { "ph": "b", "name": "async", "ts": 4 },
            { "ph": "X", "name": "when?" },
        ] }),
        expect![[r#"
            process app: thread io: running 1-4 [a 1-@0, b 2-3@1]
            process :  []
            * here 4
            ! 1 events of the file are of a kind that is not drawn
            ! 1 events of the file end a slice that had not begun
            ! 1 events of the file have no time
        "#]],
    );
}

#[test]
fn foreign_arrows_are_causes() {
    let events = |bp: Value| {
        json!([
            { "ph": "M", "name": "thread_name", "pid": 1, "tid": 2, "args": { "name": "A" } },
            { "ph": "M", "name": "thread_name", "pid": 1, "tid": 3, "args": { "name": "B" } },
            { "ph": "X", "name": "put", "ts": 0, "dur": 10, "pid": 1, "tid": 2 },
            { "ph": "X", "name": "get", "ts": 5, "dur": 10, "pid": 1, "tid": 3 },
            { "ph": "X", "name": "use", "ts": 20, "dur": 10, "pid": 1, "tid": 3 },
            { "ph": "s", "name": "q", "id": 1, "ts": 4, "pid": 1, "tid": 2 },
            { "ph": "f", "name": "q", "id": 1, "ts": 8, "pid": 1, "tid": 3, "bp": bp },
            { "ph": "f", "name": "q", "id": 2, "ts": 8, "pid": 1, "tid": 3 },
        ])
    };
    check_foreign(
        events(json!("e")),
        expect![[r#"
            A: running 0-10, sleeping 10-30 [put 0-10@0]
            B: running 5-8, running 8-15 by A@4, sleeping 15-20, running 20-30, sleeping 30-30 [get 5-15@0, use 20-30@0]
            ! 1 events of the file end an arrow that had not begun
        "#]],
    );
    check_foreign(
        events(json!(null)),
        expect![[r#"
            A: running 0-10, sleeping 10-30 [put 0-10@0]
            B: running 5-15, sleeping 15-20, running 20-30 by A@4, sleeping 30-30 [get 5-15@0, use 20-30@0]
            ! 1 events of the file end an arrow that had not begun
        "#]],
    );
}

#[test]
fn foreign_counters_are_levels_and_names_and_orders_are_kept() {
    check_foreign(
        json!([
            { "ph": "C", "name": "heap", "ts": 1, "pid": 1, "args": { "used": 3.6, "free": 1 } },
            { "ph": "X", "name": "x", "ts": 1, "dur": 1, "pid": 1, "tid": 1 },
            { "ph": "X", "name": "y", "ts": 1, "dur": 1, "pid": 2, "tid": 2 },
            { "ph": "M", "name": "process_name", "pid": 2, "tid": 0, "args": { "name": "first" } },
            { "ph": "M", "name": "process_sort_index", "pid": 2, "tid": 0, "args": { "sort_index": -1 } },
        ]),
        expect![[r#"
            first: running 0-1, sleeping 1-1 [y 0-1@0]
            process 1: running 0-1, sleeping 1-1 [x 0-1@0]
            = heap free x1
            = heap used x1
        "#]],
    );
}

#[test]
fn bad_files_are_refused_with_a_reason() {
    let cases = [
        ("", "This is not a Chrome trace: it is empty."),
        ("\u{feff} ", "This is not a Chrome trace: it is empty."),
        ("hello", "This is not a Chrome trace: it is not valid JSON (expected value at line 1 column 1)."),
        ("{}", "This is not a Chrome trace: it has no list called \"traceEvents\"."),
        (
            "{\"traceEvents\": 3}",
            "This is not a Chrome trace: invalid type: integer `3`, expected a list of events at line 1 column 17.",
        ),
        ("[3", "This is not a Chrome trace: it is not valid JSON (EOF while parsing a list at line 1 column 2)."),
        (
            "{\"traceEvents\": [",
            "This is not a Chrome trace: it is not valid JSON (EOF while parsing a list at line 1 column 17).",
        ),
        (
            "7",
            "This is not a Chrome trace: invalid type: integer `7`, expected an object with the list \"traceEvents\", or a list of events at line 1 column 1.",
        ),
    ];
    for (text, error) in cases {
        assert_eq!(import(text).expect_err(text).to_string(), error);
    }
    let broken_off = "[{\"ph\":\"X\",\"name\":\"a\",\"ts\":1,\"dur\":2},\n{\"ph\":\"X\",\"na";
    assert_eq!(import(broken_off).expect("as far as it goes").timeline.lanes.len(), 1);
}

/// A small run with one of everything.
fn sample() -> Timeline {
    use weft::trace::EventKind::*;
    use weft::trace::{Cause, LaneId, LaneKind, ResourceId, ResourceKind, SiteId, Target};
    let (main, child, lock) = (LaneId(0), LaneId(1), ResourceId(9));
    let state = |state, on, cause| State { state, on, site: Some(SiteId(0)), cause };
    let by_main = Cause { lane: main, time: Nanos(1_001) };
    let events = [
        (0, main, SiteDefined { site: SiteId(0), file: "demo.rs".into(), line: 12 }),
        (0, main, LaneDefined { kind: LaneKind::Thread, parent: None, name: "main".into() }),
        (0, main, state(self::State::Running, None, None)),
        (0, main, ResourceDefined { resource: lock, kind: ResourceKind::ALL[0], name: "lock".into() }),
        (500, main, Acquired { resource: lock, cause: None }),
        (1_000, child, LaneDefined { kind: LaneKind::Thread, parent: Some(main), name: "child".into() }),
        (1_001, main, state(self::State::Blocked, Some(Target::Lane(child)), None)),
        (1_001, main, Released { resource: lock }),
        (1_234, child, state(self::State::Running, None, Some(by_main))),
        (1_300, child, ScopeBegan { name: "outer".into() }),
        (1_400, child, ScopeBegan { name: "inner".into() }),
        (1_500, child, ScopeEnded),
        (1_500, child, Level { resource: lock, value: 2 }),
        (1_600, child, Print { text: "hello".into() }),
        (1_700, child, Acquired { resource: lock, cause: Some(Cause { lane: main, time: Nanos(1_001) }) }),
        (2_000, child, Ended { ending: Ending::Returned, message: None }),
        (2_100, main, state(self::State::Running, None, Some(Cause { lane: child, time: Nanos(2_000) }))),
        (3_000, main, Ended { ending: Ending::Failed, message: Some("no".into()) }),
    ];
    Timeline::from_events(events.map(|(time, lane, kind)| Event { time: Nanos(time), lane, kind }))
}

#[test]
fn a_file_reads_as_the_contract_says() {
    let trace = exported(&sample());
    assert_eq!(check_contract(&trace), [""; 0]);
    let find = |ph: &str, name: &str| -> &Value {
        let events = trace["traceEvents"].as_array().expect("a list");
        events.iter().rev().find(|event| event["ph"] == ph && event["name"] == name).expect(name)
    };
    assert_eq!(
        find("X", "blocked"),
        &json!({
            "name": "blocked", "cat": "state", "ph": "X", "ts": 1.0010000000000001, "dur": 1.099, "pid": 1, "tid": 1,
            "args": { "resource": "end of child", "line": 12, "file": "demo.rs", "site": 0, "on": { "lane": 1 } }
        })
    );
    assert_eq!(find("X", "child")["args"]["resource"], "lock");
    assert_eq!(find("C", "lock")["args"], json!({ "value": 2 }));
    assert_eq!(find("i", "failed")["args"], json!({ "message": "no" }));
    assert_eq!(find("i", "hello")["cat"], "print");
    assert_eq!(find("s", "wake")["tid"], 2);
    assert_eq!(find("f", "wake")["bp"], "e");
    let other = &trace["otherData"];
    assert_eq!((&other["weft"], &other["demo"]), (&json!("1.2.3"), &json!("bounded-queue")));
    assert_eq!((&other["params"], &other["status"]), (&json!({ "capacity": 3 }), &json!("finished")));
}

/// The check itself can fail: each change to a good trace is told.
#[test]
fn breaches_of_the_contract_are_found() {
    type Breach = fn(&mut Value);
    let breaches: [(&str, &str, Breach, &str); 17] = [
        ("X", "blocked", |event| event["dur"] = json!(1.0), "do not touch"),
        ("X", "blocked", |event| event["ts"] = json!(1.001), "loses a nanosecond"),
        ("X", "blocked", |event| event["ts"] = json!(1.0014), "no whole number"),
        ("X", "blocked", |event| event["name"] = json!("stuck"), "no such state"),
        ("X", "blocked", |event| event["tid"] = json!(0), "no positive number"),
        ("X", "blocked", |event| event["pid"] = json!(2), "in two processes"),
        ("X", "inner", |event| event["dur"] = json!(5), "do not nest"),
        ("X", "inner", |event| event["tid"] = json!(2), "categories"),
        ("X", "main", |event| event["dur"] = json!(5), "in one row"),
        ("s", "wake", |event| event["ts"] = json!(3), "ends before it starts"),
        ("s", "wake", |event| event["tid"] = json!(3), "outside all slices"),
        ("s", "wake", |event| event["id"] = json!(77), "starts and"),
        ("f", "wake", |event| event["bp"] = json!(null), "without bp"),
        ("i", "failed", |event| event["name"] = json!("gone"), "no such ending"),
        ("i", "failed", |event| event["s"] = json!("g"), "not its thread's"),
        ("C", "lock", |event| event["args"]["value"] = json!([]), "no number"),
        ("M", "thread_name", |event| event["name"] = json!("x"), "has no name"),
    ];
    for (ph, name, breach, told) in breaches {
        let mut trace = exported(&sample());
        let events = trace["traceEvents"].as_array_mut().expect("a list");
        breach(events.iter_mut().rev().find(|event| event["ph"] == ph && event["name"] == name).expect(name));
        let wrong = check_contract(&trace).join("\n");
        assert!(wrong.contains(told), "{ph} {name}, {told}: {wrong}");
    }
}

#[test]
fn the_states_of_the_contract_are_those_of_the_trace() {
    let names = State::ALL.map(State::name);
    assert_eq!(names, ["ready", "running", "sleeping", "blocked", "suspended"]);
}
