//! What CPython's `test_asyncio/test_timeouts.py` asserts.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use weft::runtime::now;
use weft::runtime::tasks::*;

use super::{Seen, ms, nap, play};

/// A deadline so long from now, for what it becomes and how its body ends.
async fn within<T>(wait: u64, body: impl AsyncFnOnce(&Deadline) -> Result<T, Error>) -> (Result<T, Error>, Deadline) {
    let kept = RefCell::new(None);
    let result = timeout_at(Some(time_after(ms(wait))), async |deadline| {
        kept.replace(Some(deadline.clone()));
        body(deadline).await
    })
    .await;
    (result, kept.take().expect("the body has begun"))
}

/// `RuntimeError: Cannot change state of … Timeout`.
fn refused(state: &str) -> Result<(), Error> {
    Err(Error::raised(format!("RuntimeError: Cannot change state of {state} Timeout")))
}

#[test]
fn test_timeout_basic() {
    play(async {
        let result = timeout(ms(10), nap(10_000)).await;
        assert_eq!(result, Err(Error::TimedOut));
        assert_eq!(now().0 / 1_000_000, 10);
        Ok(())
    });
}

#[test]
fn test_timeout_at_basic() {
    play(async {
        let when = time_after(ms(10));
        let (result, deadline) = within(10, async |_| nap(10_000).await).await;
        assert_eq!(result, Err(Error::TimedOut));
        assert!(deadline.expired());
        assert_eq!(deadline.when(), Some(when));
        Ok(())
    });
}

#[test]
fn test_nested_timeouts() {
    play(async {
        let cancelled = Seen::default();
        let (outer, deadline) = within(10, async |_| {
            let (inner, deadline) = within(10, async |_| nap(10_000).await).await;
            assert!(deadline.expired());
            if inner == Err(Error::Cancelled) {
                cancelled.set();
            }
            inner
        })
        .await;
        // Only the outermost makes a time-out of it.
        assert!(cancelled.is() && deadline.expired());
        assert_eq!(outer, Err(Error::TimedOut));
        Ok(())
    });
}

#[test]
fn test_waiter_cancelled() {
    play(async {
        let cancelled = Seen::default();
        let result = timeout(ms(10), async {
            let told = catch_cancel(nap(10_000)).await;
            if told == Err(Error::Cancelled) {
                cancelled.set();
            }
            told
        });
        assert_eq!(result.await, Err(Error::TimedOut));
        assert!(cancelled.is());
        Ok(())
    });
}

#[test]
fn test_timeout_not_called() {
    play(async {
        let (result, deadline) = within(10_000, async |_| nap(10).await).await;
        assert_eq!(result, Ok(()));
        assert!(!deadline.expired());
        assert!(deadline.when() > Some(now()));
        Ok(())
    });
}

#[test]
fn test_timeout_at_disabled() {
    play(async {
        let seen = timeout_at(None, async |deadline| {
            nap(10).await?;
            Ok((deadline.expired(), deadline.when()))
        });
        assert_eq!(seen.await, Ok((false, None)));
        Ok(())
    });
}

#[test]
fn test_timeout_zero() {
    play(async {
        let began = now();
        let (result, deadline) = within(0, async |_| nap(10_000).await).await;
        assert_eq!(result, Err(Error::TimedOut));
        assert!(deadline.expired());
        assert!(deadline.when().is_some_and(|when| began <= when && when <= now()));
        Ok(())
    });
}

#[test]
fn test_timeout_zero_sleep_zero() {
    play(async {
        let (result, deadline) = within(0, async |_| nap(0).await).await;
        assert_eq!(result, Err(Error::TimedOut));
        assert!(deadline.expired());
        Ok(())
    });
}

#[test]
fn test_timeout_in_the_past_sleep_zero() {
    play(async {
        sleep(ms(20)).await;
        let past = time_after(Duration::ZERO).saturating_sub(ms(11).into());
        assert_eq!(timeout_at(Some(past), async |_| nap(0).await).await, Err(Error::TimedOut));
        Ok(())
    });
}

#[test]
fn test_foreign_exception_passed() {
    play(async {
        let (result, deadline) = within(10, async |_| Err::<(), _>(Error::raised("KeyError"))).await;
        assert_eq!(result, Err(Error::raised("KeyError")));
        assert!(!deadline.expired());
        Ok(())
    });
}

#[test]
fn test_foreign_exception_on_timeout() {
    play(async {
        let crash = async {
            let _ = catch_cancel(nap(1000)).await;
            Err::<(), _>(Error::raised("ZeroDivisionError"))
        };
        assert_eq!(timeout(ms(10), crash).await, Err(Error::raised("ZeroDivisionError")));
        assert_eq!(current_task().cancelling(), 0);
        Ok(())
    });
}

