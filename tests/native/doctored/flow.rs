//! Tasks and how they go: awaited, gathered, cut, cancelled.

use weft::demos::Demo;
use weft::timeline::{Change, Text, Timeline};
use weft::trace::{Ending, Nanos, State};

use super::{Harmless, check, check_harmless, end_late, lane, never_end, remove, shorten_sleeps};
use crate::runner::{run, values};

/// A run of the demo, changed in these ways: each makes its observation fail.
fn doctored(id: &str, set: &[(&str, &str)], doctors: &[super::Doctor]) {
    let demo = Demo::find(id).unwrap();
    let ran = run(demo, &values(demo, set), 1.0);
    assert_eq!(ran.outcome, Ok(()), "{id}");
    check(id, set, &ran.timeline, doctors);
}

/// A run of the demo, changed in these ways: all that can be seen still holds.
fn harmless(id: &str, set: &[(&str, &str)], changes: &[Harmless]) {
    let demo = Demo::find(id).unwrap();
    check_harmless(id, set, &run(demo, &values(demo, set), 1.0).timeline, changes);
}

/// Nobody prints this line.
fn unsay(timeline: &mut Timeline, line: &str) {
    let before = timeline.prints.len();
    timeline.prints.retain(|print| print.text != line);
    assert!(timeline.prints.len() < before, "nobody prints {line}");
}

/// The lane prints this line at its end.
fn say(timeline: &mut Timeline, name: &str, line: &str) {
    let lane = lane(timeline, name);
    let (lane, time) = (lane.id, lane.end.as_ref().unwrap().time);
    timeline.prints.push(Text { time, lane, text: line.to_owned() });
}

/// The line is printed at this time, in milliseconds.
fn say_at(timeline: &mut Timeline, line: &str, ms: u64) {
    let print = timeline.prints.iter_mut().find(|print| print.text == line);
    print.unwrap_or_else(|| panic!("nobody prints {line}")).time = Nanos::from_millis(ms);
}

/// The lane ends so.
fn end_as(timeline: &mut Timeline, name: &str, ending: Ending) {
    lane(timeline, name).end.as_mut().unwrap().ending = ending;
}

/// The lane ends at this time, in milliseconds.
fn end_at(timeline: &mut Timeline, name: &str, ms: u64) {
    lane(timeline, name).end.as_mut().unwrap().time = Nanos::from_millis(ms);
}

/// The last lane is stopped, instead of ending by itself.
fn stop_last(timeline: &mut Timeline) {
    timeline.lanes.last_mut().unwrap().end.as_mut().unwrap().ending = Ending::Stopped;
}

