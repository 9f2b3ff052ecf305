//! What a disk and its files count together.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};

use super::fault::Fault;

/// How many bytes all files of a run have together at most.
pub const CAPACITY: usize = 64 << 20;

/// How many bytes are taken.
#[derive(Default)]
pub(super) struct Room(AtomicUsize);

impl Room {
    pub fn take(&self, bytes: usize) -> Result<(), Fault> {
        let more = |taken: usize| taken.checked_add(bytes).filter(|taken| *taken <= CAPACITY);
        self.0.fetch_update(Relaxed, Relaxed, more).map(drop).map_err(|_| Fault::Full)
    }

    pub fn give_back(&self, bytes: usize) {
        self.0.fetch_sub(bytes, Relaxed);
    }
}

/// What a disk and its files count together.
#[derive(Default)]
pub(super) struct Counters {
    pub room: Room,
    /// Numbers of files and folders.
    last_id: AtomicU64,
    /// Grows with each change.
    version: AtomicU64,
}

impl Counters {
    pub fn next_id(&self) -> u64 {
        self.last_id.fetch_add(1, Relaxed) + 1
    }

    /// Something has changed; gives the version from then on.
    pub fn changed(&self) -> u64 {
        self.version.fetch_add(1, Relaxed) + 1
    }

    /// Grows with each change.
    pub fn version(&self) -> u64 {
        self.version.load(Relaxed)
    }
}
