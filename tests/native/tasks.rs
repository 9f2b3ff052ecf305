//! Tasks under paused time: what is cancelled cleans up and does nothing more, turns are taken in order, no future is
//! left, and times are exact.

use std::cell::RefCell;
use std::future::Future;
use std::rc::Rc;
use std::time::Duration;

use weft::demos::{ALL, Demo, Group, Values};
use weft::runtime::host::Clock;
use weft::runtime::tasks::*;
use weft::runtime::{Config, Failure, Run, now};
use weft::timeline::Timeline;
use weft::trace::{Ending, LaneKind, Nanos, State};

use crate::runner::{self, is_exact, timeline};

/// What happened, in order, with the time in milliseconds.
#[derive(Clone, Default)]
struct Log(Rc<RefCell<Vec<String>>>);

impl Log {
    fn put(&self, what: &str) {
        self.0.borrow_mut().push(format!("{} {what}", now().0 / 1_000_000));
    }

    /// Notes `what` when it is dropped.
    fn on_drop(&self, what: &'static str) -> Finally<impl FnOnce() + use<>> {
        let log = self.clone();
        finally(move || log.put(what))
    }

    /// Cleans up, as `what`, when it ends; waits for so long, and notes that it did.
    async fn wait(self, what: &'static str, ms: u64) -> Result<(), Error> {
        let _cleanup = self.on_drop(what);
        sleep(Duration::from_millis(ms)).await;
        self.put("done");
        Ok(())
    }
}

async fn pause(ms: u64) {
    sleep(Duration::from_millis(ms)).await;
}

/// The same as a task's whole work.
async fn nap(ms: u64) -> Result<(), Error> {
    pause(ms).await;
    Ok(())
}

/// Runs a program under paused time, and gives its trace: no future is left, and nothing in it is odd.
pub(crate) fn play<F>(program: F) -> Timeline
where
    F: Future<Output = Result<(), Failure>> + 'static,
{
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap();
    runtime.block_on(async {
        let run = Run::new(Config::default(), Clock::start_tokio());
        assert_eq!(run_main(&run, program).await, Ok(()));
        assert_eq!(run.live_tasks(), 0, "a future was not dropped");
        let timeline = timeline(&run);
        assert_eq!(timeline.anomalies, []);
        timeline
    })
}

/// What a program notes in its log.
fn log<F>(program: impl FnOnce(Log) -> F) -> Vec<String>
where
    F: Future<Output = Result<(), Failure>> + 'static,
{
    let log = Log::default();
    play(program(log.clone()));
    log.0.take()
}

#[test]
fn a_cancelled_task_cleans_up_and_does_nothing_more() {
    let seen = log(async |log: Log| {
        let task = spawn("task", {
            let log = log.clone();
            async move {
                let _outer = log.on_drop("outer");
                let _inner = log.on_drop("inner");
                pause(10).await;
                log.put("first");
                pause(10).await;
                log.put("never");
                Ok(())
            }
        });
        let unborn = spawn("unborn", log.clone().wait("unborn", 0));
        assert!(unborn.cancel());
        pause(15).await;
        assert!(task.cancel());
        log.put("asked");
        assert_eq!(task.clone().await, Err(Error::Cancelled));
        log.put("told");
        assert!(!task.cancel() && task.is_cancelled() && unborn.is_cancelled());
        assert_eq!(unborn.await, Err(Error::Cancelled));
        Ok(())
    });
    assert_eq!(seen, ["10 first", "15 asked", "15 inner", "15 outer", "15 told"]);
}

#[test]
fn a_task_may_cancel_itself() {
    let seen = log(async |log: Log| {
        let own = Rc::new(RefCell::new(None::<Task<()>>));
        let task = spawn("task", {
            let (log, own) = (log.clone(), own.clone());
            async move {
                pause(1).await;
                let _cleanup = log.on_drop("cleaned up");
                own.borrow().as_ref().unwrap().cancel();
                log.put("goes on to its next await");
                pause(1).await;
                log.put("never");
                Ok(())
            }
        });
        own.replace(Some(task.clone()));
        assert_eq!(task.await, Err(Error::Cancelled));
        Ok(())
    });
    assert_eq!(seen, ["1 goes on to its next await", "1 cleaned up"]);
}

