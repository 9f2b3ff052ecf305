//! CPython's `test_threading.py`; what it has of `lock_tests.py` is in `lock_tests`.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};
use std::time::Duration;

use weft::runtime::threads::{
    BoundedSemaphore, Event, JoinHandle, Lock, RLock, Timer, current_thread, enumerate, sleep, spawn, spawn_daemon,
    try_spawn, work,
};
use weft::runtime::{Config, print};
use weft::trace::Ending;

use super::ms;
use crate::threads::{lane, run, try_run, wakers};

fn names() -> Vec<String> {
    enumerate().into_iter().map(|thread| thread.name).collect()
}

#[test]
fn test_various_ops() {
    run(|| {
        const THREADS: usize = 10;
        let (permits, running, mutex) =
            (BoundedSemaphore::new("permits", 3), Arc::new(AtomicUsize::new(0)), RLock::new("mutex"));
        let task = |number: usize| {
            let (permits, running, mutex) = (permits.clone(), running.clone(), mutex.clone());
            spawn(format!("thread-{number}"), move || {
                let _permit = permits.hold();
                {
                    let _held = mutex.hold();
                    assert!(running.fetch_add(1, SeqCst) < 3);
                }
                sleep(ms(10));
                let _held = mutex.hold();
                running.fetch_sub(1, SeqCst);
            })
        };
        let threads: Vec<_> = (0..THREADS).map(task).collect();
        for thread in &threads {
            assert!(thread.wait(None) && !thread.is_alive());
        }
        assert_eq!(running.load(SeqCst), 0);
        Ok(())
    });
}

#[test]
fn test_limbo_cleanup() {
    run(|| {
        let stop = Event::new("stop");
        let start = |number: usize| {
            let stop = stop.clone();
            try_spawn(format!("thread-{number}"), false, move || stop.wait())
        };
        let threads: Vec<_> = (0..Config::default().threads).map(start).collect();
        let refused = threads.iter().filter(|thread| thread.is_none()).count();
        assert_eq!((refused, enumerate().len()), (1, Config::default().threads));
        assert!(!names().contains(&"thread-15".to_owned()));
        stop.set();
        Ok(())
    });
}

#[test]
fn test_join_nondaemon_on_shutdown() {
    let timeline = run(|| {
        spawn("parent", || {
            sleep(ms(20));
            drop(spawn("child", || sleep(ms(20))));
        });
        Ok(())
    });
    let end = |name| lane(&timeline, name).end.as_ref().unwrap();
    assert!(end("main").time < end("parent").time && end("parent").time < end("child").time);
    assert_eq!((end("parent").ending, end("child").ending), (Ending::Returned, Ending::Returned));
}

#[test]
fn test_enumerate_after_join() {
    run(|| {
        for _ in 0..100 {
            spawn("thread", || ()).join();
            assert_eq!(names(), ["main"]);
        }
        Ok(())
    });
}

#[test]
fn test_join_from_multiple_threads() {
    run(|| {
        let go = Event::new("go");
        let worker = Arc::new(spawn("worker", {
            let go = go.clone();
            move || go.wait()
        }));
        let join = |number: usize| {
            let worker = worker.clone();
            spawn(format!("joining-{number}"), move || worker.wait(None))
        };
        let joining: Vec<_> = (0..10).map(join).collect();
        sleep(ms(20));
        go.set();
        assert!(joining.into_iter().all(JoinHandle::join));
        Ok(())
    });
}

#[test]
fn test_join_with_timeout() {
    run(|| {
        let lock = Lock::new("lock");
        lock.acquire();
        let thread = spawn("thread", {
            let lock = lock.clone();
            move || lock.acquire()
        });
        for timeout in [ms(10), Duration::ZERO] {
            assert!(!thread.wait(Some(timeout)) && thread.is_alive());
        }
        lock.release()?;
        assert!(thread.wait(None) && !thread.is_alive());
        Ok(())
    });
}

