//! What CPython's `test_asyncio/test_tasks.py` asserts.

use std::cell::{Cell, RefCell};
use std::rc::Rc;
use std::time::Duration;

use weft::runtime::now;
use weft::runtime::tasks::*;
use weft::runtime::threads;

use super::{Seen, ms, nap, play};

/// Every task that is ready has a turn.
async fn run_briefly() {
    sleep(Duration::ZERO).await;
}

fn future<T: Clone + 'static>(name: &str) -> Future<T> {
    Future::new(name)
}

/// A task that awaits a future.
fn awaiting<T: Clone + 'static>(name: &str, future: &Future<T>) -> Task<T> {
    let future = future.clone();
    spawn(name, async move { future.await })
}

fn after<T: 'static>(wait: u64, value: T) -> Task<T> {
    spawn(format!("after-{wait}"), async move {
        sleep(ms(wait)).await;
        Ok(value)
    })
}

fn failing_after(wait: u64) -> Task<u32> {
    spawn(format!("failing-{wait}"), async move {
        sleep(ms(wait)).await;
        Err(Error::raised("ZeroDivisionError"))
    })
}

#[test]
fn test_task_awaits_on_itself() {
    play(async {
        let own = Rc::new(RefCell::new(None::<Task<()>>));
        let task = spawn("own", {
            let own = own.clone();
            async move {
                let own = own.take().expect("it was given");
                own.await
            }
        });
        own.replace(Some(task.clone()));
        assert_eq!(task.await, Err(Error::raised("RuntimeError: Task cannot await on itself: own")));
        Ok(())
    });
}

#[test]
fn test_task_basics() {
    play(async {
        let outer = spawn("outer", async {
            let (one, two) = (after(1, 42), after(2, 1000));
            Ok(one.await? + two.await?)
        });
        assert_eq!(outer.await, Ok(1042));
        Ok(())
    });
}

#[test]
fn test_cancelling() {
    play(async {
        let task = spawn("task", nap(10_000));
        assert_eq!(task.cancelling(), 0);
        assert!(task.cancel());
        assert_eq!(task.cancelling(), 1);
        assert!(task.cancel());
        assert_eq!(task.await, Err(Error::Cancelled));
        Ok(())
    });
}

#[test]
fn test_uncancel_basic() {
    play(async {
        let task = spawn("task", async {
            if catch_cancel(nap(10_000)).await.is_err() {
                current_task().uncancel();
            }
            nap(10_000).await
        });
        sleep(ms(10)).await;
        assert!(task.cancel());
        assert_eq!((task.cancelling(), task.is_cancelled()), (1, false));
        sleep(ms(10)).await;
        assert_eq!((task.cancelling(), task.is_cancelled()), (0, false));
        assert!(task.cancel());
        assert_eq!((task.cancelling(), task.is_cancelled()), (1, false));
        assert_eq!(task.clone().await, Err(Error::Cancelled));
        task.uncancel();
        assert!(task.is_cancelled() && task.is_done());
        Ok(())
    });
}

#[test]
fn test_uncancel_structured_blocks() {
    play(async {
        let request = |time: u64, limit: u64| async move {
            let in_time = timeout(ms(limit), nap(time)).await;
            run_briefly().await;
            Ok((in_time, current_task().cancelling()))
        };
        assert_eq!(spawn("late", request(10_000, 100)).await, Ok((Err(Error::TimedOut), 0)));
        assert_eq!(spawn("in time", request(0, 10_000)).await, Ok((Ok(()), 0)));
        Ok(())
    });
}

#[test]
fn test_uncancel_resets_must_cancel() {
    play(async {
        let future = future("future");
        let task = awaiting("task", &future);
        run_briefly().await;
        future.set_result(42)?;
        task.cancel();
        assert_eq!(task.cancelling(), 1);
        task.uncancel();
        assert_eq!(task.cancelling(), 0);
        assert_eq!(task.await, Ok(42));
        Ok(())
    });
}

