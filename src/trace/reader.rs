//! Reading streams while their writers are running, or after they have been stopped.
//!
//! The same code reads the memory it lives in ([`LocalMemory`]), that of a child process, and that of a terminated
//! engine: a [`Memory`] only has to load, store and copy. Layouts agree since all instances run the same binary.

use std::mem::{offset_of, size_of};
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::*};

use serde::{Deserialize, Serialize};

use super::Nanos;
use super::record::RECORD_BYTES;
use super::recorder::{CHUNK_RECORDS, Chunk, MAX_STREAMS, NEVER, Root, Stream};

/// The memory that contains a recorder. Addresses are within that memory.
pub trait Memory {
    /// Loads 32 bits, with acquire ordering: what their writer wrote before them is then visible.
    fn load_u32(&self, address: usize) -> u32;
    /// Loads 64 bits.
    fn load_u64(&self, address: usize) -> u64;
    /// Loads an address.
    fn load_address(&self, address: usize) -> usize;
    /// Stores 32 bits.
    fn store_u32(&self, address: usize, value: u32);
    /// Appends the `len` bytes at `address` to `into`.
    fn copy(&self, address: usize, len: usize, into: &mut Vec<u8>);
}

/// The memory this code runs in.
pub struct LocalMemory<'a> {
    root: &'a Root,
}

impl<'a> LocalMemory<'a> {
    /// The memory around a recorder's root.
    pub fn new(root: &'a Root) -> LocalMemory<'a> {
        LocalMemory { root }
    }

    /// The root's address.
    pub fn root_address(&self) -> usize {
        std::ptr::from_ref(self.root).expose_provenance()
    }
}

impl Memory for LocalMemory<'_> {
    fn load_u32(&self, address: usize) -> u32 {
        // SAFETY: `Reader` asks only for fields of the root, its streams and their chunks, which live as long as the
        // recorder, and which are atomics.
        unsafe { &*std::ptr::with_exposed_provenance::<AtomicU32>(address) }.load(Acquire)
    }
    fn load_u64(&self, address: usize) -> u64 {
        // SAFETY: as above.
        unsafe { &*std::ptr::with_exposed_provenance::<AtomicU64>(address) }.load(Acquire)
    }
    fn load_address(&self, address: usize) -> usize {
        // SAFETY: as above. Loaded as a pointer, and exposed, since its target is read next.
        unsafe { &*std::ptr::with_exposed_provenance::<AtomicPtr<u8>>(address) }.load(Acquire).expose_provenance()
    }
    fn store_u32(&self, address: usize, value: u32) {
        // SAFETY: as above.
        unsafe { &*std::ptr::with_exposed_provenance::<AtomicU32>(address) }.store(value, Release);
    }
    fn copy(&self, address: usize, len: usize, into: &mut Vec<u8>) {
        // SAFETY: `Reader` copies only records below the length that their chunk has published; the writer does not
        // touch those until they are confirmed.
        into.extend_from_slice(unsafe {
            std::slice::from_raw_parts(std::ptr::with_exposed_provenance::<u8>(address), len)
        });
    }
}

/// Some records of one stream, as they lay in memory.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Piece {
    /// The process whose memory the stream is in; 0 is the engine.
    pub process: u16,
    /// The stream, as numbered there.
    pub stream: u16,
    /// Position of the first of these records in the stream.
    pub first: u32,
    /// The records, [`RECORD_BYTES`] each.
    pub records: Vec<u8>,
}

impl Piece {
    /// Position of the record after these.
    pub fn end(&self) -> u32 {
        self.first.saturating_add((self.records.len() / RECORD_BYTES) as u32)
    }
}

/// Reads the streams of one recorder, each from where it left off.
pub struct Reader {
    process: u16,
    root: usize,
    cursors: Vec<Cursor>,
}

#[derive(Clone, Copy)]
struct Cursor {
    chunk: usize,
    /// Position in the stream of the next record to read.
    next: u32,
}

impl Reader {
    /// A reader of the recorder whose root is at `root`, in the memory of `process`.
    pub fn new(process: u16, root: usize) -> Reader {
        Reader { process, root, cursors: Vec::new() }
    }

    /// All records that are complete and were not read before, at most about `limit` bytes of them. The second value
    /// says whether there may be more.
    pub fn read(&mut self, memory: &impl Memory, limit: usize) -> (Vec<Piece>, bool) {
        let count = (memory.load_u32(self.root + offset_of!(Root, stream_count)) as usize).min(MAX_STREAMS);
        let mut pieces = Vec::new();
        let mut taken = 0;
        for number in 0..count {
            let stream = memory.load_address(self.root + offset_of!(Root, streams) + number * size_of::<usize>());
            if stream == 0 {
                break; // Counted, but not there yet: next time.
            }
            if number == self.cursors.len() {
                let chunk = memory.load_address(stream + offset_of!(Stream, head));
                let next = memory.load_u32(chunk + offset_of!(Chunk, first));
                self.cursors.push(Cursor { chunk, next });
            }
            let cursor = &mut self.cursors[number];
            let mut piece =
                Piece { process: self.process, stream: number as u16, first: cursor.next, records: Vec::new() };
            while taken < limit && cursor.advance(memory, &mut piece.records) {
                taken += CHUNK_RECORDS * RECORD_BYTES;
            }
            if !piece.records.is_empty() {
                pieces.push(piece);
            }
        }
        (pieces, taken >= limit)
    }

