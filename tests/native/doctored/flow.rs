//! Tasks and how they take turns: started, awaited, blocked, and the loop that runs them.

use weft::demos::Demo;
use weft::timeline::{Change, Text, Timeline};
use weft::trace::{Ending, Nanos, State};

use super::{Harmless, check, check_harmless, lane, never_end, shorten_sleeps};
use crate::runner::{run_undisturbed, values};

/// A run of the demo, changed in these ways: each makes its observation fail.
pub fn doctored(id: &str, set: &[(&str, &str)], doctors: &[super::Doctor]) {
    let demo = Demo::find(id).unwrap();
    let ran = run_undisturbed(demo, &values(demo, set), 1.0);
    assert_eq!(ran.outcome, Ok(()), "{id}");
    check(id, set, &ran.timeline, doctors);
}

/// A run of the demo, changed in these ways: all that can be seen still holds.
pub fn harmless(id: &str, set: &[(&str, &str)], changes: &[Harmless]) {
    let demo = Demo::find(id).unwrap();
    check_harmless(id, set, &run_undisturbed(demo, &values(demo, set), 1.0).timeline, changes);
}

/// Nobody prints this line.
pub fn unsay(timeline: &mut Timeline, line: &str) {
    let before = timeline.prints.len();
    timeline.prints.retain(|print| print.text != line);
    assert!(timeline.prints.len() < before, "nobody prints {line}");
}

/// The lane prints this line at its end.
pub fn say(timeline: &mut Timeline, name: &str, line: &str) {
    let lane = lane(timeline, name);
    let (lane, time) = (lane.id, lane.end.as_ref().unwrap().time);
    timeline.prints.push(Text { time, lane, text: line.to_owned() });
}

/// The line is printed at this time, in milliseconds.
pub fn say_at(timeline: &mut Timeline, line: &str, ms: u64) {
    let print = timeline.prints.iter_mut().find(|print| print.text == line);
    print.unwrap_or_else(|| panic!("nobody prints {line}")).time = Nanos::from_millis(ms);
}

/// The lane ends so.
pub fn end_as(timeline: &mut Timeline, name: &str, ending: Ending) {
    lane(timeline, name).end.as_mut().unwrap().ending = ending;
}

/// The lane ends at this time, in milliseconds.
pub fn end_at(timeline: &mut Timeline, name: &str, ms: u64) {
    lane(timeline, name).end.as_mut().unwrap().time = Nanos::from_millis(ms);
}

/// The last lane is stopped, instead of ending by itself.
pub fn stop_last(timeline: &mut Timeline) {
    timeline.lanes.last_mut().unwrap().end.as_mut().unwrap().ending = Ending::Stopped;
}

/// The lane is never in this state.
pub fn never(timeline: &mut Timeline, name: &str, state: State) {
    lane(timeline, name).changes.retain(|change| change.state != state);
}