#[test]
fn test_cancel() {
    play(async {
        let task = after(10_000, 12);
        let cancel = task.clone();
        call_soon(move || assert!(cancel.cancel()));
        assert_eq!(task.clone().await, Err(Error::Cancelled));
        assert!(task.is_done() && task.is_cancelled() && !task.cancel());
        assert_eq!(now().0 / 1_000_000, 0);
        Ok(())
    });
}

#[test]
fn test_cancel_yield() {
    play(async {
        let task = spawn("task", async {
            run_briefly().await;
            run_briefly().await;
            Ok(12)
        });
        run_briefly().await;
        task.cancel();
        assert_eq!(task.clone().await, Err(Error::Cancelled));
        assert!(task.is_done() && task.is_cancelled() && !task.cancel());
        Ok(())
    });
}

#[test]
fn test_cancel_inner_future() {
    play(async {
        let future = future::<()>("future");
        let task = awaiting("task", &future);
        run_briefly().await;
        future.cancel();
        assert_eq!(task.clone().await, Err(Error::Cancelled));
        assert!(future.cancelled() && task.is_cancelled());
        Ok(())
    });
}

#[test]
fn test_cancel_both_task_and_inner_future() {
    play(async {
        let future = future::<()>("future");
        let task = awaiting("task", &future);
        run_briefly().await;
        future.cancel();
        task.cancel();
        assert_eq!(task.clone().await, Err(Error::Cancelled));
        assert!(task.is_done() && future.cancelled() && task.is_cancelled());
        Ok(())
    });
}

#[test]
fn test_cancel_task_catching() {
    play(async {
        let (first, second) = (future::<()>("first"), future::<()>("second"));
        let task = spawn("task", {
            let (first, second) = (first.clone(), second.clone());
            async move {
                first.await?;
                Ok(if second.await == Err(Error::Cancelled) { 42 } else { 0 })
            }
        });
        run_briefly().await;
        first.set_result(())?;
        run_briefly().await;
        task.cancel();
        assert!(second.cancelled());
        assert_eq!(task.clone().await, Ok(42));
        assert!(!task.is_cancelled());
        Ok(())
    });
}

#[test]
fn test_cancel_task_ignoring() {
    play(async {
        let (first, second, third) = (future::<()>("first"), future::<()>("second"), future("third"));
        let task = spawn("task", {
            let (first, second, third) = (first.clone(), second.clone(), third.clone());
            async move {
                first.await?;
                assert_eq!(second.await, Err(Error::Cancelled));
                third.await
            }
        });
        run_briefly().await;
        first.set_result(())?;
        run_briefly().await;
        task.cancel();
        assert!(second.cancelled());
        run_briefly().await;
        third.set_result(42)?;
        assert_eq!(task.clone().await, Ok(42));
        assert!(!third.cancelled() && !task.is_cancelled());
        Ok(())
    });
}

#[test]
fn test_cancel_current_task() {
    play(async {
        let task = spawn("task", async {
            current_task().cancel();
            sleep(ms(100_000)).await;
            Ok(12)
        });
        assert_eq!(task.clone().await, Err(Error::Cancelled));
        assert!(task.is_done() && task.is_cancelled() && !task.cancel());
        assert_eq!(now().0 / 1_000_000, 0);
        Ok(())
    });
}

#[test]
fn test_cancel_at_end() {
    play(async {
        let task = spawn("task", async {
            current_task().cancel();
            Ok(12)
        });
        assert_eq!(task.clone().await, Err(Error::Cancelled));
        assert!(task.is_done() && task.is_cancelled() && !task.cancel());
        // Nor is it lost in what would catch it, but ends at once.
        let caught = spawn("caught", async {
            let body = async {
                current_task().cancel();
                Ok(())
            };
            catch_cancel(body).await?;
            nap(1000).await
        });
        assert_eq!(caught.await, Err(Error::Cancelled));
        Ok(())
    });
}