    /// Tells the writer that its records below `end` have safely arrived where the trace is kept.
    pub fn confirm(&self, memory: &impl Memory, stream: u16, end: u32) {
        let stream =
            memory.load_address(self.root + offset_of!(Root, streams) + usize::from(stream) * size_of::<usize>());
        if stream != 0 {
            memory.store_u32(stream + offset_of!(Stream, confirmed), end);
        }
    }

    /// Whether a worker has panicked.
    pub fn panicked(&self, memory: &impl Memory) -> bool {
        memory.load_u32(self.root + offset_of!(Root, panicked)) != 0
    }

    /// When recording ended, if the cap was reached.
    pub fn end_of_recording(&self, memory: &impl Memory) -> Option<Nanos> {
        let end = memory.load_u64(self.root + offset_of!(Root, end_of_recording));
        (end != NEVER).then_some(Nanos(end))
    }
}

impl Cursor {
    /// Reads what its chunk has, or goes on to the next chunk; false when there is nothing.
    fn advance(&mut self, memory: &impl Memory, into: &mut Vec<u8>) -> bool {
        let first = memory.load_u32(self.chunk + offset_of!(Chunk, first));
        let len = memory.load_u32(self.chunk + offset_of!(Chunk, len));
        let read = self.next - first;
        if read < len {
            let at = self.chunk + offset_of!(Chunk, records) + read as usize * RECORD_BYTES;
            memory.copy(at, (len - read) as usize * RECORD_BYTES, into);
            self.next = first + len;
            return true;
        }
        let next = memory.load_address(self.chunk + offset_of!(Chunk, next));
        if len as usize == CHUNK_RECORDS && next != 0 {
            self.chunk = next;
            return true;
        }
        false
    }
}

/// Also for Miri, which finds data races and uses after free: `cargo miri test --lib trace::reader`.
#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::AtomicBool;

    use super::*;
    use crate::trace::LaneId;
    use crate::trace::record::{Record, Tag};
    use crate::trace::recorder::Recorder;
    use crate::trace::writer::Writer;

    #[test]
    fn streams_are_read_while_they_are_written_and_recycled() {
        // The third worker takes over the stream of the first, or of the second.
        const WORKERS: u32 = 3;
        const EACH: u64 = CHUNK_RECORDS as u64 + CHUNK_RECORDS as u64 / 2;
        let recorder = Arc::new(Recorder::new(u64::MAX));
        let over = AtomicBool::new(false);
        let record = |mut writer: Writer, lane| {
            for time in 0..EACH {
                writer.scope_ended(Nanos(time), LaneId(lane));
            }
            recorder.put_back(writer);
        };
        let read = || {
            let memory = LocalMemory::new(recorder.root());
            let mut reader = Reader::new(0, memory.root_address());
            let mut records: Vec<Record> = Vec::new();
            loop {
                let last = over.load(Acquire);
                for piece in reader.read(&memory, usize::MAX).0 {
                    records.extend(piece.records.as_chunks().0.iter().map(Record::from_bytes));
                    // What has been read may be written over.
                    reader.confirm(&memory, piece.stream, piece.end());
                }
                if last {
                    return records;
                }
                std::thread::yield_now();
            }
        };
        let records = std::thread::scope(|scope| {
            let record = &record;
            let reader = scope.spawn(read);
            let writers = [recorder.writer(), recorder.writer()].into_iter().zip(0..);
            let workers = writers.map(|(writer, lane)| scope.spawn(move || record(writer, lane)));
            workers.collect::<Vec<_>>().into_iter().for_each(|worker| worker.join().expect("it records"));
            record(recorder.writer(), WORKERS - 1);
            over.store(true, Release);
            reader.join().expect("it reads")
        });
        assert_eq!(records.len() as u64, u64::from(WORKERS) * EACH);
        assert!(records.iter().all(|record| record.tag == Tag::ScopeEnded as u8));
        for lane in 0..WORKERS {
            let times = records.iter().filter(|record| record.lane == lane).map(|record| record.time);
            // The floor of a stream that was taken over is the time of its latest record.
            let expected = (0..EACH).map(|time| if lane == WORKERS - 1 { EACH - 1 } else { time });
            assert!(times.eq(expected), "lane {lane}");
        }
        assert_eq!(recorder.root().stream_count.load(Acquire), 2);
    }
}