/// The lane is never in this state.
fn never(timeline: &mut Timeline, name: &str, state: State) {
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
fn gather_errors() {
    doctored(
        "gather-errors",
        &[],
        &[
            (0, "nothing is raised", |timeline| unsay(timeline, "raised: fetch 2 failed")),
            (0, "it is raised at the end", |timeline| say_at(timeline, "raised: fetch 2 failed", 5000)),
            (0, "it is raised before", |timeline| say_at(timeline, "raised: fetch 2 failed", 399)),
            (0, "the task did not fail", |timeline| end_as(timeline, "fetch-2", Ending::Returned)),
            (1, "another is cancelled", |timeline| end_as(timeline, "fetch-3", Ending::Cancelled)),
            (1, "another ends at once", |timeline| end_at(timeline, "fetch-5", 250)),
            (2, "a lane never ends", never_end),
        ],
    );
    doctored(
        "gather-errors",
        &[("collect", "on"), ("failing", "4")],
        &[
            (0, "the error is not among the results", |timeline| unsay(timeline, "error: fetch 4 failed")),
            (0, "a result is missing", |timeline| unsay(timeline, "result 30")),
            (0, "the error comes before all are done", |timeline| say_at(timeline, "error: fetch 4 failed", 800)),
            (1, "another is cancelled", |timeline| end_as(timeline, "fetch-5", Ending::Cancelled)),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn task_error() {
    doctored(
        "task-error",
        &[],
        &[
            (0, "the task returns", |timeline| end_as(timeline, "parse", Ending::Returned)),
            (0, "it fails at once", |timeline| end_at(timeline, "parse", 1)),
            (1, "the error is not caught", |timeline| {
                timeline.prints.retain(|print| !print.text.starts_with("caught"))
            }),
            (1, "main knows it before it awaits", |timeline| say_at(timeline, "main awaits the task", 900)),
            (1, "main catches it before it awaits", |timeline| {
                timeline.prints.iter_mut().find(|print| print.text.starts_with("caught")).unwrap().time = Nanos(1);
            }),
            (1, "main does not await it", |timeline| lane(timeline, "main").passed.clear()),
            (2, "a lane is stopped", stop_last),
        ],
    );
}

#[test]
fn wait_for() {
    doctored(
        "wait-for",
        &[],
        &[
            (0, "nobody is told", |timeline| unsay(timeline, "no result: timed out")),
            (0, "main is told after a minute", |timeline| say_at(timeline, "no result: timed out", 60_000)),
            (0, "main is told too early", |timeline| say_at(timeline, "no result: timed out", 499)),
            (0, "the operation would have been in time", |timeline| {
                let operation = lane(timeline, "operation");
                let sleep = operation.changes.iter_mut().find(|change| change.state == State::Sleeping).unwrap();
                sleep.time = Nanos(0);
                lane(timeline, "main").changes[0].time = Nanos::from_millis(301);
                say_at(timeline, "no result: timed out", 801);
            }),
            (1, "the operation returns", |timeline| end_as(timeline, "operation", Ending::Returned)),
            (1, "it does not clean up", |timeline| unsay(timeline, "the operation cleans up")),
            (1, "it goes on", |timeline| say(timeline, "operation", "the operation is done")),
            (2, "a lane is stopped", stop_last),
        ],
    );
    doctored(
        "wait-for",
        &[("work", "300")],
        &[
            (0, "there is no result", |timeline| unsay(timeline, "result 42")),
            (0, "it comes after a minute", |timeline| say_at(timeline, "result 42", 60_000)),
            (1, "the operation is cancelled", |timeline| end_as(timeline, "operation", Ending::Cancelled)),
            (2, "a lane is stopped", stop_last),
        ],
    );
}

/// The second step's sleep is over, but main has no turn before the time is over as well.
fn cut_when_over(timeline: &mut Timeline) {
    let main = lane(timeline, "main");
    let id = main.id;
    let sleeps = (0..main.changes.len()).filter(|at| main.changes[*at].state == State::Sleeping);
    let second = sleeps.clone().nth(1).unwrap();
    let over = main.changes[second + 1].time;
    let turn = *main.changes.last().unwrap();
    assert_eq!((sleeps.count(), turn.state), (3, State::Running));
    main.changes.truncate(second + 1);
    main.changes.push(Change { state: State::Ready, time: over, ..turn });
    main.changes.push(turn);
    let sleep = main.changes[second].site;
    timeline.prints.retain(|print| print.lane != id || print.text != "asked");
    let place = timeline.site(sleep.unwrap()).map(|line| format!("timed out at {}:{}", line.file, line.line)).unwrap();
    timeline.marks[0].text = place;
}

#[test]
fn timeout_scope() {
    doctored(
        "timeout-scope",
        &[],
        &[
            (0, "main does not sleep", |timeline| shorten_sleeps(timeline, "main")),
            (0, "main is told too early", |timeline| say_at(timeline, "not all: timed out", 499)),
            (0, "main is told after a minute", |timeline| say_at(timeline, "not all: timed out", 60_000)),
            (1, "no await is named", |timeline| timeline.marks.clear()),
            (1, "another await is named", |timeline| timeline.marks[0].text += "0"),
            (1, "the third step is done too", |timeline| say(timeline, "main", "answered")),
            (1, "an await is cut that is over, and not named", |timeline| {
                cut_when_over(timeline);
                timeline.marks.clear();
            }),
            (1, "an await is cut that is over, before the time is over", |timeline| {
                cut_when_over(timeline);
                lane(timeline, "main").changes.last_mut().unwrap().time = Nanos::from_millis(499);
            }),
            (2, "a lane never ends", never_end),
        ],
    );
    harmless(
        "timeout-scope",
        &[],
        &[("the loop is put aside while the second step and the time come to be over", cut_when_over)],
    );
    doctored(
        "timeout-scope",
        &[("work", "100")],
        &[
            (0, "not all are done", |timeline| unsay(timeline, "answered")),
            (0, "main is told too early", |timeline| say_at(timeline, "all in time", 299)),
            (1, "an await is cut", |timeline| {
                let lane = lane(timeline, "main").id;
                timeline.marks.push(Text { time: Nanos(0), lane, text: "timed out at src/x.rs:1".to_owned() });
            }),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn cancel() {
    doctored(
        "cancel",
        &[],
        &[
            (0, "it does not clean up", |timeline| unsay(timeline, "the copy is removed")),
            (0, "it cleans up before it is cancelled", |timeline| say_at(timeline, "the copy is removed", 600)),
            (0, "it returns", |timeline| end_as(timeline, "copy", Ending::Returned)),
            (0, "main is not told", |timeline| unsay(timeline, "the copy was cancelled")),
            (1, "it goes on after its clean-up", |timeline| say_at(timeline, "part 1 of 20 is copied", 800)),
            (1, "it does not sleep", |timeline| shorten_sleeps(timeline, "copy")),
            (1, "it has a turn before it is cancelled", |timeline| {
                let copy = lane(timeline, "copy");
                let turn = copy.changes.iter_mut().rfind(|change| change.state == State::Running).unwrap();
                turn.time = Nanos::from_millis(500);
                copy.changes.retain(|change| change.time <= Nanos::from_millis(500));
            }),
            (2, "a lane is stopped", stop_last),
        ],
    );
    harmless(
        "cancel",
        &[],
        &[("the loop is put aside until the next part is due, too", |timeline| {
            // The copy's last wait is over a moment before it is cancelled.
            let asked = timeline.prints.iter().find(|print| print.text == "cancelling the copy").unwrap().time;
            let copy = lane(timeline, "copy");
            let at = copy.changes.iter().rposition(|change| change.state == State::Sleeping).unwrap();
            let ready = Change { state: State::Ready, time: Nanos(asked.0 - 1000), ..copy.changes[at] };
            copy.changes.retain(|change| change.state != State::Ready || change.time < ready.time);
            copy.changes.insert(at + 1, ready);
        })],
    );
}

#[test]
fn wait_first() {
    doctored(
        "wait-first",
        &[],
        &[
            (0, "nobody is done", |timeline| unsay(timeline, "done: fast")),
            (0, "nobody is pending", |timeline| unsay(timeline, "pending: broken, slow")),
            (0, "main is told before", |timeline| say_at(timeline, "done: fast", 100)),
            (1, "somebody who is pending goes on", |timeline| end_as(timeline, "slow", Ending::Returned)),
            (2, "a lane never ends", never_end),
        ],
    );
    harmless(
        "wait-first",
        &[],
        &[("the loop is put aside until two are due", |timeline| {
            let time = lane(timeline, "fast").end.as_ref().unwrap().time;
            let broken = lane(timeline, "broken");
            broken.changes.retain(|change| change.time <= time);
            broken.end.as_mut().unwrap().time = time;
            end_as(timeline, "broken", Ending::Failed);
            for (from, to) in [("done: fast", "done: fast, broken"), ("pending: broken, slow", "pending: slow")] {
                timeline.prints.iter_mut().find(|print| print.text == from).unwrap().text = to.to_owned();
            }
        })],
    );
    doctored(
        "wait-first",
        &[("when", "first error")],
        &[
            (0, "the wrong ones are done", |timeline| unsay(timeline, "done: fast, broken")),
            (1, "nobody fails", |timeline| end_as(timeline, "broken", Ending::Returned)),
            (2, "a lane never ends", never_end),
        ],
    );
    doctored(
        "wait-first",
        &[("when", "all")],
        &[
            (0, "main is told before all are done", |timeline| say_at(timeline, "done: fast, broken, slow", 700)),
            (1, "somebody is cancelled", |timeline| end_as(timeline, "slow", Ending::Cancelled)),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn task_as_completed() {
    doctored(
        "task-as-completed",
        &[],
        &[
            (0, "two results change places", |timeline| {
                let text = timeline.prints[0].text.clone();
                let last = timeline.prints.len() - 2;
                timeline.prints[0].text = std::mem::replace(&mut timeline.prints[last].text, text);
            }),
            (0, "a result is missing", |timeline| {
                timeline.prints.remove(2);
            }),
            (1, "main does not wait", |timeline| never(timeline, "main", State::Suspended)),
            (1, "somebody else wakes main", |timeline| {
                let main = lane(timeline, "main").id;
                for change in &mut lane(timeline, "main").changes {
                    if let Some(cause) = &mut change.cause {
                        cause.lane = main;
                    }
                }
            }),
            (1, "a task ends at once", |timeline| end_at(timeline, "square-3", 1)),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn shield() {
    doctored(
        "shield",
        &[],
        &[
            (0, "the page returns", |timeline| end_as(timeline, "page", Ending::Returned)),
            (0, "the page goes on", |timeline| say(timeline, "page", "the page shows the receipt")),
            (0, "the page does not clean up", |timeline| unsay(timeline, "the page is gone")),
            (1, "the payment is cancelled", |timeline| end_as(timeline, "payment", Ending::Cancelled)),
            (1, "main has no receipt", |timeline| unsay(timeline, "main has the receipt")),
            (2, "a lane is stopped", stop_last),
        ],
    );
    harmless(
        "shield",
        &[],
        &[("the payment is due when the page is closed, and has its turn first", |timeline| {
            let time = Nanos(lane(timeline, "payment").end.as_ref().unwrap().time.0 + 1000);
            lane(timeline, "page").end.as_mut().unwrap().time = time;
        })],
    );
    doctored(
        "shield",
        &[("shield", "off")],
        &[
            (0, "the page returns", |timeline| end_as(timeline, "page", Ending::Returned)),
            (1, "the payment returns", |timeline| end_as(timeline, "payment", Ending::Returned)),
            (1, "the payment ends before the page", |timeline| end_at(timeline, "payment", 399)),
            (1, "the payment is made", |timeline| say(timeline, "payment", "the payment is made")),
            (2, "a lane is stopped", stop_last),
        ],
    );
}

#[test]
fn task_group() {
    for (fail, what) in [("none", Ending::Returned), ("one", Ending::Cancelled)] {
        doctored(
            "task-group",
            &[("fail", fail)],
            &[
                (0, "a child outlives the group", |timeline| end_late(timeline, "child-3")),
                (0, "a child is not there", |timeline| remove(timeline, "child-1")),
                (0, "the block waits itself", |timeline| say_at(timeline, "the block is at its end", 5000)),
                (1, "the stranger is cancelled", |timeline| end_as(timeline, "stranger", Ending::Cancelled)),
                (1, "the last child fails", |timeline| end_as(timeline, "child-3", Ending::Failed)),
                (1, "main is told nothing", |timeline| {
                    timeline.prints.retain(|print| !print.text.starts_with("the group is over"));
                }),
                (2, "a lane never ends", never_end),
            ],
        );
        let demo = Demo::find("task-group").unwrap();
        let mut timeline = run(demo, &values(demo, &[("fail", fail)]), 1.0).timeline;
        assert_eq!(lane(&mut timeline, "child-3").end.as_ref().unwrap().ending, what);
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
fn background_task() {
    doctored(
        "background-task",
        &[],
        &[
            (0, "the log is written", |timeline| say(timeline, "log", "the log is written")),
            (0, "the log’s task returns", |timeline| end_as(timeline, "log", Ending::Returned)),
            (0, "the log is not closed", |timeline| unsay(timeline, "the log is closed")),
            (1, "the log’s task ends before main", |timeline| end_at(timeline, "log", 399)),
            (1, "main ends after it", |timeline| end_at(timeline, "main", 900)),
            (2, "a lane is stopped", stop_last),
        ],
    );
    doctored(
        "background-task",
        &[("keep", "on")],
        &[
            (0, "the log is not written", |timeline| unsay(timeline, "the log is written")),
            (0, "the log’s task is cancelled", |timeline| end_as(timeline, "log", Ending::Cancelled)),
            (1, "main does not wait", |timeline| end_at(timeline, "main", 400)),
            (2, "a lane is stopped", stop_last),
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