#[test]
fn who_catches_a_cancellation_can_await() {
    let seen = log(async |log: Log| {
        let task = spawn("task", {
            let log = log.clone();
            async move {
                let inner = catch_cancel(log.clone().wait("body", 50));
                let outer = catch_cancel(async {
                    // The innermost is told, and passes it on as an error.
                    let told = inner.await;
                    log.put("inner told");
                    told
                });
                let told = outer.await;
                pause(5).await;
                log.put("outer told");
                told
            }
        });
        let stubborn = spawn("stubborn", async {
            let _ = catch_cancel(nap(50)).await;
            Ok(7)
        });
        pause(10).await;
        assert!(task.cancel() && stubborn.cancel());
        assert_eq!(task.await, Err(Error::Cancelled));
        assert_eq!(stubborn.await, Ok(7), "who goes on was not cancelled");
        Ok(())
    });
    assert_eq!(seen, ["10 body", "10 inner told", "15 outer told"]);
}

#[test]
fn what_a_cancelled_task_awaits_goes_with_it_unless_shielded() {
    let seen = log(async |log: Log| {
        let inner = spawn("inner", log.clone().wait("inner", 50));
        let shielded = spawn("shielded", log.clone().wait("shielded", 30));
        let gathered = [spawn("one", log.clone().wait("one", 50)), spawn("two", log.clone().wait("two", 50))];
        let outers = [
            spawn("a", async move { inner.await }),
            spawn("b", shield(shielded.clone())),
            spawn("c", async move { gather(gathered).await.map(drop) }),
        ];
        pause(10).await;
        for outer in &outers {
            outer.cancel();
        }
        assert!(gather(outers).collect_errors().await?.iter().all(|result| *result == Err(Error::Cancelled)));
        assert_eq!(shielded.await, Ok(()));
        Ok(())
    });
    assert_eq!(seen, ["10 inner", "10 one", "10 two", "30 done", "30 shielded"]);
}

#[test]
fn a_dropped_group_takes_its_children_along_at_once() {
    let log = Log::default();
    let timeline = play({
        let log = log.clone();
        async move {
            let group = {
                let log = log.clone();
                async move {
                    let _after = log.on_drop("group is dropped");
                    let inner = task_group(async |group| {
                        group.spawn("one", log.clone().wait("one", 50));
                        group.spawn("two", log.clone().wait("two", 50));
                        nap(50).await
                    });
                    inner.await
                }
            };
            assert_eq!(wait_for(group, Duration::from_millis(10)).await, Err(Error::TimedOut));
            log.put("main goes on");
            Ok(())
        }
    });
    assert_eq!(*log.0.borrow(), ["10 one", "10 two", "10 group is dropped", "10 main goes on"]);
    let main = timeline.lane_named("main").unwrap();
    for child in ["one", "two"] {
        let end = timeline.lane_named(child).unwrap().end.as_ref().unwrap();
        assert_eq!(end.ending, Ending::Cancelled);
        assert!(end.time <= main.end.as_ref().unwrap().time);
    }
}

#[test]
fn a_failing_child_ends_group_and_body() {
    let seen = log(async |log: Log| {
        let result: Result<(), Error> = task_group(async |group| {
            let _body = log.on_drop("body");
            group.spawn("good", log.clone().wait("good", 50));
            group.spawn::<()>("bad", async {
                pause(10).await;
                Err(Error::raised("no luck"))
            });
            pause(60).await;
            log.put("never");
            Ok(())
        })
        .await;
        assert_eq!(result, Err(Error::raised("no luck")));
        let refused: Result<(), Error> = task_group(async |group| {
            group.spawn("other", log.clone().wait("other", 50));
            pause(1).await;
            Err(Error::raised("the body failed"))
        })
        .await;
        assert_eq!(refused, Err(Error::raised("the body failed")));
        Ok(())
    });
    assert_eq!(seen, ["10 good", "10 body", "11 other"]);
}

