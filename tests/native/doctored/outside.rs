//! Tasks that wait for what is outside: requests, files, a server, a database, another thread.

use weft::demos::Demo;
use weft::timeline::{Change, Timeline};
use weft::trace::{Ending, EventKind, Nanos, State};

use super::{Harmless, check, check_harmless, lane, never_end};
use crate::runner::{run_undisturbed, values};

fn ran(id: &str, set: &[(&str, &str)]) -> Timeline {
    let demo = Demo::find(id).unwrap();
    let ran = run_undisturbed(demo, &values(demo, set), 1.0);
    assert_eq!(ran.outcome, Ok(()));
    ran.timeline
}

/// The lane is Running where it was suspended, and came to nothing that it could have waited for.
fn never_suspended(timeline: &mut Timeline, name: &str) {
    let lane = lane(timeline, name);
    lane.passed.clear();
    for change in &mut lane.changes {
        if change.state == State::Suspended {
            change.state = State::Running;
        }
    }
}

/// All that the lane does from its change `from` on happens so much later.
fn delay_from(timeline: &mut Timeline, name: &str, from: usize, by: Nanos) {
    let lane = lane(timeline, name);
    let first = lane.changes[from].time;
    lane.passed.iter_mut().filter(|passed| passed.time >= first).for_each(|passed| passed.time = passed.time + by);
    for change in lane.changes.iter_mut().skip(from) {
        change.time = change.time + by;
    }
    if let Some(end) = &mut lane.end {
        end.time = end.time + by;
    }
}

fn reword(timeline: &mut Timeline, from: &str, to: &str) {
    let mut changed = 0;
    for print in timeline.prints.iter_mut().filter(|print| print.text.contains(from)) {
        print.text = print.text.replace(from, to);
        changed += 1;
    }
    assert!(changed > 0, "nobody printed {from}");
}

fn rename_resources(timeline: &mut Timeline, from: &str, to: &str) {
    let mut changed = 0;
    for resource in timeline.resources.iter_mut().filter(|resource| resource.name.contains(from)) {
        resource.name = resource.name.replace(from, to);
        changed += 1;
    }
    assert!(changed > 0, "there is no resource {from}");
}

/// The levels of a resource are others.
fn level(timeline: &mut Timeline, name: &str, change: fn(i64) -> i64) {
    let resource = timeline.resources.iter_mut().find(|resource| resource.name == name).unwrap();
    for event in &mut resource.events {
        if let EventKind::Level { value, .. } = &mut event.kind {
            *value = change(*value);
        }
    }
}

#[test]
fn http() {
    let set = [("requests", "3"), ("delay", "50")];
    check(
        "http",
        &set,
        &ran("http", &set),
        &[
            (0, "one request went elsewhere", |timeline| {
                rename_resources(timeline, "GET httpbin/page-2", "GET page-2")
            }),
            (1, "main did not wait", |timeline| never_suspended(timeline, "main")),
            (1, "the requests took a minute longer", |timeline| {
                let last = lane(timeline, "main").changes.len() - 4;
                delay_from(timeline, "main", last, Nanos::from_millis(60_000));
            }),
            (2, "fetch-2 did not wait", |timeline| never_suspended(timeline, "fetch-2")),
            (2, "fetch-3 began when the others were over", |timeline| {
                delay_from(timeline, "fetch-3", 0, Nanos::from_millis(60));
            }),
            (3, "an answer had another status", |timeline| {
                reword(timeline, "page-2: status 200", "page-2: status 404")
            }),
            (3, "the broken one returned", |timeline| {
                lane(timeline, "broken").end.as_mut().unwrap().ending = Ending::Returned;
            }),
            (3, "its error never arrived", |timeline| reword(timeline, "broken failed: ", "broken: ")),
            (4, "a lane never ends", never_end),
        ],
    );
    check_harmless(
        "http",
        &set,
        &ran("http", &set),
        &[("an answer is there before the last has asked", |timeline| {
            delay_from(timeline, "fetch-3", 0, Nanos::from_millis(1));
            let changes = &mut lane(timeline, "fetch-1").changes;
            let waits = (0..changes.len()).rev().filter(|at| changes[*at].state == State::Suspended);
            for at in waits.collect::<Vec<_>>() {
                let answered = Change { state: State::Ready, time: changes[at].time + Nanos(1), ..changes[at] };
                changes.insert(at + 1, answered);
            }
        })],
    );
}

