//! `SemaphoreTests` and `BoundedSemaphoreTests`.

use weft::runtime::Failure;
use weft::runtime::threads::{BoundedSemaphore, Semaphore};

use super::*;
use crate::threads::run;

#[test]
fn test_acquire() {
    run(|| {
        for permits in [1, 2] {
            let (semaphore, bounded) =
                (Semaphore::new("semaphore", permits), BoundedSemaphore::new("bounded", permits));
            for _ in 0..permits {
                semaphore.acquire();
                bounded.acquire();
            }
            for _ in 0..permits {
                semaphore.release();
                bounded.release()?;
            }
        }
        Ok(())
    });
}

#[test]
fn test_acquire_destroy() {
    run(|| {
        let (semaphore, bounded) = (Semaphore::new("semaphore", 1), BoundedSemaphore::new("bounded", 1));
        semaphore.acquire();
        bounded.acquire();
        drop((semaphore, bounded));
        Ok(())
    });
}

/// Ten threads take two permits each, of which there are seven and which are given back by `release`.
fn contended(acquire: impl Fn() + Clone + Send + 'static, try_acquire: impl Fn() -> bool, release: impl Fn(usize)) {
    const PERMITS: usize = 7;
    acquire();
    let taken = Count::default();
    let taking = bunch(10, {
        let taken = taken.clone();
        move || {
            for _ in 0..2 {
                acquire();
                taken.add();
            }
        }
    });
    let mut total = 0;
    for given in [PERMITS - 1, PERMITS, PERMITS - 1] {
        if total > 0 {
            release(given);
        }
        total += given;
        taken.wait_until(total);
        let_block();
        assert_eq!(taken.get(), total);
    }
    assert!(!try_acquire());
    release(1);
    taking.join();
    assert_eq!(taken.get(), total + 1);
}

#[test]
fn test_acquire_contended() {
    run(|| {
        let semaphore = Semaphore::new("semaphore", 7);
        let other = semaphore.clone();
        contended(
            move || other.acquire(),
            || semaphore.try_acquire(),
            |count| (0..count).for_each(|_| semaphore.release()),
        );
        let bounded = BoundedSemaphore::new("bounded", 7);
        let other = bounded.clone();
        contended(
            move || other.acquire(),
            || bounded.try_acquire(),
            |count| (0..count).for_each(|_| bounded.release().unwrap()),
        );
        Ok(())
    });
}

#[test]
fn test_multirelease() {
    run(|| {
        let semaphore = Semaphore::new("semaphore", 7);
        let other = semaphore.clone();
        contended(move || other.acquire(), || semaphore.try_acquire(), |count| semaphore.release_many(count));
        Ok(())
    });
}

#[test]
fn test_try_acquire() {
    run(|| {
        let (semaphore, bounded) = (Semaphore::new("semaphore", 2), BoundedSemaphore::new("bounded", 2));
        assert_eq!([(); 3].map(|()| semaphore.try_acquire()), [true, true, false]);
        assert_eq!([(); 3].map(|()| bounded.try_acquire()), [true, true, false]);
        semaphore.release();
        bounded.release()?;
        assert!(semaphore.try_acquire() && bounded.try_acquire());
        Ok(())
    });
}

#[test]
fn test_try_acquire_contended() {
    run(|| {
        let semaphore = Semaphore::new("semaphore", 4);
        semaphore.acquire();
        let tried = bunch(5, move || [semaphore.try_acquire(), semaphore.try_acquire()]).join();
        assert_eq!(tried.into_iter().flatten().filter(|taken| *taken).count(), 3);
        Ok(())
    });
}

#[test]
fn test_acquire_timeout() {
    run(|| {
        let semaphore = Semaphore::new("semaphore", 2);
        assert_eq!([(); 3].map(|()| semaphore.acquire_timeout(ms(5))), [true, true, false]);
        semaphore.release();
        assert!(semaphore.acquire_timeout(ms(5)));
        assert!(after(ms(50), || !semaphore.acquire_timeout(ms(50))));
        Ok(())
    });
}

#[test]
fn test_default_value() {
    run(|| {
        let semaphore = Semaphore::new("semaphore", 1);
        semaphore.acquire();
        let other = semaphore.clone();
        let others = bunch(1, move || {
            other.acquire();
            other.release();
        });
        let_block();
        assert_eq!(others.finished(), 0);
        semaphore.release();
        others.join();
        Ok(())
    });
}

#[test]
fn test_with() {
    fn with(semaphore: &Semaphore, error: Option<Failure>) -> Result<(), Failure> {
        let _held = semaphore.hold();
        assert!(semaphore.try_acquire());
        semaphore.release();
        let _second = semaphore.hold();
        assert!(!semaphore.try_acquire());
        error.map_or(Ok(()), Err)
    }
    run(|| {
        let semaphore = Semaphore::new("semaphore", 2);
        let failure = Failure { message: "an error".to_owned(), lane: "main".to_owned() };
        for error in [None, Some(failure)] {
            assert_eq!(with(&semaphore, error.clone()), error.map_or(Ok(()), Err));
            assert!(semaphore.try_acquire());
            semaphore.release();
        }
        Ok(())
    });
}

#[test]
fn test_release_unacquired() {
    run(|| {
        let semaphore = Semaphore::new("semaphore", 1);
        semaphore.release();
        semaphore.acquire();
        semaphore.acquire();
        semaphore.release();
        let bounded = BoundedSemaphore::new("bounded", 1);
        assert!(bounded.release().is_err());
        bounded.acquire();
        bounded.release()?;
        assert!(bounded.release().is_err());
        Ok(())
    });
}
