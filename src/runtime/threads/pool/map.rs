//! What a pool's `map` returns.

use std::time::Duration;

use super::completions::TimedOut;
use super::future::{Future, NoResult};
use crate::runtime::lane::{self, Site};
use crate::trace::Nanos;

/// Results in the order of the inputs; each is waited for when it is requested. When this is dropped, what has not begun
/// is cancelled.
pub struct Map<R> {
    futures: std::vec::IntoIter<Future<R>>,
    site: Site,
}

impl<R> Map<R> {
    pub(super) fn new(futures: Vec<Future<R>>, site: Site) -> Map<R> {
        Map { futures: futures.into_iter(), site }
    }

    /// Waits for so long at most, at the run's speed, from now on: in Python, `pool.map(function, inputs, timeout=…)`.
    pub fn at_most(self, timeout: Duration) -> MapInTime<R> {
        let until = lane::now() + Nanos::from(lane::scaled(timeout));
        MapInTime { total: self.futures.len(), map: self, until }
    }
}

impl<R> Drop for Map<R> {
    fn drop(&mut self) {
        for future in self.futures.as_slice() {
            future.cancel();
        }
    }
}

impl<R> Iterator for Map<R> {
    type Item = R;

    fn next(&mut self) -> Option<R> {
        let site = self.site;
        self.futures.next().map(|future| future.result_at(site))
    }
}

/// The same, until the time is up: then, if there are more, that once, and what has not begun is cancelled.
pub struct MapInTime<R> {
    map: Map<R>,
    total: usize,
    until: Nanos,
}

impl<R> Iterator for MapInTime<R> {
    type Item = Result<R, TimedOut>;

    /// # Panics
    /// If there will be no result, as [`Future::result`].
    fn next(&mut self) -> Option<Result<R, TimedOut>> {
        let unfinished = self.map.futures.len();
        let future = self.map.futures.next()?;
        let left = lane::unscaled(self.until.saturating_sub(lane::now()));
        match future.taken(self.map.site, Some(left)) {
            Ok(result) => Some(Ok(result)),
            Err(NoResult::TimedOut(_)) => {
                future.cancel();
                for future in self.map.futures.by_ref() {
                    future.cancel();
                }
                Some(Err(TimedOut { unfinished, total: self.total }))
            }
            Err(none) => panic!("{none}"),
        }
    }
}
