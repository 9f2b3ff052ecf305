//! What CPython's `test_asyncio/test_taskgroups.py` asserts. Where CPython raises an `ExceptionGroup` of several errors,
//! the first is looked for.

use std::cell::{Cell, RefCell};
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::time::Duration;

use weft::runtime::tasks::{Error, Event, Task, TaskGroup, catch_cancel, current_task, sleep, spawn, task_group};

use super::{Seen, ms, nap, play};

async fn value_after<T>(wait: u64, value: T) -> Result<T, Error> {
    sleep(ms(wait)).await;
    Ok(value)
}

fn zero_division() -> Error {
    Error::raised("ZeroDivisionError: division by zero")
}

/// Fails after a while.
async fn crash_after(wait: u64) -> Result<(), Error> {
    sleep(ms(wait)).await;
    Err(zero_division())
}

/// Sleeps, notes that it was cancelled, and passes that on.
async fn noting(wait: u64, cancelled: Rc<Cell<u32>>, by: u32) -> Result<(), Error> {
    let told = catch_cancel(nap(wait)).await;
    if told == Err(Error::Cancelled) {
        cancelled.set(cancelled.get() + by);
    }
    told
}

/// Sleeps, and fails when it is cancelled.
async fn crashing(wait: u64) -> Result<(), Error> {
    let _ = catch_cancel(nap(wait)).await;
    Err(zero_division())
}

/// What becomes of a task that is cancelled after 0.1 s.
async fn cancelled_soon(task: Task<()>) -> Result<(), Error> {
    sleep(ms(100)).await;
    assert!(!task.is_done());
    task.cancel();
    task.await
}

#[test]
fn test_taskgroup_01() {
    play(async {
        let tasks = task_group(async |group| {
            Ok((group.spawn("one", value_after(100, 42)), group.spawn("two", value_after(200, 11))))
        });
        let (one, two) = tasks.await?;
        assert_eq!((one.result(), two.result()), (Ok(42), Ok(11)));
        Ok(())
    });
}

#[test]
fn test_taskgroup_02() {
    play(async {
        let tasks = task_group(async |group| {
            let one = group.spawn("one", value_after(100, 42));
            sleep(ms(150)).await;
            Ok((one, group.spawn("two", value_after(200, 11))))
        });
        let (one, two) = tasks.await?;
        assert_eq!((one.result(), two.result()), (Ok(42), Ok(11)));
        Ok(())
    });
}

#[test]
fn test_taskgroup_03() {
    play(async {
        let tasks = task_group(async |group| {
            let one = group.spawn("one", value_after(1000, 42));
            sleep(ms(150)).await;
            one.cancel();
            Ok((one, group.spawn("two", value_after(200, 11))))
        });
        let (one, two) = tasks.await?;
        assert!(one.is_cancelled());
        assert_eq!(two.result(), Ok(11));
        Ok(())
    });
}

#[test]
fn test_taskgroup_04() {
    play(async {
        let (cancelled, after) = (Rc::new(Cell::new(0)), Seen::default());
        let other = Rc::new(RefCell::new(None));
        let runner = spawn("runner", {
            let (cancelled, after, other) = (cancelled.clone(), after.clone(), other.clone());
            async move {
                task_group(async |group| {
                    group.spawn("one", crash_after(100));
                    other.replace(Some(group.spawn("two", noting(1000, cancelled, 1))));
                    Ok(())
                })
                .await?;
                after.set();
                Ok(())
            }
        });
        assert_eq!(runner.await, Err(zero_division()));
        assert!(!after.is());
        assert_eq!(cancelled.get(), 1);
        assert!(other.take().is_some_and(|other| other.is_cancelled()));
        Ok(())
    });
}