#[test]
fn test_foreign_cancel_doesnt_timeout_if_not_expired() {
    play(async {
        let (result, deadline) = within(10_000, async |_| {
            current_task().cancel();
            nap(10_000).await
        })
        .await;
        assert_eq!(result, Err(Error::Cancelled));
        assert!(!deadline.expired());
        Ok(())
    });
}

#[test]
fn test_outer_task_is_not_cancelled() {
    play(async {
        let task = spawn("outer", async {
            assert_eq!(timeout(ms(1), nap(10_000)).await, Err(Error::TimedOut));
            Ok(())
        });
        task.clone().await?;
        assert!(task.is_done() && !task.is_cancelled());
        Ok(())
    });
}

#[test]
fn test_nested_timeouts_concurrent() {
    play(async {
        let result = timeout(ms(2), async {
            let inner = timeout(ms(100), async {
                tokio::time::advance(ms(10)).await;
                nap(1000).await
            });
            inner.await
        });
        assert_eq!(result.await, Err(Error::TimedOut));
        Ok(())
    });
}

#[test]
fn test_nested_timeouts_loop_busy() {
    play(async {
        let outer = timeout(ms(100), async {
            let inner = timeout(ms(10), async {
                tokio::time::advance(ms(90)).await;
                nap(1000).await
            });
            assert_eq!(inner.await, Err(Error::TimedOut));
            nap(10_000).await
        });
        assert_eq!(outer.await, Err(Error::TimedOut));
        assert_eq!(now().0 / 1_000_000, 100);
        Ok(())
    });
}

#[test]
fn test_reschedule() {
    play(async {
        let (first, second) = (time_after(ms(10_000)), time_after(ms(30_000)));
        let given = Rc::new(RefCell::new(None));
        let task = spawn("task", {
            let given = given.clone();
            timeout_at(Some(first), async move |deadline| {
                given.replace(Some(deadline.clone()));
                nap(50_000).await
            })
        });
        sleep(Duration::ZERO).await;
        let deadline = given.take().expect("the body has begun");
        assert_eq!(deadline.when(), Some(first));
        deadline.reschedule(Some(second))?;
        assert_eq!(deadline.when(), Some(second));
        deadline.reschedule(None)?;
        assert_eq!(deadline.when(), None);
        task.cancel();
        assert_eq!(task.await, Err(Error::Cancelled));
        assert!(!deadline.expired());
        Ok(())
    });
}

#[test]
fn test_nested_timeout_in_finally() {
    play(async {
        let result = timeout(ms(10), async {
            let told = catch_cancel(nap(1000)).await;
            assert_eq!(timeout(ms(10), nap(10_000)).await, Err(Error::TimedOut));
            told
        });
        assert_eq!(result.await, Err(Error::TimedOut));
        assert_eq!(now().0 / 1_000_000, 20);
        Ok(())
    });
}

#[test]
fn test_timeout_after_cancellation() {
    play(async {
        current_task().cancel();
        assert_eq!(catch_cancel(nap(1000)).await, Err(Error::Cancelled));
        assert_eq!(timeout(Duration::ZERO, nap(1000)).await, Err(Error::TimedOut));
        Ok(())
    });
}

#[test]
fn test_cancel_in_timeout_after_cancellation() {
    play(async {
        current_task().cancel();
        assert_eq!(catch_cancel(nap(1000)).await, Err(Error::Cancelled));
        let result = timeout(ms(1000), async {
            current_task().cancel();
            nap(2000).await
        });
        assert_eq!(result.await, Err(Error::Cancelled));
        Ok(())
    });
}

#[test]
fn test_timeout_finished() {
    play(async {
        let (_, deadline) = within(10, async |_| Ok(())).await;
        assert_eq!(deadline.reschedule(None), refused("finished"));
        Ok(())
    });
}

#[test]
fn test_timeout_expired() {
    play(async {
        let (_, deadline) = within(10, async |_| nap(1000).await).await;
        assert_eq!(deadline.reschedule(None), refused("expired"));
        Ok(())
    });
}

#[test]
fn test_timeout_expiring() {
    play(async {
        let (result, _) = within(10, async |deadline| {
            assert_eq!(catch_cancel(nap(1000)).await, Err(Error::Cancelled));
            assert_eq!(deadline.reschedule(None), refused("expiring"));
            Ok(())
        })
        .await;
        assert_eq!(result, Ok(()));
        Ok(())
    });
}

#[test]
fn test_timeout_taskgroup() {
    play(async {
        let result = timeout(ms(10), async {
            task_group(async |group| {
                group.spawn::<()>("task", async {
                    let _ = catch_cancel(nap(2000)).await;
                    Err(Error::raised("ZeroDivisionError"))
                });
                nap(1000).await
            })
            .await
        });
        assert_eq!(result.await, Err(Error::raised("ZeroDivisionError")));
        Ok(())
    });
}