#[test]
fn ready_tasks_run_in_the_order_in_which_they_were_woken() {
    let seen = log(async |log: Log| {
        let task = |name: &'static str, ms: u64| {
            let log = log.clone();
            spawn(name, async move {
                log.put(name);
                pause(ms).await;
                log.put(name);
                sleep(Duration::ZERO).await;
                log.put(name);
                Ok(())
            })
        };
        // Of one moment, timers are due in the order in which they were set.
        gather([task("a", 20), task("b", 10), task("c", 20)]).await?;
        Ok(())
    });
    assert_eq!(seen, ["0 a", "0 b", "0 c", "10 b", "10 b", "20 a", "20 c", "20 a", "20 c"]);
}

#[test]
fn a_time_out_cuts_what_is_over_in_the_same_turn() {
    let seen = log(async |log: Log| {
        let result = timeout(Duration::from_millis(30), async {
            pause(20).await;
            log.put("first");
            pause(10).await;
            log.put("never");
            Ok(())
        });
        assert_eq!(result.await, Err(Error::TimedOut));
        log.put("cut");
        assert_eq!(wait_for(nap(10), Duration::from_millis(10)).await, Err(Error::TimedOut));
        log.put("late");
        assert_eq!(wait_for(nap(9), Duration::from_millis(10)).await, Ok(()));
        log.put("in time");
        Ok(())
    });
    assert_eq!(seen, ["20 first", "30 cut", "40 late", "49 in time"]);
}

#[test]
fn what_is_left_at_the_end_of_main_is_cancelled_and_may_clean_up() {
    let seen = log(async |log: Log| {
        drop(spawn("left", log.clone().wait("left", 50)));
        drop(spawn("polite", {
            let log = log.clone();
            async move {
                let told = catch_cancel(nap(50)).await;
                pause(5).await;
                log.put("polite");
                told
            }
        }));
        pause(10).await;
        Ok(())
    });
    assert_eq!(seen, ["10 left", "15 polite"]);
}

#[test]
fn what_is_to_be_called_at_the_end_of_a_task_is_called_by_the_loop() {
    let seen = log(async |log: Log| {
        let task = spawn("task", async { Err::<(), _>(Error::raised("no luck")) });
        for name in ["first", "second"] {
            let log = log.clone();
            task.add_done_callback(move |task| log.put(&format!("{name}: {:?}", task.result())));
        }
        assert_eq!(task.clone().await, Err(Error::raised("no luck")));
        log.put("main goes on");
        task.add_done_callback({
            let log = log.clone();
            move |_| log.put("late")
        });
        log.put("soon");
        pause(0).await;
        Ok(())
    });
    let failed = r#"Err(Raised("no luck"))"#;
    let order = [&format!("0 first: {failed}"), &format!("0 second: {failed}"), "0 main goes on", "0 soon", "0 late"];
    assert_eq!(seen, order);
}

#[test]
fn what_is_started_in_the_clean_up_at_the_end_goes_no_further() {
    let seen = log(async |log: Log| {
        drop(spawn("left", {
            let log = log.clone();
            async move {
                let told = catch_cancel(nap(50)).await;
                drop(spawn("late", log.clone().wait("late", 50)));
                pause(5).await;
                log.put("left");
                told
            }
        }));
        pause(10).await;
        Ok(())
    });
    assert_eq!(seen, ["15 left", "15 late"], "it is dropped when the others are over");
}

#[test]
fn tasks_that_await_each_other_end_when_one_is_cancelled() {
    play(async {
        let own = Rc::new(RefCell::new(None::<Task<()>>));
        let one = spawn("one", {
            let own = own.clone();
            async move {
                let other = own.take().expect("it was given");
                other.await
            }
        });
        let other = spawn("other", {
            let one = one.clone();
            async move { one.await }
        });
        own.replace(Some(other.clone()));
        pause(1).await;
        assert!(one.cancel());
        pause(1).await;
        assert!(one.is_cancelled() && other.is_cancelled());
        Ok(())
    });
}