#[test]
fn http_without_a_service_worker() {
    let set = [("requests", "2"), ("delay", "50")];
    let mut timeline = ran("http", &set);
    for name in ["page-1?delay=50", "page-2?delay=50", "broken?delay=50&status=503"] {
        rename_resources(&mut timeline, &format!("httpbin/{name}"), "weft.js");
    }
    let demo = Demo::find("http").unwrap();
    let values = values(demo, &set);
    let seen = weft::demos::Seen { timeline: &timeline, values: &values, speed: 1.0 };
    let observations = weft::demos::observations(demo, &seen);
    assert!(observations.iter().all(|observation| observation.holds), "{observations:?}");
    assert!(observations[0].text.contains("No service worker runs here"), "{}", observations[0].text);
}

#[test]
fn http_stream() {
    let set = [("chunks", "4"), ("delay", "1500")];
    check(
        "http-stream",
        &set,
        &ran("http-stream", &set),
        &[
            (0, "the request went elsewhere", |timeline| rename_resources(timeline, "GET httpbin", "HEAD httpbin")),
            (1, "all came at once", |timeline| {
                let last = timeline.prints.iter().rfind(|print| print.text.ends_with("so far")).unwrap().time;
                timeline.prints.iter_mut().for_each(|print| print.time = last);
            }),
            (1, "the last chunk came early", |timeline| {
                let first = timeline.prints.iter().find(|print| print.text.ends_with("so far")).unwrap().time;
                let prints = timeline.prints.iter_mut().filter(|print| print.text.ends_with("so far"));
                for (print, late) in prints.zip(0..) {
                    print.time = first + Nanos(late);
                }
            }),
            (2, "main kept the loop busy between two chunks", |timeline| {
                // Of the waits for the request only the first is left.
                let changes = &mut lane(timeline, "main").changes;
                let waits = changes.iter_mut().filter(|change| change.state == State::Suspended).skip(1);
                waits.for_each(|change| change.state = State::Running);
            }),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn files() {
    let set = [("size", "100")];
    check(
        "files",
        &set,
        &ran("files", &set),
        &[
            (0, "other bytes were read", |timeline| reword(timeline, "was written: true", "was written: false")),
            (0, "fewer bytes were read", |timeline| reword(timeline, "read 100000 bytes", "read 99999 bytes")),
            (1, "main did not wait for the file", |timeline| never_suspended(timeline, "main")),
            (1, "it was not removed", |timeline| rename_resources(timeline, "remove", "keep")),
            (2, "the ticker had to wait for seconds", |timeline| {
                // Main's first wait for the file lasts so long, and all of it the ticker would like to run.
                let late = Nanos::from_millis(5000);
                let main = lane(timeline, "main");
                let first = main.changes.iter().position(|change| change.state == State::Suspended).unwrap();
                let from = main.changes[first].time;
                delay_from(timeline, "main", first + 1, late);
                let ticker = lane(timeline, "ticker");
                ticker.changes.truncate(1);
                let mut waits = ticker.changes[0];
                (waits.state, waits.time) = (State::Sleeping, from);
                ticker.changes.push(waits);
                (waits.state, waits.time) = (State::Ready, from + Nanos(1000));
                ticker.changes.push(waits);
                (waits.state, waits.time) = (State::Running, from + Nanos::from_millis(4900));
                ticker.changes.push(waits);
            }),
            (2, "there is no ticker", |timeline| lane(timeline, "ticker").changes.clear()),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn streams() {
    let set = [("messages", "40"), ("size", "10000")];
    check(
        "streams",
        &set,
        &ran("streams", &set),
        &[
            (0, "a message came back changed", |timeline| reword(timeline, "40 of 40", "39 of 40")),
            (0, "the server did not close its side", |timeline| reword(timeline, "then 0 bytes", "then 1 bytes")),
            (0, "nothing came back", |timeline| level(timeline, "from echo", |_| 0)),
            (1, "the sender did not wait at a full buffer", |timeline| never_suspended(timeline, "sender")),
            (1, "the sender waited, and the buffer was not full", |timeline| {
                level(timeline, "to echo", |bytes| bytes.min(1000));
            }),
            (2, "the buffer held too much", |timeline| level(timeline, "to echo", |bytes| bytes * 2)),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn database() {
    let set = [("rows", "100"), ("queries", "4")];
    check(
        "database",
        &set,
        &ran("database", &set),
        &[
            (0, "a row was lost", |timeline| reword(timeline, "all together: 49500", "all together: 48510")),
            (0, "a query gave another result", |timeline| reword(timeline, "query 2: 9250", "query 2: 9240")),
            (1, "main did not wait for the writing", |timeline| rename_resources(timeline, "put ", "keep ")),
            (2, "query-3 came when the others were over", |timeline| {
                delay_from(timeline, "query-3", 0, Nanos::from_millis(1000));
            }),
            (2, "nobody waited for the database", |timeline| rename_resources(timeline, "rows ", "none ")),
            (3, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn to_thread_on_the_loop() {
    let set = [("n", "300000"), ("where", "loop")];
    check(
        "to-thread",
        &set,
        &ran("to-thread", &set),
        &[
            (0, "nothing was counted", |timeline| reword(timeline, "loop: ", "nowhere: ")),
            (1, "the ticker had a turn meanwhile", |timeline| {
                let began = timeline.prints.iter().find(|print| print.text == "loop: begins").unwrap().time;
                let ticker = lane(timeline, "ticker");
                let next = ticker.changes.iter().position(|change| change.time > began).unwrap();
                let mut turn = ticker.changes[next];
                turn.state = State::Running;
                turn.time = began + Nanos(1000);
                ticker.changes.insert(next, turn);
            }),
            (2, "a lane never ends", never_end),
        ],
    );
}

#[test]
fn to_thread_elsewhere() {
    let doctors: &[super::Doctor] = &[
        (0, "another number was counted", |timeline| reword(timeline, "78498 primes", "78497 primes")),
        (0, "nothing was counted", |timeline| timeline.prints.retain(|print| !print.text.contains("primes below"))),
        (1, "main kept the loop meanwhile", |timeline| never_suspended(timeline, "main")),
        (1, "something else ended main's wait", |timeline| {
            for change in &mut lane(timeline, "main").changes {
                change.cause = None;
            }
        }),
        (1, "there is no such lane", |timeline| {
            let names = ["thread", "process"];
            let lane = timeline.lanes.iter_mut().find(|lane| names.contains(&lane.name.as_str())).unwrap();
            lane.name = "gone".to_owned();
        }),
        (2, "a lane never ends", never_end),
    ];
    let set = [("n", "1000000"), ("where", "thread")];
    let good = ran("to-thread", &set);
    check("to-thread", &set, &good, doctors);
    let set_aside: &[Harmless] = &[("the machine puts the loop aside meanwhile", |timeline| {
        let began = timeline.prints.iter().find(|print| print.text.ends_with(": begins")).unwrap().time;
        let over = timeline.prints.iter().find(|print| print.text.contains("primes below")).unwrap().time;
        lane(timeline, "ticker").changes.retain(|change| change.time < began || change.time > over);
    })];
    check_harmless("to-thread", &set, &good, set_aside);

    let set = [("n", "1000000"), ("where", "process")];
    check("to-thread", &set, &ran("to-thread", &set), doctors);
}
