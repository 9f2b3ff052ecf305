//! One file: its bytes, and what is known of it.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::counters::Counters;
use super::fault::Fault;
use super::how::How;
use crate::runtime::host::wall_clock;
use crate::runtime::poison::unpoisoned;

/// A file. It lives while it has a name or is open.
pub(super) struct File {
    pub id: u64,
    counters: Arc<Counters>,
    content: Mutex<Content>,
}

pub(super) struct Content {
    pub bytes: Vec<u8>,
    mode: u32,
    modified: Duration,
    /// That of the disk when it was changed last.
    pub version: u64,
}

/// What is known of a file or folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Its number.
    pub id: u64,
    /// What it is and who may do what with it, as in POSIX.
    pub mode: u32,
    /// How many bytes it has.
    pub size: u64,
    /// When it was changed last, since 1970.
    pub modified: Duration,
}

/// The bits of a mode that say what it is.
pub(super) const FILE: u32 = 0o100_000;
pub(super) const FOLDER: u32 = 0o040_000;
pub(super) const DEVICE: u32 = 0o020_000;

impl Stat {
    /// Whether it is a folder.
    pub fn is_folder(&self) -> bool {
        self.mode & FOLDER != 0
    }
}

impl File {
    pub fn new(counters: Arc<Counters>, mode: u32) -> File {
        let version = counters.changed();
        let content = Content { bytes: Vec::new(), mode, modified: wall_clock(), version };
        File { id: counters.next_id(), counters, content: Mutex::new(content) }
    }

    pub fn stat(&self) -> Stat {
        let content = unpoisoned(&self.content);
        let size = content.bytes.len() as u64;
        Stat { id: self.id, mode: FILE | content.mode, size, modified: content.modified }
    }

    /// Looks at the content.
    pub fn read<R>(&self, body: impl FnOnce(&Content) -> R) -> R {
        body(&unpoisoned(&self.content))
    }

    /// Whether its mode lets it be opened like this.
    pub fn allows(&self, how: How) -> Result<(), Fault> {
        let mode = unpoisoned(&self.content).mode;
        let denied = how.read && mode & 0o400 == 0 || how.write && mode & 0o200 == 0;
        if denied { Err(Fault::Denied) } else { Ok(()) }
    }

    /// Writes bytes at a place, or at the end; gives the place after them.
    pub fn write(&self, at: Option<u64>, bytes: &[u8]) -> Result<u64, Fault> {
        let mut content = unpoisoned(&self.content);
        let start = at.map_or(Ok(content.bytes.len()), usize::try_from).map_err(|_| Fault::Full)?;
        let end = start.checked_add(bytes.len()).ok_or(Fault::Full)?;
        if bytes.is_empty() {
            return Ok(end as u64);
        }
        if end > content.bytes.len() {
            self.counters.room.take(end - content.bytes.len())?;
            content.bytes.resize(end, 0);
        }
        content.bytes[start..end].copy_from_slice(bytes);
        self.touched(&mut content);
        Ok(end as u64)
    }

    pub fn truncate(&self, size: u64) -> Result<(), Fault> {
        let mut content = unpoisoned(&self.content);
        let size = usize::try_from(size).map_err(|_| Fault::Full)?;
        let before = content.bytes.len();
        if size > before {
            self.counters.room.take(size - before)?;
        } else {
            self.counters.room.give_back(before - size);
        }
        content.bytes.resize(size, 0);
        self.touched(&mut content);
        Ok(())
    }

    fn touched(&self, content: &mut Content) {
        content.modified = wall_clock();
        content.version = self.counters.changed();
    }

    pub fn set_mode(&self, mode: u32) {
        unpoisoned(&self.content).mode = mode;
    }

    pub fn set_modified(&self, modified: Duration) {
        unpoisoned(&self.content).modified = modified;
    }
}

impl Drop for File {
    fn drop(&mut self) {
        self.counters.room.give_back(unpoisoned(&self.content).bytes.len());
    }
}