#[test]
fn test_cancel_children_on_child_error() {
    play(async {
        let (child, body) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
        let result = task_group(async |group| {
            for number in 1..=3 {
                group.spawn(format!("crash-{number}"), crash_after(100));
            }
            group.spawn("child", noting(5000, child.clone(), 1));
            noting(10_000, body.clone(), 1).await
        });
        assert_eq!(result.await, Err(zero_division()));
        assert_eq!((child.get(), body.get()), (1, 1));
        Ok(())
    });
}

/// Five children that note their cancellation, and a body.
async fn five(cancelled: Rc<Cell<u32>>, body: impl Future<Output = Result<(), Error>>) -> Result<(), Error> {
    task_group(async |group| {
        for number in 1..=5 {
            group.spawn(format!("child-{number}"), noting(5000, cancelled.clone(), 1));
        }
        body.await
    })
    .await
}

#[test]
fn test_cancellation() {
    play(async {
        let cancelled = Rc::new(Cell::new(0));
        let runner = spawn("runner", five(cancelled.clone(), async { Ok(()) }));
        assert_eq!(cancelled_soon(runner).await, Err(Error::Cancelled));
        assert_eq!(cancelled.get(), 5);
        Ok(())
    });
}

#[test]
fn test_taskgroup_07() {
    play(async {
        let cancelled = Rc::new(Cell::new(0));
        let runner = spawn("runner", five(cancelled.clone(), noting(10_000, cancelled.clone(), 10)));
        assert_eq!(cancelled_soon(runner).await, Err(Error::Cancelled));
        assert_eq!(cancelled.get(), 15);
        Ok(())
    });
}

/// Five children that fail when they are cancelled, and a body that only waits.
async fn five_crashing() -> Result<(), Error> {
    task_group(async |group| {
        for number in 1..=5 {
            group.spawn(format!("child-{number}"), crashing(10_000));
        }
        nap(10_000).await
    })
    .await
}

#[test]
fn test_taskgroup_08() {
    play(async {
        assert_eq!(cancelled_soon(spawn("runner", five_crashing())).await, Err(zero_division()));
        Ok(())
    });
}

/// Two children, and a body that fails.
async fn failing_body(body: impl Future<Output = Result<(), Error>>) {
    let tasks = RefCell::new(Vec::new());
    let result = task_group(async |group| {
        tasks.borrow_mut().push(group.spawn("one", value_after(1000, 42)));
        tasks.borrow_mut().push(group.spawn("two", value_after(2000, 11)));
        body.await
    });
    assert_eq!(result.await, Err(zero_division()));
    assert!(tasks.take().iter().all(Task::is_cancelled));
}

#[test]
fn test_taskgroup_09() {
    play(async {
        failing_body(crash_after(100)).await;
        Ok(())
    });
}

#[test]
fn test_taskgroup_10() {
    play(async {
        failing_body(std::future::ready(Err(zero_division()))).await;
        Ok(())
    });
}

#[test]
fn test_taskgroup_11() {
    play(async {
        let runner = spawn("runner", task_group(async |_| five_crashing().await));
        assert_eq!(cancelled_soon(runner).await, Err(zero_division()));
        Ok(())
    });
}

#[test]
fn test_taskgroup_12() {
    play(async {
        let runner = task_group(async |group| {
            group.spawn("sibling", nap(10_000));
            five_crashing().await
        });
        assert_eq!(cancelled_soon(spawn("runner", runner)).await, Err(zero_division()));
        Ok(())
    });
}

/// A group in a group, with a child each that fails after this long.
async fn nested(outer: u64, inner: u64) -> Result<(), Error> {
    task_group(async |group| {
        group.spawn("outer", crash_after(outer));
        task_group(async |group| {
            group.spawn("inner", crash_after(inner));
            Ok(())
        })
        .await
    })
    .await
}

#[test]
fn test_taskgroup_13() {
    play(async {
        assert_eq!(spawn("runner", nested(100, 10_000)).await, Err(zero_division()));
        assert_eq!(weft::runtime::now().0 / 1_000_000, 100);
        Ok(())
    });
}

