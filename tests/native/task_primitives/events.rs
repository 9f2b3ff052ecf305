//! Events and futures: whom they wake, in which order, and what becomes of those that wait when nobody sets them.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use futures::FutureExt;
use weft::runtime::print;
use weft::runtime::tasks::{Error, Event, Future, sleep, spawn};
use weft::trace::{LaneKind, Target};

use super::{Counted, MS, begin, levels, resource, run, wakers};

#[test]
fn an_event_wakes_all_even_if_it_is_cleared_at_once() {
    let timeline = run(async {
        let event = Event::new("event");
        let order = Rc::new(RefCell::new(Vec::new()));
        let start = |number: u32| {
            let (event, order) = (event.clone(), order.clone());
            spawn(format!("waiter-{number}"), async move {
                event.wait().await;
                order.borrow_mut().push(number);
                Ok(())
            })
        };
        let waiters: Vec<_> = (1..=3).map(start).collect();
        let mut dropped = Box::pin(event.wait());
        begin(&mut dropped);
        sleep(MS).await;
        drop(dropped);
        event.set();
        event.set(); // It is set already.
        event.clear();
        assert!(!event.is_set());
        for waiter in waiters {
            waiter.await?;
        }
        assert_eq!(*order.borrow(), [1, 2, 3]);
        let late = start(4);
        assert!(late_waits(&event), "it was cleared");
        event.set();
        event.wait().await; // While it is set, nobody waits.
        late.await?;
        Ok(())
    });
    assert_eq!(levels(&timeline, "event"), [0, 1, 0, 1]);
    for number in 1..=3 {
        assert_eq!(wakers(&timeline, &format!("waiter-{number}"), "event"), ["main"]);
    }
    let on = Target::Resource(resource(&timeline, "event").id);
    let main = timeline.lane_named("main").unwrap();
    assert_eq!(main.passed.iter().filter(|passed| passed.on == on).count(), 1);
}

fn late_waits(event: &Event) -> bool {
    event.wait().now_or_never().is_none()
}

#[test]
fn a_future_is_done_once_and_its_callbacks_follow() {
    let timeline = run(async {
        let future = Future::new("future");
        let waiter = |number: u32| {
            let future = future.clone();
            spawn(format!("waiter-{number}"), async move {
                let result: Result<u32, Error> = future.await;
                print(format!("waiter-{number} has {result:?}"));
                Ok(())
            })
        };
        let first = waiter(1);
        sleep(MS).await;
        future.add_done_callback(|future| print(format!("callback 1: {:?}", future.result())));
        let second = waiter(2);
        sleep(MS).await;
        let error = future.result().unwrap_err();
        assert_eq!(
            error.to_string(),
            "InvalidStateError: main asked future “future” for its result, which it has not yet"
        );
        assert!(!future.done());
        future.set_result(42)?;
        print("set");
        assert!(future.done() && !future.cancelled() && !future.cancel());
        let error = future.set_error(Error::Cancelled).unwrap_err();
        assert_eq!(error.to_string(), "InvalidStateError: main set future “future”, which is done already");
        future.add_done_callback(|future| print(format!("callback 2: {:?}", future.result())));
        first.await?;
        second.await?;
        sleep(MS).await;
        Ok(())
    });
    let printed: Vec<_> = timeline
        .prints
        .iter()
        .map(|print| (timeline.lane(print.lane).unwrap().kind.unwrap(), print.text.as_str()))
        .collect();
    // As in asyncio: whoever came first, task or callback, has its turn first.
    assert_eq!(
        printed,
        [
            (LaneKind::Task, "set"),
            (LaneKind::Task, "waiter-1 has Ok(42)"),
            (LaneKind::EventLoop, "callback 1: Ok(42)"),
            (LaneKind::Task, "waiter-2 has Ok(42)"),
            (LaneKind::EventLoop, "callback 2: Ok(42)"),
        ]
    );
    assert_eq!(levels(&timeline, "future"), [0, 1]);
    assert_eq!(wakers(&timeline, "waiter-2", "future"), ["main"]);
}

#[test]
fn a_future_that_fails_or_is_cancelled_tells_whoever_awaits_it() {
    run(async {
        let failed = Future::<u32>::new("failed");
        failed.set_error(Error::raised("out of order"))?;
        assert_eq!(failed.clone().await, Err(Error::raised("out of order")));
        assert!(failed.done() && !failed.cancelled());

        let cancelled = Future::<u32>::new("cancelled");
        assert!(cancelled.cancel() && cancelled.cancelled() && cancelled.done());
        assert_eq!(cancelled.clone().await, Err(Error::Cancelled));
        assert!(!cancelled.cancel());
        Ok(())
    });
}

#[test]
fn a_future_that_nobody_sets_is_dropped_with_its_callbacks() {
    run(async {
        let count = Rc::new(Cell::new(0));
        let future = Future::<u32>::new("forgotten");
        let kept = Counted::new(&count);
        let inner = future.clone();
        future.add_done_callback(move |_| drop(kept));
        let waiter = spawn("waiter", {
            let kept = Counted::new(&count);
            async move {
                let _kept = kept;
                inner.await.map(drop)
            }
        });
        sleep(MS).await;
        assert_eq!(count.get(), 2);
        future.cancel();
        assert_eq!(waiter.await, Err(Error::Cancelled));
        assert_eq!(count.get(), 0);

        let kept = Counted::new(&count);
        let future = Future::<u32>::new("forgotten, too");
        future.add_done_callback(move |_| drop(kept));
        drop(future);
        assert_eq!(count.get(), 0);
        Ok(())
    });
}