#[test]
fn test_cancel_awaited_task() {
    play(async {
        let future = future::<()>("future");
        let nested = Rc::new(RefCell::new(None));
        let task = spawn("task", {
            let (future, nested) = (future.clone(), nested.clone());
            async move {
                let task = awaiting("nested", &future);
                nested.replace(Some(task.clone()));
                run_briefly().await;
                current_task().cancel();
                task.await
            }
        });
        assert_eq!(task.clone().await, Err(Error::Cancelled));
        assert!(task.is_cancelled() && future.cancelled());
        assert!(nested.take().is_some_and(|nested| nested.is_cancelled()));
        Ok(())
    });
}

#[test]
fn test_wait() {
    play(async {
        let tasks = [after(100, "a"), after(150, "b")];
        let Waited { done, pending } = wait(tasks, When::All).await?;
        assert_eq!((done.len(), pending.len()), (2, 0));
        assert_eq!(now().0 / 1_000_000, 150);
        assert_eq!(done[0].result(), Ok("a"));
        Ok(())
    });
}

#[test]
fn test_wait_errors() {
    play(async {
        let nothing = wait(Vec::<Task<()>>::new(), When::All).await;
        assert_eq!(nothing.err(), Some(Error::raised("ValueError: Set of Tasks/Futures is empty.")));
        Ok(())
    });
}

#[test]
fn test_wait_first_completed() {
    play(async {
        let (slow, quick) = (after(10_000, ()), after(100, ()));
        let Waited { done, pending } = wait([quick, slow], When::FirstCompleted).await?;
        assert_eq!((done[0].name(), pending[0].name()), ("after-100", "after-10000"));
        assert_eq!(now().0 / 1_000_000, 100);
        Ok(())
    });
}

#[test]
fn test_wait_really_done() {
    play(async {
        let tasks = ["a", "b"].map(|name| {
            spawn(name, async {
                run_briefly().await;
                run_briefly().await;
                Ok(())
            })
        });
        let Waited { done, pending } = wait(tasks, When::FirstCompleted).await?;
        assert_eq!((done.len(), pending.len()), (2, 0), "both are done when the waiter has its turn");
        Ok(())
    });
}

#[test]
fn test_wait_first_exception() {
    play(async {
        let (slow, failing) = (after(10_000, 0), spawn("failing", async { Err(Error::raised("ZeroDivisionError")) }));
        let Waited { done, pending } = wait([failing, slow], When::FirstError).await?;
        assert_eq!((done.len(), pending.len()), (1, 1));
        assert_eq!(now().0 / 1_000_000, 0);
        Ok(())
    });
}

#[test]
fn test_wait_first_exception_in_wait() {
    play(async {
        let Waited { done, pending } = wait([failing_after(10), after(10_000, 0)], When::FirstError).await?;
        assert_eq!((done[0].name(), pending[0].name()), ("failing-10", "after-10000"));
        assert_eq!(now().0 / 1_000_000, 10);
        Ok(())
    });
}

#[test]
fn test_wait_with_exception() {
    play(async {
        let Waited { done, pending } = wait([after(100, 0), failing_after(150)], When::All).await?;
        assert_eq!((done.len(), pending.len()), (2, 0));
        let failed = done.iter().filter(|task| task.exception() != Ok(None)).count();
        assert_eq!(failed, 1);
        assert_eq!(now().0 / 1_000_000, 150);
        Ok(())
    });
}

#[test]
fn test_wait_with_timeout() {
    play(async {
        let tasks = [after(100, ()), after(150, ())];
        let Waited { done, pending } = wait(tasks, When::All).at_most(ms(110)).await?;
        assert_eq!((done[0].name(), pending[0].name()), ("after-100", "after-150"));
        assert_eq!(now().0 / 1_000_000, 110);
        Ok(())
    });
}

#[test]
fn test_wait_concurrent_complete() {
    play(async {
        let tasks = [after(100, ()), after(150, ())];
        run_briefly().await;
        let Waited { done, pending } = wait(tasks, When::All).at_most(ms(100)).await?;
        assert_eq!((done[0].name(), pending[0].name()), ("after-100", "after-150"));
        Ok(())
    });
}

#[test]
fn test_as_completed() {
    play(async {
        let mut results = as_completed([after(10, "c"), after(1, "b"), after(100, "a")]);
        let mut came = Vec::new();
        while let Some(result) = results.next().await {
            came.push(result?);
        }
        assert_eq!(came, ["b", "c", "a"]);
        Ok(())
    });
}