#[test]
fn test_taskgroup_14() {
    play(async {
        assert_eq!(spawn("runner", nested(10_000, 100)).await, Err(zero_division()));
        assert_eq!(weft::runtime::now().0 / 1_000_000, 100);
        Ok(())
    });
}

/// A body that takes its time to clean up, while its child fails.
async fn slow_to_go() -> Result<(), Error> {
    task_group(async |group| {
        group.spawn("crash", crash_after(300));
        let told = catch_cancel(nap(10_000)).await;
        sleep(ms(500)).await;
        told
    })
    .await
}

#[test]
fn test_taskgroup_15() {
    play(async {
        assert_eq!(cancelled_soon(spawn("runner", slow_to_go())).await, Err(zero_division()));
        Ok(())
    });
}

#[test]
fn test_taskgroup_16() {
    play(async {
        let runner = spawn("runner", async { spawn("nested", slow_to_go()).await });
        assert_eq!(cancelled_soon(runner).await, Err(zero_division()));
        Ok(())
    });
}

#[test]
fn test_taskgroup_17() {
    play(async {
        let cancelled = Rc::new(Cell::new(0));
        let runner = spawn("runner", {
            let cancelled = cancelled.clone();
            task_group(async move |_| noting(10_000, cancelled, 10).await)
        });
        assert_eq!(cancelled_soon(runner).await, Err(Error::Cancelled));
        assert_eq!(cancelled.get(), 10);
        Ok(())
    });
}

#[test]
fn test_taskgroup_18() {
    play(async {
        let runner = spawn("runner", task_group(async |_| crashing(10_000).await));
        assert_eq!(cancelled_soon(runner).await, Err(zero_division()));
        Ok(())
    });
}

#[test]
fn test_taskgroup_19() {
    play(async {
        let runner = task_group(async |group| {
            group.spawn("crash", crash_after(100));
            let _ = catch_cancel(nap(10_000)).await;
            Err::<(), _>(Error::raised("MyExc"))
        });
        assert_eq!(spawn("runner", runner).await, Err(zero_division()), "that was first");
        Ok(())
    });
}

#[test]
fn test_taskgroup_22() {
    play(async {
        let runner = spawn("runner", async {
            task_group(async |group| {
                group.spawn("one", value_after(1000, 42));
                group.spawn("two", value_after(2000, 11));
                Ok(())
            })
            .await
        });
        sleep(ms(50)).await;
        runner.cancel();
        assert_eq!(runner.await, Err(Error::Cancelled));
        Ok(())
    });
}

#[test]
fn test_taskgroup_24() {
    play(async {
        task_group(async |group| {
            let inner = group.clone();
            group.spawn("root", async move {
                sleep(ms(100)).await;
                inner.spawn("one", nap(100));
                inner.spawn("two", nap(200));
                Ok(())
            });
            Ok(())
        })
        .await?;
        assert_eq!(weft::runtime::now().0 / 1_000_000, 300);
        Ok(())
    });
}

/// Starts two of its kind.
async fn hydra(group: TaskGroup, alive: Rc<Cell<u32>>) -> Result<(), Error> {
    alive.set(alive.get() + 1);
    sleep(ms(10)).await;
    for _ in 0..2 {
        let another: Pin<Box<dyn Future<Output = _>>> = Box::pin(hydra(group.clone(), alive.clone()));
        group.spawn("hydra", another);
    }
    Ok(())
}

#[test]
fn test_taskgroup_25() {
    play(async {
        let alive = Rc::new(Cell::new(0));
        let result = task_group(async |group| {
            group.spawn("hydra", hydra(group.clone(), alive.clone()));
            let alive = alive.clone();
            group.spawn::<()>("hercules", async move {
                while alive.get() < 10 {
                    sleep(ms(15)).await;
                }
                Err(zero_division())
            });
            Ok(())
        });
        assert_eq!(result.await, Err(zero_division()));
        assert!(alive.get() >= 10);
        Ok(())
    });
}

