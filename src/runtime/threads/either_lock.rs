//! The lock of a condition: a `Lock` or an `RLock`. Of the condition it knows nothing.

use std::time::Duration;

use super::lock::Lock;
use super::rlock::RLock;
use crate::runtime::Failure;
use crate::runtime::lane::{Context, Site};

#[derive(Clone)]
pub(super) enum EitherLock {
    Lock(Lock),
    RLock(RLock),
}

impl EitherLock {
    pub(super) fn acquire(&self, site: Site) {
        match self {
            EitherLock::Lock(lock) => lock.inner.acquire(site),
            EitherLock::RLock(lock) => lock.acquire_at(site),
        }
    }

    pub(super) fn try_acquire(&self) -> bool {
        match self {
            EitherLock::Lock(lock) => lock.try_acquire(),
            EitherLock::RLock(lock) => lock.try_acquire(),
        }
    }

    pub(super) fn acquire_timeout(&self, site: Site, timeout: Duration) -> bool {
        match self {
            EitherLock::Lock(lock) => lock.inner.acquire_timeout(site, timeout),
            EitherLock::RLock(lock) => lock.acquire_timeout_at(site, timeout),
        }
    }

    pub(super) fn release(&self) -> Result<(), Failure> {
        match self {
            EitherLock::Lock(lock) => lock.release(),
            EitherLock::RLock(lock) => lock.release(),
        }
    }

    /// Whether the current lane holds it.
    pub(super) fn is_mine(&self, context: &Context) -> bool {
        match self {
            EitherLock::Lock(lock) => lock.inner.is_mine(context),
            EitherLock::RLock(lock) => lock.is_mine(context),
        }
    }

    /// Lets others have it, however many times the current lane, which holds it, has taken it: so many are returned.
    pub(super) fn let_go(&self, context: &mut Context) -> u32 {
        match self {
            EitherLock::Lock(lock) => {
                lock.inner.release(context);
                1
            }
            EitherLock::RLock(lock) => lock.let_go(context),
        }
    }

    /// Takes it again, as many times as before.
    pub(super) fn take_back(&self, site: Site, times: u32) {
        for _ in 0..times {
            self.acquire(site);
        }
    }

    pub(super) fn name(&self) -> &str {
        match self {
            EitherLock::Lock(lock) => lock.name(),
            EitherLock::RLock(lock) => lock.name(),
        }
    }
}
