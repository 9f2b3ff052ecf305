//! Timelines of any events, and of small runs written as text.

use proptest::prelude::*;
use weft::timeline::Timeline;
use weft::trace::{Ending, Event, EventKind, LOCAL_BITS, LaneId, LaneKind, Nanos, State, Target};

use crate::soup;

proptest! {
    #[test]
    fn spans_touch_and_sums_agree_whatever_happens(
        events in soup::events(prop_oneof![soup::crowded(), any::<u64>().boxed()].boxed()),
    ) {
        let count = events.iter().filter(|event| {
            !matches!(event.kind, EventKind::SiteDefined { .. } | EventKind::Lifted { .. })
        }).count() as u64;
        let mut timeline = Timeline::from_events(events);
        prop_assert_eq!(timeline.events, count);
        check(&timeline)?;
        timeline.close(Nanos(5), Ending::Stopped);
        check(&timeline)?;
        prop_assert!(timeline.lanes.iter().all(|lane| lane.end.is_some()));
        prop_assert!(timeline.lanes.iter().flat_map(|lane| &lane.scopes).all(|scope| scope.end.is_some()));
    }

    #[test]
    fn lanes_read_one_after_the_other_give_what_they_give_together(
        times in proptest::collection::vec((0..3_u32, 0..1000_u64, 0..5_usize), 0..60),
    ) {
        let event = |&(lane, time, state): &(u32, u64, usize)| Event {
            time: Nanos(time),
            lane: LaneId(lane),
            kind: EventKind::State { state: State::ALL[state], on: None, site: None, cause: None },
        };
        let mut by_time: Vec<Event> = times.iter().map(event).collect();
        by_time.sort_by_key(|event| event.time);
        let mut by_lane = by_time.clone();
        by_lane.sort_by_key(|event| event.lane);
        let (one, other) = (Timeline::from_events(by_time), Timeline::from_events(by_lane));
        prop_assert_eq!(one.stats(), other.stats());
        for lane in &one.lanes {
            prop_assert_eq!(Some(lane), other.lane(lane.id));
        }
    }
}

fn check(timeline: &Timeline) -> Result<(), TestCaseError> {
    let mut sums = [Nanos::ZERO; State::ALL.len()];
    for lane in &timeline.lanes {
        let spans: Vec<_> = lane.spans(timeline.now).collect();
        for pair in spans.windows(2) {
            prop_assert_eq!(pair[0].end, pair[1].start);
        }
        for span in &spans {
            prop_assert!(span.start <= span.end && span.end <= timeline.now);
            let runs_task = span.state == State::Running && matches!(span.on, Some(Target::Lane(_)));
            if lane.kind != Some(LaneKind::EventLoop) && !runs_task {
                sums[span.state as usize] = sums[span.state as usize] + span.duration();
            }
        }
        let mut around: Vec<Nanos> = Vec::new();
        let mut latest = Nanos::ZERO;
        for scope in &lane.scopes {
            let end = scope.end.unwrap_or(Nanos(u64::MAX));
            prop_assert!(latest <= scope.start && scope.start <= end);
            latest = scope.start;
            around.truncate(scope.depth as usize);
            prop_assert_eq!(around.len(), scope.depth as usize);
            prop_assert!(around.last().is_none_or(|&outer| end <= outer), "{:?}", lane.scopes);
            around.push(end);
        }
    }
    let stats = timeline.stats();
    prop_assert_eq!(stats.by_state.0, sums);
    prop_assert!(stats.max_parallel <= timeline.lanes.len());
    for texts in [&timeline.prints, &timeline.marks] {
        prop_assert!(texts.windows(2).all(|pair| pair[0].time <= pair[1].time));
    }
    Ok(())
}

