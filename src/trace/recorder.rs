//! Recording without locks: each worker writes a stream of its own, and nobody waits for anybody.
//!
//! A stream is a chain of chunks. Its one writer appends a record, then publishes the new length; readers
//! ([`super::reader`]) look at the length, then at the records below it. Readers confirm how far everything has safely
//! arrived, and the writer takes chunks below that mark for itself again. So it seldom needs the allocator, which on
//! WebAssembly is one global spin lock.
//!
//! The layouts here are `repr(C)`, because a reader may look at them from outside: at the memory of a child process
//! while it runs, or at that of an engine that has been stopped.

use std::cell::UnsafeCell;
use std::panic::Location;
use std::path::Path;
use std::ptr;
use std::sync::atomic::{AtomicPtr, AtomicU32, AtomicU64, Ordering::*};
use std::sync::{Arc, Mutex};

use rustc_hash::FxHashMap;

use super::event::{Cause, Ending, LaneKind, ResourceKind, State, Target};
use super::record::{RECORD_BYTES, Record, Tag};
use super::{LaneId, Nanos, ResourceId};

/// Records in a chunk: 64 KiB.
pub const CHUNK_RECORDS: usize = 2048;

/// Streams of one recorder: more workers than a browser will start.
pub const MAX_STREAMS: usize = 256;

/// Records of one run, until recording ends: 192 MB in the worst case, in which nothing is read out.
pub const DEFAULT_CAP: u64 = 6_000_000;

/// Effects that are this little earlier than their cause are put after it without a word: no browser's clock is that
/// fine, so it says nothing about how well clocks agree.
const TIE: Nanos = Nanos(1_000);

/// [`Root::end_of_recording`] while recording goes on.
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
    fn allocate(first: u32) -> *mut Chunk {
        // A chunk is too large to be built on the stack of a worker and moved from there.
        let layout = std::alloc::Layout::new::<Chunk>();
        // SAFETY: the layout is not empty, and zeros are a valid chunk: a null pointer, two zeros, and records that
        // are plain numbers.
        let chunk = unsafe { std::alloc::alloc_zeroed(layout) }.cast::<Chunk>();
        if chunk.is_null() {
            std::alloc::handle_alloc_error(layout);
        }
        // SAFETY: just allocated, and nobody else knows it yet.
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
    /// How many of `streams` are there.
    pub(super) stream_count: AtomicU32,
    /// 1 when a worker has panicked: it will never answer again.
    pub(super) panicked: AtomicU32,
    /// When the cap was reached, or [`NEVER`].
    pub(super) end_of_recording: AtomicU64,
    pub(super) streams: [AtomicPtr<Stream>; MAX_STREAMS],
}

/// All streams of one run (in a browser: of one instance).
pub struct Recorder {
    root: Box<Root>,
    records_left: AtomicU64,
    /// Writers whose worker has ended, for the next worker.
    idle: Mutex<Vec<Idle>>,
}

