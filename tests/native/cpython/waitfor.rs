//! What CPython's `test_asyncio/test_waitfor.py` asserts.

use std::time::Duration;

use weft::runtime::now;
use weft::runtime::tasks::*;

use super::{EPSILON, Seen, ms, play};

/// Sleeps for 0.2 s, and says that it is gone.
async fn slow(exited: Seen) -> Result<(), Error> {
    let _exited = exited.on_drop();
    sleep(ms(200)).await;
    Ok(())
}

#[test]
fn test_asyncio_wait_for_cancelled() {
    play(async {
        let exited = Seen::default();
        let waiting = spawn("waiting", wait_for(slow(exited.clone()), ms(400)));
        sleep(Duration::ZERO).await;
        waiting.cancel();
        wait([waiting], When::All).await?;
        assert!(exited.is());
        Ok(())
    });
}

#[test]
fn test_asyncio_wait_for_timeout() {
    play(async {
        let exited = Seen::default();
        assert_eq!(wait_for(slow(exited.clone()), ms(100)).await, Err(Error::TimedOut));
        assert!(exited.is());
        assert_eq!(now().0 / 1_000_000, 100);
        Ok(())
    });
}

#[test]
fn test_wait_for_timeout_less_then_0_or_0_future_done() {
    play(async {
        let future = Future::new("future");
        future.set_result("done")?;
        assert_eq!(wait_for(future.clone(), Duration::ZERO).await, Ok("done"));
        assert!(future.done());
        Ok(())
    });
}

#[test]
fn test_wait_for_timeout_less_then_0_or_0_coroutine_do_not_started() {
    play(async {
        let started = Seen::default();
        let foo = {
            let started = started.clone();
            async move {
                started.set();
                Ok(())
            }
        };
        assert_eq!(wait_for(foo, Duration::ZERO).await, Err(Error::TimedOut));
        assert!(!started.is());
        Ok(())
    });
}

#[test]
fn test_wait_for_timeout_less_then_0_or_0() {
    play(async {
        let (started, ended) = (Future::new("started"), Seen::default());
        let foo = spawn("foo", {
            let (started, ended) = (started.clone(), ended.clone());
            async move {
                let _ended = ended.on_drop();
                started.set_result(())?;
                sleep(ms(10_000)).await;
                Ok("done")
            }
        });
        started.await?;
        assert_eq!(wait_for(foo.clone(), Duration::ZERO).await, Err(Error::TimedOut));
        assert!(foo.is_done() && foo.is_cancelled() && ended.is());
        Ok(())
    });
}

#[test]
fn test_wait_for() {
    play(async {
        let ended = Seen::default();
        let foo = spawn("foo", {
            let ended = ended.clone();
            async move {
                let _ended = ended.on_drop();
                sleep(ms(10_000)).await;
                Ok("done")
            }
        });
        assert_eq!(wait_for(foo.clone(), ms(100)).await, Err(Error::TimedOut));
        assert!(foo.is_done() && foo.is_cancelled() && ended.is());
        Ok(())
    });
}

#[test]
fn test_wait_for_race_condition() {
    play(async {
        let future = Future::new("future");
        let waiting = wait_for(future.clone(), ms(200));
        call_soon(move || future.set_result("ok").unwrap());
        assert_eq!(waiting.await, Ok("ok"));
        Ok(())
    });
}

#[test]
fn test_wait_for_cancellation_race_condition() {
    play(async {
        let inner = async {
            assert_eq!(catch_cancel(super::nap(1000)).await, Err(Error::Cancelled));
            Ok(1)
        };
        assert_eq!(wait_for(inner, ms(10)).await, Ok(1));
        Ok(())
    });
}

/// A task that takes a moment to clean up when it is cancelled.
fn polite(done: &Seen) -> Task<()> {
    let done = done.clone();
    spawn("inner", async move {
        let _done = done.on_drop();
        let told = catch_cancel(super::nap(10_000)).await;
        sleep(EPSILON).await;
        told
    })
}

#[test]
fn test_wait_for_waits_for_task_cancellation() {
    play(async {
        let done = Seen::default();
        assert_eq!(wait_for(polite(&done), EPSILON).await, Err(Error::TimedOut));
        assert!(done.is());
        Ok(())
    });
}

#[test]
fn test_wait_for_waits_for_task_cancellation_w_timeout_0() {
    play(async {
        let done = Seen::default();
        let inner = polite(&done);
        sleep(EPSILON).await;
        assert_eq!(wait_for(inner, Duration::ZERO).await, Err(Error::TimedOut));
        assert!(done.is());
        Ok(())
    });
}

#[test]
fn test_wait_for_reraises_exception_during_cancellation() {
    play(async {
        let inner = spawn("inner", async {
            let _ = catch_cancel(super::nap(200)).await;
            Err::<(), _>(Error::raised("FooException"))
        });
        assert_eq!(wait_for(inner, EPSILON).await, Err(Error::raised("FooException")));
        Ok(())
    });
}

#[test]
fn test_cancel_wait_for() {
    play(async {
        let blocked = spawn("blocked", async { Future::<()>::new("never").await });
        let waiting = spawn("waiting", wait_for(blocked.clone(), ms(60_000)));
        let cancel = waiting.clone();
        call_soon(move || assert!(cancel.cancel()));
        assert_eq!(waiting.await, Err(Error::Cancelled));
        assert!(blocked.is_cancelled());
        Ok(())
    });
}

#[test]
fn test_wait_for_cancel_suppressed() {
    play(async {
        let stubborn = async {
            let _ = catch_cancel(super::nap(10_000)).await;
            Ok(42)
        };
        assert_eq!(wait_for(stubborn, ms(100)).await, Ok(42));
        Ok(())
    });
}

#[test]
fn test_wait_for_issue86296() {
    play(async {
        let inner = spawn("inner", async { Ok("done") });
        let reached_end = Seen::default();
        let task = spawn("task", {
            let (inner, reached_end) = (inner.clone(), reached_end.clone());
            async move {
                wait_for(inner, ms(100_000)).await?;
                sleep(ms(1000)).await;
                reached_end.set();
                Ok(())
            }
        });
        assert!(!task.is_done());
        sleep(Duration::ZERO).await;
        task.cancel();
        assert_eq!(task.await, Err(Error::Cancelled));
        assert!(inner.is_done());
        assert_eq!(inner.await, Ok("done"));
        assert!(!reached_end.is());
        Ok(())
    });
}

fn done_after(wait: Duration) -> Task<&'static str> {
    spawn("shielded", async move {
        sleep(wait).await;
        Ok("done")
    })
}

#[test]
fn test_zero_timeout() {
    play(async {
        let task = done_after(ms(10));
        assert_eq!(wait_for(shield(task.clone()), Duration::ZERO).await, Err(Error::TimedOut));
        assert!(!task.is_done() && !task.is_cancelled());
        sleep(ms(100)).await;
        assert!(task.is_done());
        Ok(())
    });
}

#[test]
fn test_shielded_timeout() {
    play(async {
        let task = done_after(ms(100));
        assert_eq!(wait_for(shield(task.clone()), ms(10)).await, Err(Error::TimedOut));
        assert!(!task.is_done() && !task.is_cancelled());
        assert_eq!(task.await, Ok("done"));
        Ok(())
    });
}