#[test]
fn test_main_thread() {
    run(|| {
        let main = current_thread();
        assert_eq!((main.name.as_str(), &enumerate()[0]), ("main", &main));
        let other = spawn("other", move || (current_thread(), enumerate()));
        let lane = other.lane();
        let (other, all) = other.join();
        assert_eq!((other.name.as_str(), other.lane), ("other", lane));
        assert_eq!(all, [main, other]);
        Ok(())
    });
}

#[test]
#[expect(non_snake_case, reason = "it is CPython's name")]
fn test_BoundedSemaphore_limit() {
    run(|| {
        for limit in 1..10 {
            let semaphore = BoundedSemaphore::new("semaphore", limit);
            let use_it = |acquire: bool| {
                let semaphore = semaphore.clone();
                spawn("thread", move || {
                    if acquire {
                        (0..limit).for_each(|_| semaphore.acquire());
                    }
                    (0..limit).map(|_| semaphore.release()).filter(Result::is_err).count()
                })
            };
            assert_eq!(use_it(true).join(), 0);
            assert_eq!(use_it(false).join(), limit);
        }
        Ok(())
    });
}

#[test]
fn test_leak_without_join() {
    let timeline = run(|| {
        drop(spawn("thread", || sleep(ms(10))));
        Ok(())
    });
    assert_eq!(lane(&timeline, "thread").end.as_ref().unwrap().ending, Ending::Returned);
}

#[test]
fn test_1_join_on_shutdown() {
    let timeline = run(|| {
        drop(spawn("thread", || {
            sleep(ms(20));
            print("end of thread");
        }));
        print("end of main");
        Ok(())
    });
    let lines: Vec<_> = timeline.prints.iter().map(|line| &*line.text).collect();
    assert_eq!(lines, ["end of main", "end of thread"]);
}

#[test]
fn test_4_daemon_threads() {
    let timeline = run(|| {
        for number in 0..10 {
            drop(spawn_daemon(format!("daemon-{number}"), || {
                loop {
                    work(ms(1));
                    sleep(ms(1));
                }
            }));
        }
        sleep(ms(20));
        Ok(())
    });
    for number in 0..10 {
        assert_eq!(lane(&timeline, &format!("daemon-{number}")).end.as_ref().unwrap().ending, Ending::Killed);
    }
}

#[test]
fn test_thread_from_thread() {
    run(|| {
        let outer = spawn("outer", || spawn("inner", || 7).join());
        assert_eq!(outer.join(), 7);
        Ok(())
    });
}

#[test]
fn test_joining_current_thread() {
    let (_, outcome) = try_run(|| {
        let (own, given) = (Arc::new(std::sync::OnceLock::new()), Event::new("given"));
        let thread = spawn("thread", {
            let (own, given) = (own.clone(), given.clone());
            move || {
                given.wait();
                own.get().map(|handle: &Arc<JoinHandle<()>>| handle.wait(None));
            }
        });
        assert!(own.set(Arc::new(thread)).is_ok());
        given.set();
        Ok(())
    });
    assert_eq!(outcome.unwrap_err().message, "thread “thread” cannot wait for its own end");
}

#[test]
fn test_releasing_unacquired_lock() {
    run(|| {
        assert!(Lock::new("lock").release().is_err());
        Ok(())
    });
}

#[test]
fn a_timer_calls_its_body_unless_it_is_cancelled() {
    let timeline = run(|| {
        let rung = Event::new("rung");
        let timer = Timer::start("timer", ms(20), {
            let rung = rung.clone();
            move || rung.set()
        });
        assert!(timer.is_alive() && !rung.is_set());
        rung.wait();
        timer.cancel(); // Too late.
        timer.join();
        let never = Timer::start("never", ms(10_000), || unreachable!("it is cancelled"));
        never.cancel();
        never.join();
        assert_eq!(names(), ["main"]);
        Ok(())
    });
    assert_eq!(wakers(&timeline, "timer", "timer finished"), ["nobody"]);
}
