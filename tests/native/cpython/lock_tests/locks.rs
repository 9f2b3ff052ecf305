//! `LockTests` and `RLockTests`; and, as in `test_threading.py`, a condition over an `RLock` as that.

use weft::runtime::Failure;
use weft::runtime::threads::{Condition, Lock, RLock, spawn};

use super::*;
use crate::threads::run;

/// What the three have in common.
trait AnyLock: Clone + Send + 'static {
    fn make() -> Self;
    fn acquire(&self);
    fn try_acquire(&self) -> bool;
    fn acquire_timeout(&self, timeout: Duration) -> bool;
    fn release(&self) -> Result<(), Failure>;
    /// Takes it while `body` runs.
    fn held(&self, body: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure>;
}

impl AnyLock for Lock {
    fn make() -> Lock {
        Lock::new("lock")
    }
    fn acquire(&self) {
        self.acquire();
    }
    fn try_acquire(&self) -> bool {
        self.try_acquire()
    }
    fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_timeout(timeout)
    }
    fn release(&self) -> Result<(), Failure> {
        self.release()
    }
    fn held(&self, body: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        let _held = self.hold();
        body()
    }
}

impl AnyLock for RLock {
    fn make() -> RLock {
        RLock::new("rlock")
    }
    fn acquire(&self) {
        self.acquire();
    }
    fn try_acquire(&self) -> bool {
        self.try_acquire()
    }
    fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_timeout(timeout)
    }
    fn release(&self) -> Result<(), Failure> {
        self.release()
    }
    fn held(&self, body: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        let _held = self.hold();
        body()
    }
}

impl AnyLock for Condition {
    fn make() -> Condition {
        Condition::with_rlock("condition", &RLock::new("rlock"))
    }
    fn acquire(&self) {
        self.acquire();
    }
    fn try_acquire(&self) -> bool {
        self.try_acquire()
    }
    fn acquire_timeout(&self, timeout: Duration) -> bool {
        self.acquire_timeout(timeout)
    }
    fn release(&self) -> Result<(), Failure> {
        self.release()
    }
    fn held(&self, body: impl FnOnce() -> Result<(), Failure>) -> Result<(), Failure> {
        let _held = self.hold();
        body()
    }
}

/// Runs a test that has been made for all three.
fn for_all(tests: [fn() -> Result<(), Failure>; 3]) {
    for test in tests {
        run(test);
    }
}

fn another_takes_and_releases<L: AnyLock>(lock: &L) {
    let lock = lock.clone();
    let taken = bunch(1, move || {
        lock.acquire();
        lock.release()
    });
    assert_eq!(taken.join(), [Ok(())]);
}

#[test]
fn test_acquire_destroy() {
    fn destroy<L: AnyLock>() -> Result<(), Failure> {
        let lock = L::make();
        lock.acquire();
        drop(lock);
        Ok(())
    }
    for_all([destroy::<Lock>, destroy::<RLock>, destroy::<Condition>]);
}

#[test]
fn test_acquire_release() {
    fn take<L: AnyLock>() -> Result<(), Failure> {
        let lock = L::make();
        lock.acquire();
        lock.release()
    }
    for_all([take::<Lock>, take::<RLock>, take::<Condition>]);
}

#[test]
fn test_try_acquire() {
    fn try_it<L: AnyLock>() -> Result<(), Failure> {
        let lock = L::make();
        assert!(lock.try_acquire());
        lock.release()
    }
    for_all([try_it::<Lock>, try_it::<RLock>, try_it::<Condition>]);
}

#[test]
fn test_try_acquire_contended() {
    fn try_it<L: AnyLock>() -> Result<(), Failure> {
        let lock = L::make();
        lock.acquire();
        let other = lock.clone();
        assert_eq!(bunch(1, move || other.try_acquire()).join(), [false]);
        lock.release()
    }
    for_all([try_it::<Lock>, try_it::<RLock>, try_it::<Condition>]);
}

