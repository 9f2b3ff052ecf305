//! Files that a program has opened, and their descriptors.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use super::fault::Fault;
use super::file::{DEVICE, File, Stat};
use super::how::{How, Origin};
use crate::runtime::poison::unpoisoned;

/// A file that is open. Without a file, what swallows everything.
pub struct OpenFile {
    file: Option<Arc<File>>,
    how: How,
    position: Mutex<u64>,
}

/// How many more bytes a seek may leave between the end of a file and the position.
const FARTHEST: u64 = i64::MAX as u64;

impl OpenFile {
    pub(super) fn new(file: Option<Arc<File>>, how: How) -> OpenFile {
        OpenFile { file, how, position: Mutex::new(0) }
    }

    /// Reads as many bytes as there are, up to `most`.
    ///
    /// # Errors
    /// If it was not opened for that.
    pub fn read(&self, most: usize) -> Result<Vec<u8>, Fault> {
        if !self.how.read {
            return Err(Fault::BadDescriptor);
        }
        let Some(file) = &self.file else { return Ok(Vec::new()) };
        let mut position = unpoisoned(&self.position);
        let bytes = file.read(|content| {
            let start = usize::try_from(*position).unwrap_or(usize::MAX).min(content.bytes.len());
            content.bytes[start..][..most.min(content.bytes.len() - start)].to_vec()
        });
        *position += bytes.len() as u64;
        Ok(bytes)
    }

    /// Writes these bytes; gives how many.
    ///
    /// # Errors
    /// If it was not opened for that, or there is no room.
    pub fn write(&self, bytes: &[u8]) -> Result<usize, Fault> {
        if !self.how.write {
            return Err(Fault::BadDescriptor);
        }
        if let Some(file) = &self.file {
            let mut position = unpoisoned(&self.position);
            *position = file.write((!self.how.append).then_some(*position), bytes)?;
        }
        Ok(bytes.len())
    }

    /// Sets the position of the next read or write; gives it from the start.
    ///
    /// # Errors
    /// If it would be before the start.
    pub fn seek(&self, offset: i64, from: Origin) -> Result<u64, Fault> {
        let Some(file) = &self.file else { return Ok(0) };
        let mut position = unpoisoned(&self.position);
        let base = match from {
            Origin::Start => 0,
            Origin::Here => *position,
            Origin::End => file.stat().size,
        };
        *position = base.checked_add_signed(offset).filter(|to| *to <= FARTHEST).ok_or(Fault::Invalid)?;
        Ok(*position)
    }

    /// Cuts the file off at this size, or fills it up with zeros.
    ///
    /// # Errors
    /// If it was not opened for that, or there is no room.
    pub fn truncate(&self, size: u64) -> Result<(), Fault> {
        match &self.file {
            Some(file) if self.how.write => file.truncate(size),
            _ => Err(Fault::Invalid),
        }
    }

    /// What is known of the file.
    pub fn stat(&self) -> Stat {
        self.file.as_ref().map_or_else(sink, |file| file.stat())
    }
}

/// What is known of what swallows everything.
pub(super) fn sink() -> Stat {
    Stat { id: 0, mode: DEVICE | 0o666, size: 0, modified: Duration::ZERO }
}

/// Open files by descriptor.
#[derive(Default)]
pub(super) struct Descriptors(BTreeMap<i32, Arc<OpenFile>>);

/// The first descriptor of a file; those below are the console's.
const FIRST: i32 = 3;

impl Descriptors {
    /// The lowest number that is free, as in POSIX.
    pub fn add(&mut self, file: OpenFile) -> i32 {
        let free = (FIRST..).find(|number| !self.0.contains_key(number)).expect("there are more numbers than files");
        self.0.insert(free, Arc::new(file));
        free
    }

    pub fn get(&self, descriptor: i32) -> Result<Arc<OpenFile>, Fault> {
        self.0.get(&descriptor).cloned().ok_or(Fault::BadDescriptor)
    }

    pub fn take(&mut self, descriptor: i32) -> Result<Arc<OpenFile>, Fault> {
        self.0.remove(&descriptor).ok_or(Fault::BadDescriptor)
    }
}