#[test]
fn test_as_completed_with_timeout() {
    play(async {
        let mut results = as_completed([after(100, "a"), after(150, "b")]).at_most(ms(120));
        assert_eq!(results.next().await, Some(Ok("a")));
        assert_eq!(results.next().await, Some(Err(Error::TimedOut)));
        assert_eq!(results.next().await, None);
        assert_eq!(now().0 / 1_000_000, 120);
        Ok(())
    });
}

#[test]
fn test_as_completed_with_unused_timeout() {
    play(async {
        let mut results = as_completed([after(10, "a")]).at_most(ms(1000));
        assert_eq!(results.next().await, Some(Ok("a")));
        assert_eq!(results.next().await, None);
        Ok(())
    });
}

#[test]
fn test_as_completed_concurrent() {
    play(async {
        let mut results = as_completed([after(50, "a"), after(50, "b")]);
        assert_eq!(results.next().await, Some(Ok("a")));
        assert_eq!(results.next().await, Some(Ok("b")));
        assert_eq!(now().0 / 1_000_000, 50);
        Ok(())
    });
}

#[test]
fn test_sleep() {
    play(async {
        let sleeper = async {
            sleep(ms(50)).await;
            sleep(ms(50)).await;
            Ok("yeah")
        };
        assert_eq!(spawn("sleeper", sleeper).await, Ok("yeah"));
        assert_eq!(now().0 / 1_000_000, 100);
        Ok(())
    });
}

#[test]
fn test_task_cancel_sleeping_task() {
    play(async {
        let sleeper = spawn("sleeper", nap(10_000));
        run_briefly().await;
        sleeper.cancel();
        assert_eq!(sleeper.clone().await, Err(Error::Cancelled));
        assert_eq!(now().0 / 1_000_000, 0);
        Ok(())
    });
}

#[test]
fn test_task_cancel_waiter_future() {
    play(async {
        let future = future::<()>("future");
        let task = awaiting("task", &future);
        run_briefly().await;
        task.cancel();
        assert_eq!(task.clone().await, Err(Error::Cancelled));
        assert!(task.is_done() && future.cancelled());
        Ok(())
    });
}

#[test]
fn test_current_task() {
    play(async {
        let task = spawn("task", async { Ok(current_task().name().to_owned()) });
        assert_eq!(task.await, Ok("task".to_owned()));
        assert_eq!(current_task().name(), "main");
        let left = spawn("left", nap(10));
        assert_eq!(all_tasks().iter().map(AnyTask::name).collect::<Vec<_>>(), ["main", "left"]);
        left.await?;
        Ok(())
    });
}

#[test]
fn test_current_task_with_interleaving_tasks() {
    play(async {
        let (first, second) = (future("first"), future("second"));
        let one = spawn("one", {
            let (first, second) = (first.clone(), second.clone());
            async move {
                assert_eq!(current_task().name(), "one");
                first.await?;
                assert_eq!(current_task().name(), "one");
                second.set_result(true)
            }
        });
        let two = spawn("two", async move {
            assert_eq!(current_task().name(), "two");
            first.set_result(true)?;
            second.await?;
            assert_eq!(current_task().name(), "two");
            Ok(())
        });
        for task in wait([one, two], When::All).await?.done {
            task.result()?;
        }
        Ok(())
    });
}

#[test]
fn test_yield_future_passes_cancel() {
    play(async {
        let (waiter, proof) = (future::<()>("waiter"), Rc::new(Cell::new(0)));
        let outer = spawn("outer", {
            let (waiter, proof) = (waiter.clone(), proof.clone());
            async move {
                let inner = async {
                    let told = waiter.await;
                    proof.set(proof.get() + u32::from(told == Err(Error::Cancelled)));
                    told
                };
                let told = inner.await;
                proof.set(proof.get() + if told == Err(Error::Cancelled) { 100 } else { 10 });
                Ok(())
            }
        });
        run_briefly().await;
        outer.cancel();
        assert_eq!(outer.await, Ok(()));
        assert_eq!(proof.get(), 101);
        assert!(waiter.cancelled());
        Ok(())
    });
}

