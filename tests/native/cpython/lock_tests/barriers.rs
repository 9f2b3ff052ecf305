//! `BarrierTests`.

use weft::runtime::Failure;
use weft::runtime::threads::{Barrier, BrokenBarrier};

use super::*;
use crate::threads::run;

/// Each of N threads does this with a barrier for all of them.
fn with_barrier<T: Send + 'static>(body: impl Fn(&Barrier) -> T + Clone + Send + 'static) -> (Barrier, Vec<T>) {
    let barrier = Barrier::with_timeout("barrier", N, ms(10_000));
    let other = barrier.clone();
    let values = bunch(N, move || body(&other)).join();
    (barrier, values)
}

fn in_lockstep(passes: usize) {
    run(|| {
        let (before, between) = (Count::default(), Count::default());
        let (barrier, passed) = with_barrier(move |barrier| {
            for pass in 0..passes {
                before.add();
                assert_eq!(between.get(), pass * N);
                barrier.wait()?;
                between.add();
                assert_eq!(before.get(), (pass + 1) * N);
                barrier.wait()?;
            }
            Ok::<(), BrokenBarrier>(())
        });
        assert_eq!(passed, vec![Ok(()); N]);
        assert_eq!((barrier.waiting(), barrier.is_broken(), barrier.parties()), (0, false, N));
        Ok(())
    });
}

#[test]
fn test_barrier() {
    in_lockstep(1);
}

#[test]
fn test_barrier_10() {
    in_lockstep(10);
}

#[test]
#[should_panic(expected = "barrier “barrier” is for no lane at all")]
fn test_constructor() {
    run(|| {
        Barrier::new("barrier", 0);
        Ok(())
    });
}

#[test]
fn test_wait_return() {
    run(|| {
        let (_, places) = with_barrier(Barrier::wait);
        let mut places = places.into_iter().collect::<Result<Vec<_>, _>>()?;
        places.sort_unstable();
        assert_eq!(places, (0..N).collect::<Vec<_>>());
        Ok(())
    });
}

#[test]
fn test_action() {
    run(|| {
        let results = Count::default();
        let barrier = Barrier::with_action("barrier", N, {
            let results = results.clone();
            move || {
                let_block(); // Nobody goes on meanwhile.
                results.add();
                Ok(())
            }
        });
        let seen = bunch(N, move || barrier.wait().map(|_| results.get())).join();
        assert_eq!(seen, vec![Ok(1); N]);
        Ok(())
    });
}

/// The one that arrives in the middle aborts the second round; whether each is through that.
fn abort_the_second(barrier: &Barrier) -> Result<bool, BrokenBarrier> {
    if barrier.wait()? == N / 2 {
        barrier.abort();
        return Ok(false);
    }
    barrier.wait().map(|_| true)
}

#[test]
fn test_abort() {
    run(|| {
        let (barrier, passed) = with_barrier(abort_the_second);
        assert_eq!(passed.iter().filter(|passed| passed.is_err()).count(), N - 1);
        assert!(!passed.contains(&Ok(true)) && barrier.is_broken());
        Ok(())
    });
}

#[test]
fn test_reset() {
    run(|| {
        let broken = Count::default();
        let count = broken.clone();
        let (_, passed) = with_barrier(move |barrier| {
            if barrier.wait()? == N / 2 {
                until(|| barrier.waiting() == N - 1);
                barrier.reset();
            } else if barrier.wait().is_err() {
                count.add();
            }
            barrier.wait()
        });
        assert_eq!(broken.get(), N - 1);
        assert!(passed.iter().all(Result::is_ok), "{passed:?}");
        Ok(())
    });
}

#[test]
fn test_abort_and_reset() {
    run(|| {
        let (all_out, broken) = (Barrier::new("all out", N), Count::default());
        let count = broken.clone();
        let (_, passed) = with_barrier(move |barrier| {
            if abort_the_second(barrier).is_err() {
                count.add();
            }
            if all_out.wait()? == N / 2 {
                barrier.reset();
            }
            all_out.wait()?;
            barrier.wait()
        });
        assert_eq!(broken.get(), N - 1);
        assert!(passed.iter().all(Result::is_ok), "{passed:?}");
        Ok(())
    });
}

#[test]
fn test_timeout() {
    run(|| {
        let (_, second) = with_barrier(|barrier| {
            if barrier.wait()? == N / 2 {
                until(|| barrier.is_broken());
            }
            Ok::<_, BrokenBarrier>(barrier.wait_timeout(ms(50)).is_err())
        });
        assert_eq!(second, vec![Ok(true); N]);
        Ok(())
    });
}

#[test]
fn test_default_timeout() {
    run(|| {
        let barrier = Barrier::with_timeout("barrier", 2, ms(100));
        let broken = bunch(1, move || after(ms(100), || barrier.wait().is_err()));
        assert_eq!(broken.join(), [true]);
        Ok(())
    });
}

#[test]
fn test_single_thread() {
    run(|| {
        let barrier = Barrier::new("barrier", 1);
        barrier.wait()?;
        barrier.wait()?;
        Ok(())
    });
}

#[test]
fn a_failed_action_breaks_the_barrier_for_all() {
    run(|| {
        let barrier = Barrier::with_action("barrier", N, || {
            Err(Failure { message: "no tea".to_owned(), lane: "whoever came last".to_owned() })
        });
        let other = barrier.clone();
        let outcomes = bunch(N, move || other.wait()).join();
        let reasons: Vec<_> = outcomes.into_iter().map(|outcome| outcome.unwrap_err().reason).collect();
        assert_eq!(reasons, ["its action failed in whoever came last: no tea"; N]);
        assert!(barrier.is_broken());
        Ok(())
    });
}

#[test]
fn while_its_action_runs_a_barrier_neither_times_out_nor_begins_anew_nor_is_aborted() {
    run(|| {
        let acting = Count::default();
        let may_end = Count::default();
        let barrier = Barrier::with_action("barrier", 2, {
            let (acting, may_end) = (acting.clone(), may_end.clone());
            move || {
                acting.add();
                may_end.wait_until(1);
                Ok(())
            }
        });
        let first = bunch(1, {
            let barrier = barrier.clone();
            move || barrier.wait_timeout(ms(100))
        });
        until(|| barrier.waiting() == 1);
        let last = bunch(1, {
            let barrier = barrier.clone();
            move || barrier.wait()
        });
        acting.wait_until(1);
        let newcomer = bunch(1, {
            let barrier = barrier.clone();
            move || barrier.wait()
        });
        let aborting = bunch(1, {
            let barrier = barrier.clone();
            move || barrier.abort()
        });
        sleep(ms(200)); // The time of the first is up.
        assert_eq!((first.finished(), newcomer.finished(), aborting.finished()), (0, 0, 0));
        may_end.add();
        assert_eq!((first.join(), last.join()), (vec![Ok(0)], vec![Ok(1)]));
        aborting.join();
        assert!(newcomer.join()[0].is_err(), "the next round is aborted");
        Ok(())
    });
}

#[test]
fn an_action_cannot_abort_or_reset_its_own_round() {
    run(|| {
        let own: std::sync::Arc<std::sync::OnceLock<Barrier>> = std::sync::Arc::default();
        let barrier = Barrier::with_action("barrier", 2, {
            let own = own.clone();
            move || {
                own.get().into_iter().for_each(|barrier| {
                    barrier.abort();
                    barrier.reset();
                });
                Ok(())
            }
        });
        assert!(own.set(barrier.clone()).is_ok());
        assert!(bunch(2, move || barrier.wait()).join().iter().all(Result::is_ok));
        Ok(())
    });
}
