//! Tasks that are awaited together: gathered, in a group, whichever is first, and those that fail.

use weft::demos::Demo;
use weft::timeline::Timeline;
use weft::trace::{Ending, Nanos, State};

use super::flow::{doctored, end_as, end_at, harmless, never, say_at, stop_last, unsay};
use super::{end_late, lane, never_end, remove};
use crate::runner::{run_undisturbed, values};

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

/// Whoever woke main, now it says that it was main.
fn main_wakes_itself(timeline: &mut Timeline) {
    let main = lane(timeline, "main");
    for change in &mut main.changes {
        if let Some(cause) = &mut change.cause {
            cause.lane = main.id;
        }
    }
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
            (1, "somebody else wakes main", main_wakes_itself),
            (1, "a task ends at once", |timeline| end_at(timeline, "square-3", 1)),
            (2, "a task is cancelled", |timeline| end_as(timeline, "square-3", Ending::Cancelled)),
            (3, "a lane never ends", never_end),
        ],
    );
    doctored(
        "task-as-completed",
        &[("timeout", "400")],
        &[
            (0, "a result comes twice", |timeline| {
                let again = timeline.prints[0].clone();
                timeline.prints.insert(1, again);
            }),
            (0, "main does not say why it stops", |timeline| unsay(timeline, "the time is up")),
            (1, "somebody else wakes main", main_wakes_itself),
            (2, "a result is missing", |timeline| {
                timeline.prints.remove(0);
            }),
            (2, "main stops too early", |timeline| say_at(timeline, "the time is up", 200)),
            (2, "a task goes on", |timeline| end_as(timeline, "square-3", Ending::Returned)),
            (3, "a lane never ends", never_end),
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
        let mut timeline = run_undisturbed(demo, &values(demo, &[("fail", fail)]), 1.0).timeline;
        assert_eq!(lane(&mut timeline, "child-3").end.as_ref().unwrap().ending, what);
    }
}
