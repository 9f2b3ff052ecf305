//! Recording without locks: each worker writes its own stream, and no worker waits for another.
//!
//! A stream is a chain of chunks. Its one writer appends a record, then publishes the new length; readers
//! ([`super::reader`]) look at the length, then at the records below it. There is no lock.
//!
//! A worker recycles its own chunks: the window confirms up to which record everything has safely arrived, and the
//! writer reuses the chunks below that mark. So once the reader keeps up, nothing is allocated (on WebAssembly the
//! allocator is one global spin lock), there is no shared pool of chunks that would have to be refilled, and nothing is
//! overwritten that is still needed after a stop.
//!
//! The layouts here are `repr(C)`, because a reader may access them from outside: in the memory of a child process
//! while it runs, or in that of an engine that has been stopped.

use std::cell::UnsafeCell;
use std::ptr;
use std::sync::Mutex;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::*};

use rustc_hash::FxHashMap;

use super::record::Record;
use super::{FileId, Nanos, Site};

/// Records in a chunk: 64 KiB.
pub const CHUNK_RECORDS: usize = 2048;

/// Streams of one recorder: more workers than a browser will start.
pub const MAX_STREAMS: usize = 256;

/// Records of one run, until recording ends: 192 MB in the worst case, when nothing is read out.
pub const DEFAULT_CAP: u64 = 6_000_000;

/// `Root::end_of_recording` while recording goes on.
pub const NEVER: u64 = u64::MAX;

/// A piece of a stream.
#[repr(C)]
pub struct Chunk {
    /// The chunk after this one, once there is one.
    pub(super) next: AtomicPtr<Chunk>,
    /// Position of the first record in the stream.
    pub(super) first: AtomicU32,
    /// Records that are complete.
    pub(super) len: AtomicU32,
    pub(super) records: UnsafeCell<[Record; CHUNK_RECORDS]>,
}

impl Chunk {
    pub(super) fn allocate(first: u32) -> *mut Chunk {
        // A chunk is too large to be built on the stack of a worker and moved from there.
        let layout = std::alloc::Layout::new::<Chunk>();
        // SAFETY: the layout is not empty, and zeros are a valid chunk: a null pointer, two zeros, and records that
        // are plain numbers.
        let chunk = unsafe { std::alloc::alloc_zeroed(layout) }.cast::<Chunk>();
        if chunk.is_null() {
            std::alloc::handle_alloc_error(layout);
        }
        // SAFETY: just allocated, and not shared yet.
        unsafe { (*chunk).first.store(first, Relaxed) };
        chunk
    }
}

/// What one worker has recorded.
#[repr(C)]
pub struct Stream {
    /// The oldest chunk that has not been taken back.
    pub(super) head: AtomicPtr<Chunk>,
    /// Records that have safely arrived where the trace is kept; the writer may write over them.
    pub(super) confirmed: AtomicU32,
}

/// Where a recorder's streams are. Its address is all that a reader needs.
#[repr(C)]
pub struct Root {
    /// How many of `streams` are in use.
    pub(super) stream_count: AtomicU32,
    /// 1 when a worker has panicked: it will never answer again.
    pub(super) panicked: AtomicU32,
    /// When the cap was reached, or [`NEVER`].
    pub(super) end_of_recording: AtomicU64,
    pub(super) streams: [AtomicPtr<Stream>; MAX_STREAMS],
}

/// All streams of one run (in a browser: of one instance).
pub struct Recorder {
    pub(super) root: Box<Root>,
    pub(super) records_left: AtomicU64,
    /// Writers whose worker has ended, for the next worker.
    pub(super) idle: Mutex<Vec<Idle>>,
    /// The names of source files that are not this program's own.
    pub(super) files: Mutex<Vec<String>>,
}

/// A [`Writer`](super::writer::Writer) that no worker has. It does not keep the recorder alive, which owns it.
pub(super) struct Idle {
    pub(super) stream: *const Stream,
    pub(super) chunk: *mut Chunk,
    pub(super) len: u32,
    pub(super) floor: Nanos,
    pub(super) sites: FxHashMap<u64, u16>,
}

// SAFETY: as for a writer.
unsafe impl Send for Idle {}

impl Recorder {
    /// A recorder that ends recording after about `cap` records (it counts whole chunks).
    pub fn new(cap: u64) -> Recorder {
        Recorder {
            root: Box::new(Root {
                stream_count: AtomicU32::new(0),
                panicked: AtomicU32::new(0),
                end_of_recording: AtomicU64::new(NEVER),
                streams: [const { AtomicPtr::new(ptr::null_mut()) }; MAX_STREAMS],
            }),
            records_left: AtomicU64::new(cap),
            idle: Mutex::new(Vec::new()),
            files: Mutex::new(Vec::new()),
        }
    }

    /// A number for a source file of this name, for [`Site::Line`].
    ///
    /// # Panics
    /// If there are more than 65 536 files.
    pub fn define_file(&self, name: impl Into<String>) -> FileId {
        let mut files = self.files.lock().expect("no panic while it is held");
        let number = u16::try_from(files.len()).expect("a run has at most 65 536 source files");
        files.push(name.into());
        FileId(number)
    }

    /// A line as readers of the trace name it: `src/demos/tasks/files.rs:12`.
    pub fn place(&self, site: Site) -> String {
        match site {
            Site::Called(location) => format!("{}:{}", location.file(), location.line()),
            Site::Line { file, line } => format!("{}:{line}", self.file_name(file)),
        }
    }

    pub(super) fn file_name(&self, file: FileId) -> String {
        let files = self.files.lock().expect("no panic while it is held");
        files.get(usize::from(file.0)).cloned().unwrap_or_default()
    }

    /// Where readers begin.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Notes that a worker has panicked, so that a reader learns of it.
    pub fn note_panic(&self) {
        self.root.panicked.store(1, SeqCst);
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        for stream in &self.root.streams {
            let stream = stream.load(Acquire);
            if stream.is_null() {
                continue;
            }
            // SAFETY: streams and chunks were made by `Box::into_raw` and `Chunk::allocate`; writers keep the recorder
            // alive, so none is left, and readers borrow it.
            unsafe {
                let stream = Box::from_raw(stream);
                let mut chunk = stream.head.load(Acquire);
                while !chunk.is_null() {
                    let next = (*chunk).next.load(Acquire);
                    std::alloc::dealloc(chunk.cast(), std::alloc::Layout::new::<Chunk>());
                    chunk = next;
                }
            }
        }
    }
}
