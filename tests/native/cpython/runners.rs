//! What CPython's `test_asyncio/test_runners.py` asserts, of [`Runner`], which is also what `asyncio.run` is made of.

use std::cell::RefCell;
use std::rc::Rc;

use async_stream::stream;
use weft::runtime::host::Clock;
use weft::runtime::tasks::{AsyncIterator, Error, Runner, Task, catch_cancel, is_debug, spawn};
use weft::runtime::{Config, Failure, Run, run_main};
use weft::timeline::Timeline;
use weft::trace::{Ending, LaneKind};

use super::{Seen, nap, turn};
use crate::runner;

/// Runs the program of a thread, and gives its trace.
fn thread(program: impl FnOnce() -> Result<(), Failure>) -> Timeline {
    let run = Run::new(Config::default(), Clock::start());
    assert_eq!(run_main(&run, LaneKind::Thread, program), Ok(()));
    assert_eq!(run.live_tasks(), 0, "a future was not dropped");
    let timeline = runner::timeline(&run);
    assert_eq!(timeline.anomalies, []);
    timeline
}

/// `asyncio.run(main)`.
fn run<T: Clone + 'static>(main: impl Future<Output = Result<T, Error>> + 'static) -> Result<T, Error> {
    Runner::new().run("main", main)
}

fn ending(timeline: &Timeline, lane: &str) -> (Ending, Option<String>) {
    let end = timeline.lane_named(lane).unwrap().end.as_ref().unwrap();
    (end.ending, end.message.clone())
}

#[test]
fn test_asyncio_run_return() {
    thread(|| {
        let main = async {
            turn().await;
            Ok(42)
        };
        assert_eq!(run(main), Ok(42));
        Ok(())
    });
}

#[test]
fn test_asyncio_run_raises() {
    thread(|| {
        let main = async {
            turn().await;
            Err::<(), _>(Error::raised("ValueError: spam"))
        };
        assert_eq!(run(main), Err(Error::raised("ValueError: spam")));
        Ok(())
    });
}

#[test]
fn test_asyncio_run_debug() {
    thread(|| {
        for on in [false, true] {
            assert_eq!(Runner::new().debug(on).run("main", async { Ok(is_debug()) }), Ok(on));
        }
        Ok(())
    });
}

#[test]
fn test_asyncio_run_cancels_hanging_tasks() {
    thread(|| {
        let left = Rc::new(RefCell::new(None::<Task<()>>));
        let main = {
            let left = left.clone();
            async move {
                left.replace(Some(spawn("leftover", nap(100))));
                Ok(123)
            }
        };
        assert_eq!(run(main), Ok(123));
        assert!(left.take().expect("it was spawned").is_cancelled());
        Ok(())
    });
}

#[test]
fn test_asyncio_run_reports_hanging_tasks_errors() {
    let timeline = thread(|| {
        let main = async {
            spawn("leftover", async {
                assert_eq!(catch_cancel(nap(100)).await, Err(Error::Cancelled));
                Err::<(), _>(Error::raised("ZeroDivisionError: division by zero"))
            });
            turn().await;
            Ok(123)
        };
        assert_eq!(run(main), Ok(123));
        Ok(())
    });
    assert_eq!(ending(&timeline, "leftover"), (Ending::Failed, Some("ZeroDivisionError: division by zero".to_owned())));
}

#[test]
fn test_asyncio_run_closes_gens_after_hanging_tasks_errors() {
    let closed = Seen::default();
    let timeline = thread(|| {
        let numbers = {
            let closed = closed.clone();
            stream! {
                let _closed = closed.on_drop();
                loop {
                    yield 1;
                    let _ = nap(1000).await;
                }
            }
        };
        let main = async {
            spawn("lazyboy", async {
                let spin = async {
                    let mut numbers = Box::pin(numbers);
                    while let Some(1) = numbers.next().await {}
                    Ok(())
                };
                assert_eq!(catch_cancel(spin).await, Err(Error::Cancelled));
                Err::<(), _>(Error::raised("ZeroDivisionError: division by zero"))
            });
            turn().await;
            Err::<(), _>(Error::raised("FancyExit"))
        };
        assert_eq!(run(main), Err(Error::raised("FancyExit")));
        Ok(())
    });
    assert!(closed.is());
    assert_eq!(ending(&timeline, "lazyboy").0, Ending::Failed);
}

#[test]
fn test_non_debug() {
    thread(|| {
        assert_eq!(Runner::new().run("main", async { Ok(is_debug()) }), Ok(false));
        Ok(())
    });
}

#[test]
fn test_debug() {
    thread(|| {
        let mut runner = Runner::new().debug(true);
        for _ in 0..2 {
            assert_eq!(runner.run("main", async { Ok(is_debug()) }), Ok(true));
        }
        Ok(())
    });
}

fn is_closed(runner: &mut Runner) {
    assert_eq!(runner.run("late", async { Ok(()) }), Err(Error::raised("RuntimeError: Runner is closed")));
}

#[test]
fn test_run() {
    thread(|| {
        let mut runner = Runner::new();
        let done = runner.run("f", async {
            turn().await;
            Ok("done")
        });
        assert_eq!(done, Ok("done"));
        runner.close();
        is_closed(&mut runner);
        Ok(())
    });
}

#[test]
fn test_explicit_close() {
    let timeline = thread(|| {
        let mut runner = Runner::new();
        runner.close();
        is_closed(&mut runner);
        Ok(())
    });
    assert_eq!(ending(&timeline, "event loop").0, Ending::Returned);
}

#[test]
fn test_double_close() {
    thread(|| {
        let mut runner = Runner::new();
        runner.close();
        runner.close();
        is_closed(&mut runner);
        Ok(())
    });
}

#[test]
fn test_second_with_block_raises() {
    thread(|| {
        let mut runner = Runner::new();
        assert_eq!(runner.run("first", async { Ok(1) }), Ok(1));
        runner.close();
        is_closed(&mut runner);
        Ok(())
    });
}

#[test]
fn test_recursive_run() {
    thread(|| {
        let inner = run(async { Ok(Runner::new().run("inner", async { Ok(()) })) });
        let text = "RuntimeError: Runner.run() cannot be called from a running event loop";
        assert_eq!(inner, Ok(Err(Error::raised(text))));
        Ok(())
    });
}