/// A [`Writer`] that no worker has. It does not hold the recorder alive, which holds it.
struct Idle {
    stream: *const Stream,
    chunk: *mut Chunk,
    len: u32,
    floor: Nanos,
    sites: FxHashMap<*const Location<'static>, u16>,
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
        }
    }

    /// Where readers begin.
    pub fn root(&self) -> &Root {
        &self.root
    }

    /// Notes that a worker has panicked, so that a reader learns of it.
    pub fn note_panic(&self) {
        self.root.panicked.store(1, SeqCst);
    }

    /// A writer for the current worker: one that an ended worker left, else a new stream.
    ///
    /// # Panics
    /// With more than [`MAX_STREAMS`] workers at a time.
    pub fn writer(self: &Arc<Recorder>) -> Writer {
        let idle = self.idle.lock().expect("no panic while it is held").pop();
        if let Some(Idle { stream, chunk, len, floor, sites }) = idle {
            return Writer { recorder: self.clone(), stream, chunk, len, floor, sites, off: false };
        }
        let chunk = Chunk::allocate(0);
        let stream = Box::into_raw(Box::new(Stream { head: AtomicPtr::new(chunk), confirmed: AtomicU32::new(0) }));
        let number = self.root.stream_count.fetch_add(1, SeqCst) as usize;
        assert!(number < MAX_STREAMS, "more than {MAX_STREAMS} workers record at the same time");
        self.root.streams[number].store(stream, Release);
        let sites = FxHashMap::default();
        Writer { recorder: self.clone(), stream, chunk, len: 0, floor: Nanos::ZERO, sites, off: false }
    }

    /// Takes back the writer of a worker that has ended.
    pub fn put_back(&self, writer: Writer) {
        let Writer { recorder: _, stream, chunk, len, floor, sites, off: _ } = writer;
        self.idle.lock().expect("no panic while it is held").push(Idle { stream, chunk, len, floor, sites });
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        for stream in &self.root.streams {
            let stream = stream.load(Acquire);
            if stream.is_null() {
                continue;
            }
            // SAFETY: streams and chunks were made by `Box::into_raw` and `Chunk::allocate`; writers hold the
            // recorder alive, so none is left, and readers borrow it.
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

/// The one that writes a stream. It belongs to one worker.
pub struct Writer {
    recorder: Arc<Recorder>,
    stream: *const Stream,
    /// The chunk that is being filled.
    chunk: *mut Chunk,
    /// Records in it.
    len: u32,
    /// The time of the latest event; the worker's time never goes back below it.
    floor: Nanos,
    sites: FxHashMap<*const Location<'static>, u16>,
    /// Records are thrown away, to measure what keeping them costs.
    off: bool,
}

// SAFETY: the pointers are to memory that lives as long as the recorder, and only one worker has the writer.
unsafe impl Send for Writer {}

impl Writer {
    /// The time of this worker's latest event: it is never earlier again, whatever the clock says.
    pub fn floor(&self) -> Nanos {
        self.floor
    }

    /// Whether records are kept.
    pub fn set_recording(&mut self, on: bool) {
        self.off = !on;
    }

    /// The time at which an event is recorded whose worker's clock says `now`: not before earlier events of this
    /// worker, and not before its cause. If the cause is later than the clock, that is recorded too.
    #[inline(always)]
    fn settle(&mut self, now: Nanos, lane: LaneId, cause: Option<Cause>) -> Nanos {
        self.settle_at(now, lane, cause.map_or(Nanos::ZERO, |cause| cause.time))
    }

    /// As [`Writer::settle`], with the earliest time that makes sense.
    #[inline(always)]
    fn settle_at(&mut self, now: Nanos, lane: LaneId, earliest: Nanos) -> Nanos {
        let now = now.max(self.floor);
        self.floor = now.max(earliest);
        if earliest >= now + TIE {
            self.lifted(lane, earliest, earliest - now);
        }
        self.floor
    }

    #[cold]
    fn lifted(&mut self, lane: LaneId, to: Nanos, by: Nanos) {
        self.push(Record::new(Tag::Lifted, to, lane).with_value(by.0 as i64));
    }

    /// A lane begins to be; `parent` starts it. Returns the time, for the cause of its first state.
    pub fn lane(&mut self, now: Nanos, lane: LaneId, kind: LaneKind, parent: Option<LaneId>, name: &str) -> Nanos {
        let time = self.settle(now, lane, None);
        let record = Record::new(Tag::Lane, time, lane).with_code(kind as u8).with_target(parent.map(Target::Lane));
        self.push_text(record, name);
        time
    }

    /// A resource begins to be.
    pub fn resource(&mut self, now: Nanos, lane: LaneId, resource: ResourceId, kind: ResourceKind, name: &str) {
        let time = self.settle(now, lane, None);
        let record =
            Record::new(Tag::Resource, time, lane).with_code(kind as u8).with_target(Some(Target::Resource(resource)));
        self.push_text(record, name);
    }

    /// The lane is in this state from now on.
    #[optimize(speed)]
    pub fn state(
        &mut self,
        now: Nanos,
        lane: LaneId,
        state: State,
        on: Option<Target>,
        site: Option<&'static Location<'static>>,
        cause: Option<Cause>,
    ) -> Nanos {
        let site = site.map_or(0, |site| self.site(site));
        let time = self.settle(now, lane, cause);
        self.push(
            Record::new(Tag::State, time, lane).with_state(state).with_target(on).with_site(site).with_cause(cause),
        );
        time
    }

    /// The lane runs for the first time. `spawned` is who started it, which the lane's definition already tells.
    #[optimize(speed)]
    pub fn started(&mut self, now: Nanos, lane: LaneId, spawned: Option<Cause>) -> Nanos {
        let time = self.settle(now, lane, spawned);
        self.push(Record::new(Tag::State, time, lane).with_state(State::Running));
        time
    }

    /// A lane that was woken runs again: it was ready from the moment its cause acted, and runs now.
    /// Both are written by the one who resumes, so a lane's states have one writer.
    #[optimize(speed)]
    pub fn resumed(
        &mut self,
        now: Nanos,
        lane: LaneId,
        site: Option<&'static Location<'static>>,
        waited_since: Nanos,
        cause: Option<Cause>,
    ) -> Nanos {
        let site = site.map_or(0, |site| self.site(site));
        let time = self.settle(now, lane, cause);
        if let Some(cause) = cause {
            // A wake from before the wait began (it crossed the lane's going to sleep) did not end a wait.
            let ready = cause.time.max(waited_since);
            if ready < time {
                self.push(
                    Record::new(Tag::State, ready, lane)
                        .with_state(State::Ready)
                        .with_site(site)
                        .with_cause(Some(cause)),
                );
                self.push(Record::new(Tag::State, time, lane).with_state(State::Running).with_site(site));
                return time;
            }
        }
        self.push(Record::new(Tag::State, time, lane).with_state(State::Running).with_site(site).with_cause(cause));
        time
    }

    /// The same for a lane that had to wait once more when it was woken, `on` what lets it run: it was ready meanwhile,
    /// since its cause acted, or, where nobody has woken it, since `wanted`.
    #[allow(clippy::too_many_arguments)] // Two waits, as they are recorded.
    pub fn resumed_after(
        &mut self,
        now: Nanos,
        lane: LaneId,
        site: Option<&'static Location<'static>>,
        waited_since: Nanos,
        (on, wanted): (Target, Nanos),
        cause: Option<Cause>,
    ) -> Nanos {
        let site = site.map_or(0, |site| self.site(site));
        let time = self.settle(now, lane, cause);
        let ready = cause.map_or(wanted, |cause| cause.time).max(waited_since).min(time);
        let record = Record::new(Tag::State, ready, lane).with_state(State::Ready).with_target(Some(on));
        self.push(record.with_site(site).with_cause(cause));
        self.push(Record::new(Tag::State, time, lane).with_state(State::Running).with_site(site));
        time
    }

    /// The lane met a wait that `cause` had already ended.
    pub fn passed(
        &mut self,
        now: Nanos,
        lane: LaneId,
        on: Target,
        site: Option<&'static Location<'static>>,
        cause: Option<Cause>,
    ) {
        let site = site.map_or(0, |site| self.site(site));
        let time = self.settle(now, lane, cause);
        self.push(Record::new(Tag::Passed, time, lane).with_target(Some(on)).with_site(site));
    }

    /// The lane is over. Returns the time, for whoever waits for it.
    pub fn ended(&mut self, now: Nanos, lane: LaneId, ending: Ending, message: &str) -> Nanos {
        let time = self.settle(now, lane, None);
        self.push_text(Record::new(Tag::Ended, time, lane).with_code(ending as u8), message);
        time
    }

    /// The wait that the lane has just begun ends at this time at the latest.
    pub fn deadline(&mut self, now: Nanos, lane: LaneId, until: Nanos) {
        let time = self.settle(now, lane, None);
        self.push(Record::new(Tag::Deadline, time, lane).with_value(until.0 as i64));
    }

    /// An event about a resource, without a state of its own: acquired, released, level, read, write.
    ///
    /// It is put later than what happened to the resource before, at `after`. Clocks have steps, and events of several
    /// lanes within one step would lose their order. Returns the time, for what happens next, and whoever is woken.
    #[inline(always)]
    pub fn resource_event(
        &mut self,
        now: Nanos,
        lane: LaneId,
        tag: Tag,
        resource: ResourceId,
        value: i64,
        after: Option<Nanos>,
    ) -> Nanos {
        let time = self.settle_at(now, lane, after.map_or(Nanos::ZERO, |after| after + Nanos(1)));
        self.push(Record::new(tag, time, lane).with_target(Some(Target::Resource(resource))).with_value(value));
        time
    }

    /// A printed line or a mark, or the beginning of a scope.
    pub fn text(&mut self, now: Nanos, lane: LaneId, tag: Tag, text: &str) {
        let time = self.settle(now, lane, None);
        self.push_text(Record::new(tag, time, lane), text);
    }

    /// The end of a scope.
    pub fn scope_ended(&mut self, now: Nanos, lane: LaneId) {
        let time = self.settle(now, lane, None);
        self.push(Record::new(Tag::ScopeEnded, time, lane));
    }

    /// The number of a source line in this stream; defines it at its first use. 0 for a line that is not the program's,
    /// and when there are too many.
    #[optimize(speed)]
    fn site(&mut self, location: &'static Location<'static>) -> u16 {
        if let Some(&number) = self.sites.get(&ptr::from_ref(location)) {
            return number;
        }
        if self.off {
            return 0;
        }
        // A function that was handed to the standard library is called from a file of that library, by its path on the
        // machine that built it. The program's own files are named from the top of the repository.
        if Path::new(location.file()).has_root() {
            return 0;
        }
        let Ok(number) = u16::try_from(self.sites.len() + 1) else { return 0 };
        self.sites.insert(location, number);
        let record = Record::new(Tag::Site, self.floor, LaneId(u32::MAX))
            .with_site(number)
            .with_value(i64::from(location.line()));
        self.push_text(record, location.file());
        number
    }

    fn push_text(&mut self, record: Record, text: &str) {
        self.push(record.with_text_len(text.len()));
        for piece in text.as_bytes().chunks(RECORD_BYTES) {
            let mut bytes = [0; RECORD_BYTES];
            bytes[..piece.len()].copy_from_slice(piece);
            self.push(Record::from_bytes(&bytes));
        }
    }

    #[inline(always)]
    fn push(&mut self, record: Record) {
        if self.off {
            return;
        }
        if self.len as usize == CHUNK_RECORDS && !self.next_chunk(Nanos(record.time)) {
            return;
        }
        // SAFETY: `chunk` is alive, `len` is below its size, and readers look only at records below the length that
        // is published after this.
        unsafe {
            let records = (*self.chunk).records.get().cast::<Record>();
            records.add(self.len as usize).write(record);
            self.len += 1;
            // A store would do; but in WebAssembly all of them are sequentially consistent, and for such a store Firefox
            // waits three times as long as for an exchange.
            (*self.chunk).len.swap(self.len, AcqRel);
        }
    }

    /// Goes on in another chunk; false when recording has ended.
    #[cold]
    fn next_chunk(&mut self, now: Nanos) -> bool {
        let root = self.recorder.root();
        if root.end_of_recording.load(Relaxed) != NEVER {
            return false;
        }
        let wanted = CHUNK_RECORDS as u64;
        if self.recorder.records_left.fetch_update(Relaxed, Relaxed, |left| left.checked_sub(wanted)).is_err() {
            root.end_of_recording.fetch_min(now.0, Relaxed);
            return false;
        }
        // SAFETY: stream and chunks live as long as the recorder. A chunk is taken back only when a reader has
        // confirmed a record behind it, and so no longer looks at it; the writer itself is in another chunk.
        unsafe {
            let stream = &*self.stream;
            let first = (*self.chunk).first.load(Relaxed) + CHUNK_RECORDS as u32;
            let head = stream.head.load(Relaxed);
            let free = head != self.chunk
                && stream.confirmed.load(Acquire) > (*head).first.load(Relaxed) + CHUNK_RECORDS as u32;
            let fresh = if free {
                stream.head.store((*head).next.load(Relaxed), Release);
                (*head).next.store(ptr::null_mut(), Relaxed);
                (*head).len.store(0, Relaxed);
                (*head).first.store(first, Relaxed);
                head
            } else {
                Chunk::allocate(first)
            };
            (*self.chunk).next.store(fresh, Release);
            self.chunk = fresh;
            self.len = 0;
        }
        true
    }
}