#[test]
fn coroutine() {
    doctored(
        "coroutine",
        &[],
        &[
            (0, "it runs before it is awaited", |timeline| say_at(timeline, "greet Ada: first line", 0)),
            (0, "it is awaited at once", |timeline| say_at(timeline, "called, and nothing of it has run", 0)),
            (1, "main does not sleep", |timeline| shorten_sleeps(timeline, "main")),
            (1, "another task runs it", |timeline| {
                let other = lane(timeline, "greet").id;
                timeline.prints.iter_mut().find(|print| print.text == "greet Ada: first line").unwrap().lane = other;
            }),
            (2, "the spawned one does not run", |timeline| unsay(timeline, "greet Grace: first line")),
            (2, "the spawned one runs only when it is awaited", |timeline| {
                say_at(timeline, "greet Grace: first line", 60_000);
            }),
            (2, "the spawned one does not end", |timeline| lane(timeline, "greet").end = None),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn create_task() {
    doctored(
        "create-task",
        &[("delay", "150"), ("work", "60")],
        &[
            (0, "the task does not wait", |timeline| shorten_sleeps(timeline, "fetch")),
            (0, "main does not work", |timeline| say_at(timeline, "main has done its work", 0)),
            (0, "the task starts when main has done its work", |timeline| {
                say_at(timeline, "the question is sent", 60_000);
            }),
            (1, "main does not await", |timeline| {
                never(timeline, "main", State::Suspended);
                lane(timeline, "main").passed.clear();
            }),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn await_switch() {
    doctored(
        "await-switch",
        &[],
        &[
            (0, "the second task does not sleep", |timeline| shorten_sleeps(timeline, "second")),
            (0, "a task runs before its turn", |timeline| {
                let changes = &mut lane(timeline, "first").changes;
                for change in &mut changes[1..] {
                    change.time = Nanos(change.time.0 / 2);
                }
            }),
            (1, "the loop is never idle", |timeline| never(timeline, "event loop", State::Sleeping)),
            (2, "a lane never ends", never_end),
        ],
    );
    harmless(
        "await-switch",
        &[],
        &[("both have a turn within one step of the clock, the second first", |timeline| {
            // The last turns of both are one after the other, and take no time.
            let end = lane(timeline, "first").changes.last().unwrap().time + Nanos(3000);
            for (name, since) in [("second", 2000), ("first", 1000)] {
                let lane = lane(timeline, name);
                lane.changes.pop();
                if lane.changes.last().unwrap().state == State::Ready {
                    lane.changes.pop();
                }
                let slept = *lane.changes.last().unwrap();
                for (state, time) in [(State::Ready, Nanos(end.0 - since)), (State::Running, end)] {
                    lane.changes.push(Change { state, time, ..slept });
                }
                lane.end.as_mut().unwrap().time = end;
            }
        })],
    );
}

#[test]
fn async_context() {
    for fail in ["no", "yes"] {
        doctored(
            "async-context",
            &[("fail", fail)],
            &[
                (0, "it is not closed", |timeline| unsay(timeline, "closing")),
                (0, "it is closed before it is used", |timeline| say_at(timeline, "closing", 0)),
                (0, "it is opened in no time", |timeline| say_at(timeline, "opening", 190)),
                (1, "the query takes no time", |timeline| {
                    let scope = &mut lane(timeline, "main").scopes[1];
                    scope.end = Some(scope.start);
                }),
                (2, "a lane never ends", never_end),
            ],
        );
    }
}

#[test]
fn slow_callback() {
    let set = [("block", "250")];
    doctored(
        "slow-callback",
        &set,
        &[
            (0, "a tick is missing", |timeline| unsay(timeline, "tick 3")),
            (0, "a tick comes meanwhile", |timeline| say_at(timeline, "tick 4", 450)),
            (0, "the task hardly runs", |timeline| end_at(timeline, "blocker", 352)),
            (1, "nobody is warned", |timeline| timeline.marks.clear()),
            (1, "a shorter time is told", |timeline| {
                let mark = timeline.marks.iter_mut().find(|mark| mark.text.starts_with("Executing")).unwrap();
                mark.text = mark.text.replace("took 0.2", "took 0.1");
            }),
            (1, "no line is named", |timeline| {
                let mark = timeline.marks.iter_mut().find(|mark| mark.text.starts_with("Executing")).unwrap();
                mark.text = mark.text.split(" (").next().unwrap().to_owned();
            }),
            (2, "a lane never ends", never_end),
        ],
    );
    harmless(
        "slow-callback",
        &set,
        &[("the machine put the loop aside in the task's first turn", |timeline| {
            let mark = timeline.marks.iter().find(|mark| mark.text.starts_with("Executing")).unwrap();
            let first = Text { time: Nanos(1), text: mark.text.replace("took 0.2", "took 0.1"), ..mark.clone() };
            timeline.marks.insert(0, first);
        })],
    );
    doctored(
        "slow-callback",
        &[("block", "120"), ("debug", "off")],
        &[
            (0, "a tick is missing", |timeline| unsay(timeline, "tick 3")),
            (1, "there is a warning all the same", |timeline| {
                let lane = lane(timeline, "event loop").id;
                timeline.marks.push(Text { time: Nanos(0), lane, text: "Executing blocker took 0.120 s".to_owned() });
            }),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn event_loop() {
    doctored(
        "event-loop",
        &[],
        &[
            (0, "main is not blocked", |timeline| never(timeline, "main", State::Blocked)),
            (0, "the loop is closed before it runs", |timeline| end_at(timeline, "event loop", 1)),
            (1, "the background task runs in between", |timeline| {
                for change in &mut lane(timeline, "background").changes {
                    change.time = change.time + Nanos::from_millis(200);
                }
            }),
            (1, "the background task never runs", |timeline| never(timeline, "background", State::Running)),
            (2, "the closed loop runs again", |timeline| unsay(timeline, "refused: RuntimeError: Runner is closed")),
            (2, "the background task returns", |timeline| end_as(timeline, "background", Ending::Returned)),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn wake_storm() {
    doctored(
        "wake-storm",
        &[],
        &[
            (0, "no timer fires", |timeline| shorten_sleeps(timeline, "main")),
            (0, "a timer fires when the storm is over", |timeline| {
                let over = lane(timeline, "storm-1").end.as_ref().unwrap().time;
                let main = lane(timeline, "main");
                let first = main.changes.iter().position(|change| change.state == State::Sleeping).unwrap();
                let (tick, due) = (main.changes[first], main.changes[first + 1].time);
                main.changes.truncate(first + 1);
                main.changes.push(Change { state: State::Ready, time: due, ..tick });
                main.changes.push(Change { state: State::Running, time: over, ..tick });
            }),
            (1, "one has no turn", |timeline| never(timeline, "storm-2", State::Running)),
            (2, "a lane never ends", never_end),
        ],
    );
}
