//! Tasks that wait for what is outside of the program.

use std::future::Future;
use std::time::Duration;

use weft::runtime::host::Clock;
use weft::runtime::tasks::http::{Address, Client};
use weft::runtime::tasks::{Error, files, run_main, streams, to_thread, wait_for};
use weft::runtime::{Config, Failure, Run};
use weft::timeline::{Lane, Timeline};
use weft::trace::{Cause, EventKind, Nanos, State, Target};

use crate::runner::timeline;

/// Runs a program on an event loop, in real time; threads may be used.
fn ran(program: impl Future<Output = Result<(), Failure>> + 'static) -> Timeline {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    runtime.block_on(async {
        let run = Run::new(Config { threads: 1, ..Config::default() }, Clock::start());
        assert_eq!(run_main(&run, program).await, Ok(()));
        timeline(&run)
    })
}

fn suspended(lane: &Lane, now: Nanos) -> Vec<Target> {
    lane.spans_in(State::Suspended, now).filter_map(|span| span.on).collect()
}

#[test]
fn a_thread_wakes_the_task_that_waits_for_it() {
    let timeline = ran(async {
        let sum: u64 = to_thread("sum", || {
            // Long enough for the task to wait, even if the machine puts the loop aside.
            std::thread::sleep(Duration::from_millis(400));
            (1..=1000).sum()
        })
        .await?;
        assert_eq!(sum, 500_500);
        Ok(())
    });
    let main = timeline.lane_named("main").unwrap();
    let thread = timeline.lane_named("sum").unwrap();
    assert_eq!(suspended(main, timeline.now), [Target::Lane(thread.id)]);
    let end = thread.end.as_ref().unwrap().time;
    let woken: Vec<_> = main.changes.iter().filter_map(|change| change.cause).collect();
    assert!(woken.contains(&Cause { lane: thread.id, time: end }), "{woken:?}, and the thread ended at {end}");
}

#[test]
fn one_worker_is_enough_for_one_thread_after_the_other() {
    let timeline = ran(async {
        for number in 0..50 {
            assert_eq!(to_thread("again", move || number).await?, number);
        }
        Ok(())
    });
    assert_eq!(timeline.lanes.iter().filter(|lane| lane.name == "again").count(), 50);
}

#[test]
fn writing_all_before_reading_anything_is_a_deadlock() {
    let timeline = ran(async {
        let (reader, writer) = streams::open_connection("echo").await?;
        // More than fits on the way there, on the way back, and into the writer's buffer.
        writer.write(&[1; 50_000]);
        for _ in 0..20 {
            writer.write(&[2; 20_000]);
        }
        assert_eq!(wait_for(writer.drain(), Duration::from_millis(200)).await, Err(Error::TimedOut));
        assert_eq!(reader.read_exactly(50_000).await?, [1; 50_000]);
        // Reading makes room, all the way back.
        let rest = reader.read_exactly(400_000).await?;
        assert!(rest.iter().all(|byte| *byte == 2));
        writer.drain().await?;
        writer.close();
        assert!(reader.read(1).await?.is_empty());
        Ok(())
    });
    let levels = |name: &str| -> Vec<i64> {
        let stream = timeline.resources.iter().find(|resource| resource.name == name).unwrap();
        let levels = stream.events.iter().filter_map(|event| match event.kind {
            EventKind::Level { value, .. } => Some(value),
            _ => None,
        });
        levels.collect()
    };
    assert!(levels("to echo").iter().any(|level| *level > streams::HIGH as i64));
    assert_eq!(levels("to echo").last(), Some(&0));
    assert_eq!(levels("from echo").last(), Some(&0));
    assert!(levels("from echo").iter().all(|level| *level <= streams::WINDOW as i64));
}

#[test]
fn a_stream_that_ends_too_early_is_an_error() {
    ran(async {
        let (reader, writer) = streams::open_connection("echo").await?;
        writer.write(b"short");
        writer.close();
        let error = reader.read_exactly(10).await.unwrap_err();
        assert_eq!(error, Error::raised("IncompleteReadError: echo ended after 5 of 10 bytes"));
        Ok(())
    });
}

#[test]
fn errors_say_what_was_wrong() {
    ran(async {
        let error = files::read("no such file").await.unwrap_err().to_string();
        assert!(error.starts_with("OSError: no such file: "), "{error}");
        let client = Client::open().await;
        assert!(client.is_served());
        let response = client.get(Address::new("gone").status(404)).await?;
        assert_eq!(response.status(), 404);
        let error = response.raise_for_status().err().unwrap();
        assert_eq!(error, Error::raised("HTTPError: status 404 for gone"));
        Ok(())
    });
}

#[test]
fn what_needs_no_wait_is_met() {
    let timeline = ran(async {
        let client = Client::open().await; // Natively its answer is there at once.
        assert!(client.is_served());
        Ok(())
    });
    let main = timeline.lane_named("main").unwrap();
    let hello = timeline.resources.iter().find(|resource| resource.name == "service worker").unwrap();
    let met: Vec<_> = main.passed.iter().map(|passed| passed.on).collect();
    assert_eq!(met, [Target::Resource(hello.id)]);
}

#[test]
fn a_request_can_time_out() {
    let timeline = ran(async {
        let client = Client::open().await;
        let slow = client.get(Address::new("slow").delay(Duration::from_secs(30)));
        assert_eq!(wait_for(slow, Duration::from_millis(20)).await.err(), Some(Error::TimedOut));
        Ok(())
    });
    let main = timeline.lane_named("main").unwrap();
    let request = timeline.resources.iter().find(|resource| resource.name == "GET httpbin/slow?delay=30000").unwrap();
    assert!(suspended(main, timeline.now).contains(&Target::Resource(request.id)));
    assert!(timeline.now < Nanos::from_millis(10_000), "the run waited for it until {}", timeline.now);
}
