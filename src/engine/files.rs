//! The files of the reader's program, as the engine sees them: it puts the reader's there before a run, and sends the window
//! what the program writes.

use super::outbox::send;
use super::protocol::FromEngine;
use crate::runtime::disk::{Disk, Watch};
use crate::runtime::host::web::milliseconds;

/// Milliseconds between two looks at what was written.
const EVERY: f64 = 250.0;

/// How many bytes more a look may send for each millisecond until the next: whoever writes a large file bit by bit should
/// not have all of it sent each time.
const BYTES_PER_MS: f64 = 20_000.0;

/// What the window knows of a program's files.
pub struct Files {
    disk: &'static Disk,
    watch: Watch,
    /// When to look again.
    next: f64,
}

impl Files {
    /// A program is about to begin, and finds these files.
    pub fn begin(disk: &'static Disk, given: Vec<(String, Vec<u8>)>) -> Files {
        for (name, bytes) in given {
            if let Err(fault) = disk.add(&name, &bytes) {
                panic!("the file “{name}” cannot be given to the program: {}", fault.text());
            }
        }
        Files { disk, watch: Watch::begin(disk), next: 0.0 }
    }

    /// Sends what was written, if it is time for that.
    pub fn send_some(&mut self) {
        if milliseconds() >= self.next {
            let bytes = self.send();
            self.next = milliseconds() + EVERY + bytes as f64 / BYTES_PER_MS;
        }
    }

    /// Sends what was written: the program is over.
    pub fn send_rest(&mut self) {
        self.send();
    }

    /// How many bytes that was.
    fn send(&mut self) -> usize {
        let changes = self.watch.look(self.disk);
        let bytes = changes.iter().filter_map(|change| change.bytes.as_ref()).map(Vec::len).sum();
        for change in changes {
            send(&FromEngine::File(change), None);
        }
        bytes
    }
}