#[test]
fn test_yield_wait_does_not_shield_cancel() {
    play(async {
        let (waiter, proof) = (future("waiter"), Rc::new(Cell::new(0)));
        let outer = spawn("outer", {
            let (waiter, proof) = (waiter.clone(), proof.clone());
            async move {
                let inner = spawn("inner", {
                    let proof = proof.clone();
                    async move {
                        waiter.await?;
                        proof.set(proof.get() + 1);
                        Ok(())
                    }
                });
                wait([inner], When::All).await?;
                proof.set(proof.get() + 100);
                Ok(())
            }
        });
        run_briefly().await;
        run_briefly().await;
        outer.cancel();
        assert_eq!(outer.await, Err(Error::Cancelled));
        waiter.set_result(())?;
        run_briefly().await;
        assert_eq!(proof.get(), 1);
        Ok(())
    });
}

#[test]
fn test_shield_result() {
    play(async {
        let inner = future("inner");
        let outer = spawn("outer", shield(awaiting("task", &inner)));
        inner.set_result(42)?;
        assert_eq!(outer.await, Ok(42));
        Ok(())
    });
}

#[test]
fn test_shield_exception() {
    play(async {
        let inner = future::<()>("inner");
        let outer = spawn("outer", shield(awaiting("task", &inner)));
        run_briefly().await;
        inner.set_error(Error::raised("expected"))?;
        assert_eq!(outer.await, Err(Error::raised("expected")));
        Ok(())
    });
}

#[test]
fn test_shield_cancel_inner() {
    play(async {
        let inner = spawn("inner", nap(1000));
        let outer = spawn("outer", shield(inner.clone()));
        run_briefly().await;
        inner.cancel();
        assert_eq!(outer.await, Err(Error::Cancelled));
        Ok(())
    });
}

#[test]
fn test_shield_cancel_outer() {
    play(async {
        let inner = spawn("inner", nap(1000));
        let outer = spawn("outer", shield(inner.clone()));
        run_briefly().await;
        outer.cancel();
        run_briefly().await;
        assert!(outer.is_cancelled() && !inner.is_done());
        Ok(())
    });
}

#[test]
fn test_shield_effect() {
    play(async {
        let (waiter, proof) = (future("waiter"), Rc::new(Cell::new(0)));
        let inner = spawn("inner", {
            let (waiter, proof) = (waiter.clone(), proof.clone());
            async move {
                waiter.await?;
                proof.set(proof.get() + 1);
                Ok(())
            }
        });
        let outer = spawn("outer", {
            let proof = proof.clone();
            async move {
                shield(inner).await?;
                proof.set(proof.get() + 100);
                Ok(())
            }
        });
        run_briefly().await;
        outer.cancel();
        assert_eq!(outer.await, Err(Error::Cancelled));
        waiter.set_result(())?;
        run_briefly().await;
        assert_eq!(proof.get(), 1);
        Ok(())
    });
}

#[test]
fn test_gather_shield() {
    play(async {
        let children = [spawn("one", nap(1000)), spawn("two", nap(1000))];
        let shields = children.clone().map(|child| spawn(format!("shield of {}", child.name()), shield(child)));
        let parent = spawn("parent", {
            let shields = shields.clone();
            async move { gather(shields).await }
        });
        run_briefly().await;
        run_briefly().await;
        parent.cancel();
        run_briefly().await;
        run_briefly().await;
        assert!(parent.is_cancelled() && shields.iter().all(Task::is_cancelled));
        assert!(!children.iter().any(Task::is_done));
        Ok(())
    });
}

#[test]
fn test_cancel_gather_2() {
    play(async {
        let task = spawn("task", async {
            loop {
                let _ = gather([spawn("nap", nap(50))]).collect_errors().await?;
            }
        });
        sleep(ms(200)).await;
        task.cancel();
        assert_eq!(Task::<()>::clone(&task).await, Err(Error::Cancelled));
        Ok(())
    });
}