/// Reads `A run 0, sleep 10, end 20; B loop, run 5`: lane A is Running from 0 and so on; a lane that is said to be a
/// `loop` is an event loop, one that is said to be a `task` is a task. `def` defines it then.
fn run(text: &str) -> Timeline {
    let mut events = Vec::new();
    for (lane, part) in (0..).map(LaneId).zip(text.split(';')) {
        let (name, steps) = part.trim().split_once(' ').unwrap_or((part.trim(), ""));
        let mut kind = LaneKind::Thread;
        let define = |kind| EventKind::LaneDefined { kind, parent: None, name: name.into() };
        for step in steps.split(',').map(str::trim).filter(|step| !step.is_empty()) {
            if let "loop" | "task" = step {
                kind = if step == "loop" { LaneKind::EventLoop } else { LaneKind::Task };
                events.push(Event { time: Nanos::ZERO, lane, kind: define(kind) });
                continue;
            }
            let (what, time) = step.split_once(' ').expect("what and when");
            let to = |state| EventKind::State { state, on: None, site: None, cause: None };
            let kind = match what {
                "def" => define(kind),
                "ready" => to(State::Ready),
                "run" => to(State::Running),
                "sleep" => to(State::Sleeping),
                "block" => to(State::Blocked),
                "await" => to(State::Suspended),
                "end" => EventKind::Ended { ending: Ending::Returned, message: None },
                "kill" => EventKind::Ended { ending: Ending::Killed, message: None },
                "begin" => EventKind::ScopeBegan { name: "part".into() },
                "leave" => EventKind::ScopeEnded,
                other => panic!("no step is called {other}"),
            };
            events.push(Event { time: Nanos(time.parse().expect("a time")), lane, kind });
        }
    }
    Timeline::from_events(events)
}

#[test]
fn parallelism_counts_lanes_that_run_at_the_same_time() {
    let cases = [
        ("A run 0, end 10", 1),
        ("A run 0, end 10; B run 5, end 15", 2),
        ("A run 0, end 10; B run 10, end 15", 1),
        ("A run 0, sleep 4, run 6, end 10; B run 4, sleep 6; C run 5, end 5", 1),
        ("A run 0; B run 1; C run 2, end 2; D def 9", 2),
        ("A loop, run 0, end 10; B run 2, end 4", 1),
        ("A ready 0; B sleep 0; C block 0; D await 0, end 9", 0),
    ];
    for (text, parallel) in cases {
        assert_eq!(run(text).stats().max_parallel, parallel, "{text}");
    }
}

#[test]
fn who_is_at_work_runs_or_could() {
    let cases = [
        ("A run 0", 1),
        ("A run 0; B ready 3", 2),
        ("A run 0, end 10; B run 5, block 9; C run 2, sleep 4; D def 9, await 9", 0),
        ("A block 0, run 5; B run 0, block 5", 1),
        ("A loop, run 0; B task, run 0; C task, ready 0", 1),
    ];
    for (text, at_work) in cases {
        assert_eq!(run(text).at_work(), at_work, "{text}");
    }
}

#[test]
fn what_makes_no_sense_is_told() {
    let cases = [
        ("A run 0, sleep 5, end 9", ""),
        ("A run 5, sleep 2, end 9", "was sleeping 3 ns before its state before"),
        ("A run 0, end 5, end 7", "ended twice"),
        ("A run 0, end 5, sleep 6", "was sleeping after its end"),
        ("A run 8, end 5", "did something 3 ns after its end"),
        ("A run 0, leave 3, end 5", "ended a scope that it had not begun"),
        ("A run 0, begin 6, leave 4, end 9", "began or ended a scope 2 ns before the scope before"),
        ("A run 0, begin 2, leave 4, begin 4, end 9", ""),
        ("A run 0, begin 2, kill 4, leave 5, begin 6, leave 7, sleep 8", ""),
    ];
    for (text, told) in cases {
        let anomalies = run(text).anomalies;
        let texts: Vec<&str> = anomalies.iter().map(|anomaly| anomaly.text.as_str()).collect();
        assert_eq!(texts.join("; "), told, "{text}");
    }
}