#[test]
fn test_taskgroup_task_name() {
    play(async {
        task_group(async |group| {
            assert_eq!(group.spawn("yolo", nap(0)).name(), "yolo");
            Ok(())
        })
        .await?;
        Ok(())
    });
}

#[test]
fn test_taskgroup_no_create_task_after_failure() {
    play(async {
        let refused = Rc::new(RefCell::new(None));
        let result = task_group(async |group| {
            group.spawn("one", crash_after(1));
            let (inner, refused) = (group.clone(), refused.clone());
            group.spawn("two", async move {
                assert_eq!(catch_cancel(nap(1000)).await, Err(Error::Cancelled));
                refused.replace(Some(inner.spawn("late", crash_after(1)).await));
                Ok(())
            });
            Ok(())
        });
        assert_eq!(result.await, Err(zero_division()));
        let error = Error::raised("RuntimeError: the task group is shutting down");
        assert_eq!(refused.take(), Some(Err(error)));
        Ok(())
    });
}

#[test]
fn test_taskgroup_context_manager_exit_raises() {
    play(async {
        let main = spawn("main task", async {
            let result = task_group(async |group| {
                group.spawn::<()>("raises", async { Err(Error::raised("CustomException: 1")) });
                let _ = catch_cancel(nap(1000)).await;
                Err::<(), _>(Error::raised("CustomException: 2"))
            });
            assert_eq!(result.await, Err(Error::raised("CustomException: 1")));
            assert_eq!(current_task().cancelling(), 0);
            Ok(())
        });
        main.await?;
        Ok(())
    });
}

#[test]
fn test_taskgroup_finished() {
    play(async {
        let kept = task_group(async |group| Ok(group.clone())).await?;
        let error = Error::raised("RuntimeError: the task group is finished");
        assert_eq!(kept.spawn("late", nap(0)).await, Err(error));
        Ok(())
    });
}

#[test]
fn test_cancelling_level_preserved() {
    play(async {
        let result = task_group(async |group| {
            group.spawn("crash", crash_after(0));
            Ok(())
        });
        assert_eq!(result.await, Err(zero_division()));
        assert_eq!(current_task().cancelling(), 0);
        Ok(())
    });
}

#[test]
fn test_nested_groups_both_cancelled() {
    play(async {
        let result = task_group(async |outer| {
            let inner = task_group(async |inner| {
                inner.spawn("inner", crash_after(0));
                outer.spawn::<()>("outer", async {
                    sleep(Duration::ZERO).await;
                    Err(Error::raised("ValueError"))
                });
                Ok(())
            });
            assert_eq!(inner.await, Err(zero_division()));
            assert_eq!(current_task().cancelling(), 1);
            Ok(())
        });
        assert_eq!(result.await, Err(Error::raised("ValueError")));
        assert_eq!(current_task().cancelling(), 0);
        Ok(())
    });
}

#[test]
fn test_error_and_cancel() {
    play(async {
        let event = Event::new("event");
        let inner = spawn("inner", {
            let event = event.clone();
            async move {
                let result: Result<(), Error> = task_group(async |group| {
                    group.spawn::<()>("raises", async move {
                        event.set();
                        sleep(Duration::ZERO).await;
                        Err(Error::raised("RuntimeError"))
                    });
                    sleep(ms(1000)).await;
                    panic!("it goes on in the group")
                })
                .await;
                assert_eq!(result, Err(Error::raised("RuntimeError")));
                assert_eq!(current_task().cancelling(), 1);
                sleep(ms(1000)).await;
                panic!("it goes on after the group")
            }
        });
        event.wait().await;
        assert_eq!(inner.cancelling(), 0);
        inner.cancel();
        assert_eq!(inner.cancelling(), 1);
        assert_eq!(Task::<()>::clone(&inner).await, Err(Error::Cancelled));
        assert!(inner.is_cancelled());
        Ok(())
    });
}