// `GatherTestsBase` and its subclasses.

#[test]
fn test_success() {
    play(async {
        let futures = ["a", "b", "c"].map(future);
        let gathering = spawn("gathering", {
            let tasks = futures.clone().map(|future| awaiting("task", &future));
            async move { gather(tasks).await }
        });
        for (place, value) in [(1, 1), (0, 2)] {
            futures[place].set_result(value)?;
            run_briefly().await;
            assert!(!gathering.is_done());
        }
        futures[2].set_result(3)?;
        assert_eq!(gathering.await, Ok(vec![2, 1, 3]));
        Ok(())
    });
}

#[test]
fn test_one_exception() {
    play(async {
        // In the order of time, not of the list.
        let result = gather([failing_after(20), after(10, 1), failing_after(5), after(30, 2)]).await;
        assert_eq!(result, Err(Error::raised("ZeroDivisionError")));
        assert_eq!(now().0 / 1_000_000, 5);
        let first = gather([
            spawn("late", async {
                sleep(ms(20)).await;
                Err::<(), _>(Error::raised("late"))
            }),
            spawn("early", async {
                sleep(ms(10)).await;
                Err(Error::raised("early"))
            }),
            spawn("both by then", nap(30)),
        ]);
        sleep(ms(25)).await;
        assert_eq!(first.await, Err(Error::raised("late")), "of those that are over already, the first in the list");
        let raced = gather([failing_after(20), spawn("early", async { Err(Error::raised("early")) })]);
        assert_eq!(raced.await, Err(Error::raised("early")));
        Ok(())
    });
}

#[test]
fn test_return_exceptions() {
    play(async {
        let results = gather([after(10, 3), failing_after(20), after(5, 1)]).collect_errors().await?;
        assert_eq!(results, [Ok(3), Err(Error::raised("ZeroDivisionError")), Ok(1)]);
        assert_eq!(now().0 / 1_000_000, 20);
        Ok(())
    });
}

#[test]
fn test_one_cancellation() {
    play(async {
        let tasks = [after(50, 1), after(60, 2), after(70, 3)];
        let gathering = spawn("gathering", {
            let tasks = tasks.clone();
            async move { gather(tasks).await }
        });
        run_briefly().await;
        tasks[0].cancel();
        assert_eq!(gathering.await, Err(Error::Cancelled));
        assert!(!tasks[1].is_done());
        Ok(())
    });
}

#[test]
fn test_result_exception_one_cancellation() {
    play(async {
        let tasks = [after(10, 1), after(60, 2), failing_after(20)];
        let gathering = spawn("gathering", {
            let tasks = tasks.clone();
            async move { gather(tasks).collect_errors().await }
        });
        sleep(ms(15)).await;
        tasks[1].cancel();
        let failed = Error::raised("ZeroDivisionError");
        assert_eq!(gathering.await, Ok(vec![Ok(1), Err(Error::Cancelled), Err(failed)]));
        Ok(())
    });
}

#[test]
fn test_duplicate_coroutines() {
    play(async {
        let (one, two) = (after(10, "abc"), after(20, "def"));
        assert_eq!(gather([one.clone(), two, one.clone(), one]).await, Ok(vec!["abc", "def", "abc", "abc"]));
        Ok(())
    });
}

#[test]
fn test_cancellation_broadcast() {
    play(async {
        let proof = Rc::new(Cell::new(0));
        let waiter = future::<()>("waiter");
        let inner = |name: &str| {
            let (proof, waiter) = (proof.clone(), waiter.clone());
            spawn(name, async move {
                waiter.await?;
                proof.set(proof.get() + 1);
                Ok(())
            })
        };
        let children = [inner("one"), inner("two")];
        let outer = spawn("outer", {
            let (children, proof) = (children.clone(), proof.clone());
            async move {
                gather(children).await?;
                proof.set(proof.get() + 100);
                Ok(())
            }
        });
        run_briefly().await;
        run_briefly().await;
        assert!(outer.cancel());
        assert_eq!(outer.await, Err(Error::Cancelled));
        assert!(children.iter().all(Task::is_cancelled));
        assert_eq!(proof.get(), 0);
        Ok(())
    });
}