#[test]
fn definitions_may_come_late() {
    let states = |text| {
        let timeline = run(text);
        let lane = &timeline.lanes[0];
        let spans: Vec<String> =
            lane.spans(timeline.now).map(|it| format!("{} {}-{}", it.state.name(), it.start.0, it.end.0)).collect();
        format!("{}: {}", lane.name, spans.join(", "))
    };
    assert_eq!(states("A def 2, run 5, end 9"), "A: ready 2-5, running 5-9");
    assert_eq!(states("A run 5, def 2, end 9"), "A: ready 2-5, running 5-9");
    assert_eq!(states("A run 5, def 5, end 9"), "A: running 5-9");
    assert_eq!(states("A run 5, end 9"), "lane 0: running 5-9");
    assert_eq!(states("A def 3, end 9"), "A: ready 3-9");
}

#[test]
fn closing_ends_what_is_open() {
    let mut timeline = run("A run 0, begin 2, begin 3, leave 4; B run 1, end 3");
    timeline.close(Nanos(8), Ending::Stopped);
    let ends: Vec<_> =
        timeline.lanes.iter().map(|lane| lane.end.as_ref().map(|end| (end.time.0, end.ending))).collect();
    assert_eq!(ends, [Some((8, Ending::Stopped)), Some((3, Ending::Returned))]);
    let scopes: Vec<_> = timeline.lanes[0].scopes.iter().map(|it| (it.end.map(|end| end.0), it.depth)).collect();
    assert_eq!(scopes, [(Some(8), 0), (Some(4), 1)]);
}

#[test]
fn many_scopes_on_one_lane_are_taken_in_quickly() {
    let events = (0..400_000_u64).map(|n| Event {
        time: Nanos(n),
        lane: LaneId(0),
        kind: if n % 2 == 0 { EventKind::ScopeBegan { name: String::new() } } else { EventKind::ScopeEnded },
    });
    let began = std::time::Instant::now();
    let timeline = Timeline::from_events(events);
    assert_eq!(timeline.lanes[0].scopes.len(), 200_000);
    assert!(timeline.lanes[0].scopes.iter().all(|scope| scope.depth == 0));
    // Counting the open ones anew at each beginning takes minutes here.
    assert!(began.elapsed().as_secs() < 10);
}

#[test]
fn a_process_that_is_ended_ends_its_threads() {
    let [main, worker, late, quick] = [0, 1, 2, 3].map(|local| LaneId((1 << LOCAL_BITS) + local));
    let other = LaneId::main_of(2);
    let at = |time, lane, kind| Event { time: Nanos(time), lane, kind };
    let define = |kind| EventKind::LaneDefined { kind, parent: None, name: "lane".into() };
    let running = || EventKind::State { state: State::Running, on: None, site: None, cause: None };
    let end = |ending| EventKind::Ended { ending, message: None };
    let endings = [(Ending::Killed, true), (Ending::Failed, true), (Ending::Returned, false), (Ending::Stopped, false)];
    for (ending, ends_them) in endings {
        let timeline = Timeline::from_events([
            at(0, main, define(LaneKind::Process)),
            at(0, other, define(LaneKind::Process)),
            at(1, worker, define(LaneKind::Thread)),
            at(2, worker, running()),
            at(3, quick, define(LaneKind::Thread)),
            at(9, main, end(ending)),
            // They do not know it at once, and what they have recorded may be read late.
            at(5, worker, running()),
            at(6, late, define(LaneKind::Thread)),
            at(11, worker, running()),
            at(12, worker, EventKind::ScopeBegan { name: "part".into() }),
            at(12, worker, EventKind::ScopeEnded),
            at(8, quick, end(Ending::Failed)),
        ]);
        let ends = |lane| timeline.lane(lane).unwrap().end.as_ref().map(|end| (end.ending, end.time));
        let expected = ends_them.then_some((Ending::Killed, Nanos(9)));
        assert_eq!((ends(worker), ends(late), ends(other)), (expected, expected, None), "{ending:?}");
        assert_eq!(ends(quick), Some((Ending::Failed, Nanos(8))), "{ending:?}");
        assert_eq!(timeline.lane(worker).unwrap().changes.len(), if ends_them { 3 } else { 4 });
        assert_eq!(timeline.anomalies, [], "{ending:?}");
    }
}