#[test]
fn what_is_too_long_to_wait_for_waits_until_it_is_cancelled() {
    let seen = log(async |log: Log| {
        let sleeper = spawn("sleeper", {
            let log = log.clone();
            async move {
                let _cleanup = log.on_drop("sleeper");
                sleep(Duration::MAX).await;
                Ok(())
            }
        });
        assert_eq!(wait_for(nap(10), Duration::MAX).await, Ok(()));
        assert_eq!(wait_for(sleeper, Duration::from_millis(5)).await, Err(Error::TimedOut));
        log.put("main");
        Ok(())
    });
    assert_eq!(seen, ["15 sleeper", "15 main"]);
}

#[test]
fn ready_is_told_from_suspended() {
    let timeline = {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let run = Run::new(Config::default(), Clock::start());
            let program = async {
                // Long, so that main works well before it is over, whatever else the machine does.
                let sleeper = spawn("sleeper", nap(300));
                let waiter = spawn("waiter", async { sleeper.await });
                sleep(Duration::from_millis(1)).await;
                weft::runtime::threads::work(Duration::from_millis(340));
                waiter.await?;
                Ok(())
            };
            assert_eq!(run_main(&run, program).await, Ok(()));
            timeline(&run)
        })
    };
    let sleeper = timeline.lane_named("sleeper").unwrap();
    let sleep: Vec<_> = sleeper.spans_in(State::Sleeping, timeline.now).collect();
    assert_eq!(sleep.len(), 1);
    assert_eq!(sleep[0].duration(), Nanos::from_millis(300), "it slept until its timer was due");
    let ready = sleeper.spans_in(State::Ready, timeline.now).last().unwrap();
    assert!(ready.start == sleep[0].end && ready.duration() > Nanos::from_millis(30), "then it was ready: {ready:?}");
    let event_loop = timeline.lanes.iter().find(|lane| lane.kind == Some(LaneKind::EventLoop)).unwrap();
    assert_eq!(ready.cause.map(|cause| cause.lane), Some(event_loop.id));
    let late = timeline.marks.iter().find(|mark| mark.lane == event_loop.id).unwrap();
    assert!(late.text.starts_with("1 timer came") && late.text.contains("late: main ran for"), "{}", late.text);
    let waiter = timeline.lane_named("waiter").unwrap();
    assert_eq!(waiter.spans_in(State::Suspended, timeline.now).count(), 1);
}

/// Main's end at the defaults, in milliseconds.
const ENDS: &[(&str, u64)] = &[
    ("coroutine", 1200),
    ("sequential-gather", 1600),
    ("await-switch", 900),
    ("async-context", 700),
    ("gather-errors", 1000),
    ("task-error", 800),
    ("wait-for", 500),
    ("timeout-scope", 500),
    ("cancel", 700),
    ("wait-first", 200),
    ("task-as-completed", 700),
    ("shield", 800),
    ("task-group", 900),
    ("background-task", 400),
];

#[test]
fn demos_without_threads_take_exactly_the_time_of_their_waits() {
    for demo in ALL.iter().filter(|demo| demo.group == Group::Tasks && !demo.hidden && is_exact(demo)) {
        let timeline = runner::run(demo, &Values::defaults(&demo.program), 1.0).timeline;
        let times = timeline.lanes.iter().flat_map(|lane| lane.changes.iter().map(|change| change.time));
        for time in times.chain(timeline.lanes.iter().filter_map(|lane| Some(lane.end.as_ref()?.time))) {
            // Events of one resource are told apart by nanoseconds.
            assert!(time.0 % 1_000_000 < 1000, "{}: {time:?} is no whole number of milliseconds", demo.id());
        }
        if let Some((_, end)) = ENDS.iter().find(|(id, _)| *id == demo.id()) {
            let main = timeline.lane_named("main").unwrap().end.as_ref().unwrap().time;
            assert_eq!(main, Nanos::from_millis(*end), "{}", demo.id());
        }
    }
    for (id, _) in ENDS {
        assert!(is_exact(Demo::find(id).unwrap()), "{id}");
    }
}