#[test]
fn test_acquire_contended() {
    fn contend<L: AnyLock>() -> Result<(), Failure> {
        let lock = L::make();
        lock.acquire();
        let other = lock.clone();
        let others = bunch(N, move || {
            other.acquire();
            other.release()
        });
        let_block();
        assert_eq!(others.finished(), 0);
        lock.release()?;
        assert!(others.join().iter().all(Result::is_ok));
        Ok(())
    }
    for_all([contend::<Lock>, contend::<RLock>, contend::<Condition>]);
}

#[test]
fn test_with() {
    fn with<L: AnyLock>() -> Result<(), Failure> {
        let lock = L::make();
        lock.held(|| Ok(()))?;
        another_takes_and_releases(&lock);
        let failure = Failure { message: "an error".to_owned(), lane: "main".to_owned() };
        assert_eq!(lock.held(|| Err(failure.clone())), Err(failure));
        another_takes_and_releases(&lock);
        Ok(())
    }
    for_all([with::<Lock>, with::<RLock>, with::<Condition>]);
}

#[test]
fn test_timeout() {
    fn wait<L: AnyLock>() -> Result<(), Failure> {
        let lock = L::make();
        assert!(lock.acquire_timeout(Duration::MAX));
        lock.release()?;
        assert!(lock.acquire_timeout(ms(5000)));
        let other = lock.clone();
        let timed_out = bunch(1, move || after(ms(50), || !other.acquire_timeout(ms(50))));
        assert_eq!(timed_out.join(), [true]);
        lock.release()
    }
    for_all([wait::<Lock>, wait::<RLock>, wait::<Condition>]);
}

#[test]
fn test_reacquire() {
    run(|| {
        let (lock, phase) = (Lock::new("lock"), Count::default());
        let other = spawn("other", {
            let (lock, phase) = (lock.clone(), phase.clone());
            move || {
                lock.acquire();
                phase.add();
                lock.acquire();
                phase.add();
            }
        });
        phase.wait_until(1);
        let_block();
        assert_eq!(phase.get(), 1);
        lock.release()?;
        phase.wait_until(2);
        other.join();
        Ok(())
    });
    fn again<L: AnyLock>() -> Result<(), Failure> {
        let lock = L::make();
        lock.acquire();
        lock.acquire();
        lock.release()?;
        lock.acquire();
        lock.release()?;
        lock.release()
    }
    run(again::<RLock>);
    run(again::<Condition>);
}

#[test]
fn test_different_thread() {
    run(|| {
        let lock = Lock::new("lock");
        lock.acquire();
        let other = lock.clone();
        assert_eq!(bunch(1, move || other.release()).join(), [Ok(())]);
        lock.acquire();
        lock.release()
    });
    fn not_mine<L: AnyLock>() -> Result<(), Failure> {
        let (lock, taken, may_end) = (L::make(), Count::default(), Count::default());
        let other = spawn("other", {
            let (lock, taken, may_end) = (lock.clone(), taken.clone(), may_end.clone());
            move || {
                lock.acquire();
                taken.add();
                may_end.wait_until(1);
                lock.release()
            }
        });
        taken.wait_until(1);
        assert!(lock.release().is_err());
        may_end.add();
        other.join()
    }
    run(not_mine::<RLock>);
    run(not_mine::<Condition>);
}

#[test]
fn test_state_after_timeout() {
    run(|| {
        let lock = Lock::new("lock");
        lock.acquire();
        assert!(!lock.acquire_timeout(ms(10)));
        lock.release()?;
        assert!(!lock.locked());
        assert!(lock.try_acquire());
        Ok(())
    });
}

#[test]
fn test_release_unacquired() {
    fn release<L: AnyLock>() -> Result<(), Failure> {
        let lock = L::make();
        assert!(lock.release().is_err());
        lock.acquire();
        lock.acquire();
        lock.release()?;
        lock.acquire();
        lock.release()?;
        lock.release()?;
        assert!(lock.release().is_err());
        Ok(())
    }
    run(release::<RLock>);
    run(release::<Condition>);
}
