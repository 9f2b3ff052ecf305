//! What CPython's `test_asyncio/test_futures.py` asserts.

use weft::runtime::tasks::{DoneCallback, Error, Future, sleep, spawn};

use super::{Noted, ms, play, turn};

fn future() -> Future<u32> {
    Future::new("future")
}

/// It is done, for good.
fn is_settled(future: &Future<u32>) {
    assert!(future.done());
    assert!(matches!(future.set_result(1), Err(Error::Raised(text)) if text.starts_with("InvalidStateError: ")));
    assert!(matches!(future.set_error(failure()), Err(Error::Raised(text)) if text.starts_with("InvalidStateError: ")));
    assert!(!future.cancel());
}

fn failure() -> Error {
    Error::raised("RuntimeError")
}

/// `InvalidStateError: …`, since it is pending.
fn is_pending<T: PartialEq>(got: Result<T, Error>) -> bool {
    matches!(got, Err(Error::Raised(text)) if text.starts_with("InvalidStateError: "))
}

#[test]
fn test_initial_state() {
    play(async {
        let future = future();
        assert!(!future.cancelled() && !future.done());
        future.cancel();
        assert!(future.cancelled());
        Ok(())
    });
}

#[test]
fn test_cancel() {
    play(async {
        let future = future();
        assert!(future.cancel());
        assert!(future.cancelled());
        assert_eq!(future.result(), Err(Error::Cancelled));
        assert_eq!(future.exception(), Err(Error::Cancelled));
        is_settled(&future);
        Ok(())
    });
}

#[test]
fn test_result() {
    play(async {
        let future = future();
        assert!(is_pending(future.result()));
        future.set_result(42)?;
        assert!(!future.cancelled());
        assert_eq!(future.result(), Ok(42));
        assert_eq!(future.exception(), Ok(None));
        is_settled(&future);
        Ok(())
    });
}

#[test]
fn test_exception() {
    play(async {
        let future = future();
        assert!(is_pending(future.exception()));
        future.set_error(failure())?;
        assert!(!future.cancelled());
        assert_eq!(future.result(), Err(failure()));
        assert_eq!(future.exception(), Ok(Some(failure())));
        is_settled(&future);
        Ok(())
    });
}

#[test]
fn test_yield_from_twice() {
    play(async {
        let (future, noted) = (future(), Noted::new());
        let task = spawn("task", {
            let (future, noted) = (future.clone(), noted.clone());
            async move {
                noted.put(future.clone().await?);
                noted.put(future.await?);
                Ok(())
            }
        });
        turn().await;
        assert!(noted.none());
        future.set_result(42)?;
        turn().await;
        assert_eq!(noted.all(), [42, 42]);
        assert!(task.is_done());
        Ok(())
    });
}

/// Adds a callback that notes this.
fn note(future: &Future<u32>, what: u32, noted: &Noted<u32>) -> DoneCallback {
    let noted = noted.clone();
    future.add_done_callback(move |_| noted.put(what))
}

/// Three callbacks are added, the first for 42, and then 17 and 100; some are removed, and are not called.
fn remaining(removed: &'static [usize], called: &'static [u32]) {
    play(async move {
        let (future, noted) = (future(), Noted::new());
        let callbacks = [42, 17, 100].map(|what| note(&future, what, &noted));
        for place in removed {
            assert!(callbacks[*place].remove());
        }
        assert!(!callbacks[removed[0]].remove(), "it is removed");
        assert!(noted.none());
        future.set_result(1)?;
        assert!(noted.none());
        turn().await;
        assert_eq!(noted.all(), called);
        assert_eq!(future.result(), Ok(1));
        Ok(())
    });
}

#[test]
fn test_callbacks_remove_first_callback() {
    remaining(&[0], &[17, 100]);
}

#[test]
fn test_callbacks_remove_first_and_second_callback() {
    remaining(&[0, 1], &[100]);
}

#[test]
fn test_callbacks_remove_third_callback() {
    remaining(&[2], &[42, 17]);
}

#[test]
fn test_callbacks_invoked_on_set_result() {
    play(async {
        let (future, noted) = (future(), Noted::new());
        note(&future, 42, &noted);
        note(&future, 17, &noted);
        assert!(noted.none());
        future.set_result(1)?;
        turn().await;
        assert_eq!(noted.all(), [42, 17]);
        Ok(())
    });
}

#[test]
fn test_callbacks_invoked_on_set_exception() {
    play(async {
        let (future, noted) = (future(), Noted::new());
        note(&future, 100, &noted);
        assert!(noted.none());
        future.set_error(failure())?;
        turn().await;
        assert_eq!(noted.all(), [100]);
        assert_eq!(future.exception(), Ok(Some(failure())));
        Ok(())
    });
}

#[test]
fn test_remove_done_callback() {
    play(async {
        let (future, noted) = (future(), Noted::new());
        let (one, two) = (note(&future, 1, &noted), note(&future, 2, &noted));
        assert!(two.remove());
        note(&future, 2, &noted);
        let others = [1; 5].map(|what| note(&future, what, &noted));
        assert!(one.remove() && others.iter().all(DoneCallback::remove));
        future.set_result(1)?;
        turn().await;
        assert_eq!(noted.all(), [2]);
        Ok(())
    });
    // A task's are the same.
    play(async {
        let noted = Noted::new();
        let task = spawn("task", async {
            sleep(ms(1)).await;
            Ok(())
        });
        let [one, _two, three] = [1, 2, 3].map(|what| {
            let noted = noted.clone();
            task.add_done_callback(move |_| noted.put(what))
        });
        assert!(one.remove() && three.remove() && !three.remove());
        task.clone().await?;
        turn().await;
        assert_eq!(noted.all(), [2]);
        let late = task.add_done_callback({
            let noted = noted.clone();
            move |_| noted.put(4)
        });
        assert!(!late.remove(), "it will be called soon");
        turn().await;
        assert_eq!(noted.all(), [2, 4]);
        Ok(())
    });
}

#[test]
fn test_schedule_callbacks_list_mutation_1() {
    play(async {
        let (future, noted) = (future(), Noted::new());
        let removed: Noted<bool> = Noted::new();
        let second = std::rc::Rc::new(std::cell::RefCell::new(None::<DoneCallback>));
        future.add_done_callback({
            let (second, removed) = (second.clone(), removed.clone());
            move |_| removed.put(second.borrow().as_ref().is_some_and(DoneCallback::remove))
        });
        second.replace(Some(note(&future, 2, &noted)));
        note(&future, 3, &noted);
        future.set_result(1)?;
        turn().await;
        // Both were to be called already.
        assert_eq!((removed.all(), noted.all()), (vec![false], vec![2, 3]));
        Ok(())
    });
}