#[test]
fn test_exception_marking() {
    play(async {
        let failing = |name: &str, waiter: Future<()>| {
            let name = name.to_owned();
            spawn(name.clone(), async move {
                waiter.await?;
                Err::<(), _>(Error::raised(name))
            })
        };
        let (first, second) = (future("first"), future("second"));
        let gathering = spawn("gathering", {
            let tasks = [failing("a", first.clone()), failing("b", second.clone())];
            async move { gather(tasks).await }
        });
        run_briefly().await;
        run_briefly().await;
        second.set_result(())?;
        first.set_result(())?;
        assert_eq!(gathering.await, Err(Error::raised("b")));
        Ok(())
    });
}

#[test]
fn test_sleep_zero() {
    play(async {
        let result = Seen::default();
        let incrementing = spawn("incrementing", {
            let result = result.clone();
            async move {
                run_briefly().await;
                result.set();
                Ok(())
            }
        });
        assert!(!result.is());
        incrementing.await?;
        assert!(result.is());
        assert_eq!(now().0 / 1_000_000, 0);
        Ok(())
    });
}

/// Adds in the loop of the main thread, for another thread; what that thread does with the future is what is returned.
fn for_another_thread<R: Clone + Send + 'static>(
    add: impl AsyncFnOnce() -> Result<u32, Error> + Send + 'static,
    ask: impl FnOnce(threads::Future<Result<u32, Error>>) -> R + Send + 'static,
) -> R {
    let (given, value) = (Rc::new(Cell::new(None)), Rc::new(Cell::new(None)));
    given.set(Some((add, ask)));
    let kept = value.clone();
    crate::threads::run(move || {
        let main = async move {
            let event_loop = running_loop();
            let Some((add, ask)) = given.take() else { unreachable!("it runs once") };
            let asked = to_thread("asking", move || ask(event_loop.spawn("add", || async { add().await }))).await?;
            sleep(ms(100)).await;
            assert_eq!(all_tasks().len(), 1, "only main is left");
            kept.set(Some(asked));
            Ok(())
        };
        Ok(Runner::new().run("main", main)?)
    });
    value.take().expect("it was asked")
}

async fn add_slowly() -> Result<u32, Error> {
    sleep(ms(50)).await;
    Ok(1 + 2)
}

#[test]
fn test_run_coroutine_threadsafe() {
    assert_eq!(for_another_thread(add_slowly, |future| future.result()), Ok(3));
}

#[test]
fn test_run_coroutine_threadsafe_with_exception() {
    let fail = async || {
        add_slowly().await?;
        Err(Error::raised("Fail!"))
    };
    assert_eq!(for_another_thread(fail, |future| future.exception()), Ok(Some(Error::raised("Fail!"))));
}

#[test]
fn test_run_coroutine_threadsafe_with_timeout() {
    let asked = for_another_thread(add_slowly, |future| {
        let in_time = future.result_timeout(Duration::ZERO);
        in_time.map_err(|future| future.cancel())
    });
    assert_eq!(asked, Err(true));
}

#[test]
fn test_run_coroutine_threadsafe_task_cancelled() {
    let cancelled = async || {
        sleep(ms(50)).await;
        current_task().cancel();
        sleep(Duration::ZERO).await;
        unreachable!("it is cancelled at its next await")
    };
    let asked = for_another_thread(cancelled, |future| future.try_result());
    assert_eq!(asked, Err(threads::NoResult::Cancelled("add".to_owned())));
}

#[test]
fn a_loop_that_is_closed_takes_nothing_and_owes_nothing() {
    crate::threads::run(|| {
        let mut runner = Runner::new();
        let event_loop = runner.run("main", async { Ok(running_loop()) })?;
        let waits = event_loop.spawn("waits", || async { Ok(1) });
        runner.close();
        assert!(waits.cancelled());
        assert!(event_loop.spawn("late", || async { Ok(2) }).cancelled());
        assert!(event_loop.call_soon(|| ()).is_err());
        Ok(())
    });
}
