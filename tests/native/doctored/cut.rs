//! Tasks that are cut short: timed out, cancelled, shielded, and left behind when main ends.

use weft::timeline::{Change, Text, Timeline};
use weft::trace::{Ending, Nanos, State};

use super::flow::{doctored, end_as, end_at, harmless, say, say_at, stop_last, unsay};
use super::{lane, never_end, shorten_sleeps};

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
    harmless(
        "wait-for",
        &[],
        &[("both times are over when the loop has its turn", |timeline| {
            lane(timeline, "main").changes[0].time = Nanos::from_millis(301);
            say_at(timeline, "the operation cleans up", 802);
            say_at(timeline, "no result: timed out", 803);
            let operation = lane(timeline, "operation");
            operation.end.as_mut().unwrap().time = Nanos::from_millis(802);
            let sleep = operation.changes.iter().position(|change| change.state == State::Sleeping).unwrap();
            operation.changes[sleep].time = Nanos(0);
            let turn = &mut operation.changes[sleep + 1];
            turn.time = Nanos::from_millis(802);
            let ready = Change { state: State::Ready, time: Nanos::from_millis(800), ..*turn };
            operation.changes.insert(sleep + 1, ready);
        })],
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
            (1, "the payment ends before the page is closed", |timeline| end_at(timeline, "payment", 399)),
            (1, "the payment ends after the page", |timeline| end_at(timeline, "payment", 401)),
            (1, "the payment is made", |timeline| say(timeline, "payment", "the payment is made")),
            (2, "a lane is stopped", stop_last),
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
