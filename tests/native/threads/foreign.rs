//! Tasks of an event loop that is not Weft's: here one that calls callbacks in order, as an interpreter's does.

use std::collections::VecDeque;
use std::sync::Arc;

use weft::runtime::tasks::{ForeignLoop, ForeignTask, ForeignWait};
use weft::trace::ResourceKind;

use weft::runtime::threads::Composite;

use super::*;

/// What is scheduled: a step of the task of this number, or something else; and who has scheduled it.
type Ready = VecDeque<(Option<usize>, Cause)>;

#[test]
fn tasks_of_another_loop_are_lanes_with_their_waits_and_causes() {
    let timeline = run(|| {
        let event_loop = ForeignLoop::new();
        let event = Composite::new(ResourceKind::Event, "event");
        let mut ready = Ready::new();
        let tasks = ["waiter", "setter"].map(ForeignTask::new);
        ready.extend((0..2).map(|number| (Some(number), ForeignLoop::cause())));
        let turn = |ready: &mut Ready| {
            let (step, cause) = ready.pop_front().expect("something is ready");
            event_loop.calls(cause, step.is_some());
            step
        };

        assert_eq!(turn(&mut ready), Some(0));
        tasks[0].begins();
        tasks[0].leaves(ForeignWait::On(Some(event.target())), None);

        assert_eq!(turn(&mut ready), Some(1));
        tasks[1].begins();
        tasks[1].leaves(ForeignWait::Sleeping, None);
        let due = weft::runtime::now();
        event_loop.sleep(Some(MS), None);

        // A timer calls something that wakes the setter.
        ready.push_back((None, event_loop.due(due)));
        assert_eq!(turn(&mut ready), None);
        ready.push_back((Some(1), ForeignLoop::cause()));
        turn(&mut ready);
        tasks[1].begins();
        event.level(1);
        // A callback in between does not hide who has set the event.
        ready.push_back((None, ForeignLoop::cause()));
        tasks[1].ends(Ending::Failed, "ValueError: no");
        tasks[1].leaves(ForeignWait::Ready, None);
        turn(&mut ready);
        ready.push_back((Some(0), ForeignLoop::cause()));
        turn(&mut ready);
        tasks[0].begins();
        // An eager task runs inside the turn of the one that makes it.
        let eager = ForeignTask::new("eager");
        eager.begins();
        print("eager runs");
        eager.leaves(ForeignWait::On(None), None);
        print("waiter runs");
        tasks[0].ends(Ending::Returned, "");
        // A wait in the rest of the turn, as for the GIL, is the thread's: the task is over.
        sleep(MS);
        tasks[0].leaves(ForeignWait::Ready, None);
        event_loop.pauses();
        eager.abandoned();
        Ok(())
    });
    let setter = lane(&timeline, "setter");
    let waiter = lane(&timeline, "waiter");
    let event = Target::Resource(resource(&timeline, "event").id);
    let waits: Vec<_> = waiter.spans_in(State::Suspended, timeline.now).collect();
    assert!(matches!(&waits[..], [wait] if wait.on == Some(event)), "{waits:?}");
    let woken = waiter.changes[waits[0].index + 1].cause.expect("a cause");
    assert_eq!(woken.lane, setter.id);
    let slept = setter.spans_in(State::Sleeping, timeline.now).next().expect("a sleep");
    assert_eq!(setter.changes[slept.index + 1].cause.map(|cause| cause.lane), Some(lane(&timeline, "main").id));

    let ending = |name| lane(&timeline, name).end.as_ref().map(|end| (end.ending, end.message.as_deref()));
    assert_eq!(ending("setter"), Some((Ending::Failed, Some("ValueError: no"))));
    assert_eq!(ending("waiter"), Some((Ending::Returned, None)));
    assert_eq!(ending("eager"), Some((Ending::Killed, None)));
    let printed: Vec<_> = timeline.prints.iter().map(|line| (line.lane, line.text.as_str())).collect();
    assert_eq!(printed, [(lane(&timeline, "eager").id, "eager runs"), (waiter.id, "waiter runs")]);
    assert_eq!(timeline.anomalies, []);
    // The thread's lane runs as its tasks do.
    assert_eq!(timeline.stats().max_parallel, 1);
}

#[test]
fn another_thread_wakes_the_loop_also_before_it_sleeps() {
    run(|| {
        let event_loop = Arc::new(ForeignLoop::new());
        let waker = {
            let event_loop = event_loop.clone();
            spawn("waker", move || event_loop.wake())
        };
        waker.join();
        event_loop.sleep(None, None);
        let waker = {
            let event_loop = event_loop.clone();
            spawn("waker", move || {
                sleep(10 * MS);
                event_loop.wake();
            })
        };
        event_loop.sleep(None, None);
        waker.join();
        Ok(())
    });
}

#[test]
fn a_loop_that_only_its_own_tasks_could_wake_is_in_a_deadlock() {
    let (_, outcome) = try_run(|| {
        let event_loop = ForeignLoop::new();
        let event = Composite::new(ResourceKind::Event, "ready");
        let task = ForeignTask::new("task");
        event_loop.calls(ForeignLoop::cause(), true);
        task.begins();
        task.leaves(ForeignWait::On(Some(event.target())), None);
        event_loop.sleep(None, Some(task.lane()));
        Ok(())
    });
    assert_eq!(
        outcome.expect_err("it does not end by itself").message,
        "Every lane waits, and nobody is left to wake one: main waits for the end of task; task waits for event “ready”."
    );
}
