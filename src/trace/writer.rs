//! The writing side of a recorder: one writer for each worker, which records what its lanes do, and makes sure that no
//! effect is recorded before its cause.
//!
//! A lane that is woken records the later of its own clock and the cause's time. Each such lift leaves a record; the
//! page and the trace count them. A lift of less than a microsecond leaves none: it only keeps the order of a
//! resource's events, and says nothing about clocks.

use std::ptr;
use std::sync::Arc;
use std::sync::atomic::{AtomicPtr, AtomicU32, Ordering::*};

use rustc_hash::FxHashMap;

use super::event::{Cause, Ending, LaneKind, ResourceKind, State, Target};
use super::record::{RECORD_BYTES, Record, Tag};
use super::recorder::{CHUNK_RECORDS, Chunk, Idle, MAX_STREAMS, NEVER, Recorder, Stream};
use super::{LaneId, Nanos, ResourceId, Site};

/// An effect that is earlier than its cause by less than this is moved after it without a record of that: no browser's
/// clock is that fine, so it says nothing about how well clocks agree.
const TIE: Nanos = Nanos(1_000);

/// How many source lines a writer caches.
const RECENT: usize = 16;

/// An empty cache: no line has the key 0.
const NO_LINES: [(u64, u16); RECENT] = [(0, 0); RECENT];

impl Recorder {
    /// A writer for the current worker: that of a worker that has ended, or one for a new stream.
    ///
    /// # Panics
    /// If more than [`MAX_STREAMS`] workers record at the same time.
    pub fn writer(self: &Arc<Recorder>) -> Writer {
        let idle = self.idle.lock().expect("no panic while it is held").pop();
        if let Some(Idle { stream, chunk, len, floor, sites }) = idle {
            return Writer { recorder: self.clone(), stream, chunk, len, floor, sites, recent: NO_LINES, off: false };
        }
        let chunk = Chunk::allocate(0);
        let stream = Box::into_raw(Box::new(Stream { head: AtomicPtr::new(chunk), confirmed: AtomicU32::new(0) }));
        let number = self.root.stream_count.fetch_add(1, SeqCst) as usize;
        assert!(number < MAX_STREAMS, "more than {MAX_STREAMS} workers record at the same time");
        self.root.streams[number].store(stream, Release);
        let sites = FxHashMap::default();
        Writer {
            recorder: self.clone(),
            stream,
            chunk,
            len: 0,
            floor: Nanos::ZERO,
            sites,
            recent: NO_LINES,
            off: false,
        }
    }

    /// Takes back the writer of a worker that has ended.
    pub fn put_back(&self, writer: Writer) {
        let Writer { recorder: _, stream, chunk, len, floor, sites, recent: _, off: _ } = writer;
        self.idle.lock().expect("no panic while it is held").push(Idle { stream, chunk, len, floor, sites });
    }
}

/// Writes one stream. It belongs to one worker.
pub struct Writer {
    recorder: Arc<Recorder>,
    stream: *const Stream,
    /// The chunk that is being filled.
    chunk: *mut Chunk,
    /// Records in it.
    len: u32,
    /// The time of the latest event; the worker's time never goes back below it.
    floor: Nanos,
    sites: FxHashMap<u64, u16>,
    /// A cache of recently recorded lines and their numbers, indexed by a few bits of their keys: a lookup in the map
    /// takes a good part of what an event may cost.
    recent: [(u64, u16); RECENT],
    /// Records are discarded, to measure what keeping them costs.
    off: bool,
}

// SAFETY: the pointers are to memory that lives as long as the recorder, and only one worker has the writer.
unsafe impl Send for Writer {}

impl Writer {
    /// The time of this worker's latest event: no later event has an earlier time, whatever the clock says.
    pub fn floor(&self) -> Nanos {
        self.floor
    }

    /// Sets whether records are kept.
    pub fn set_recording(&mut self, on: bool) {
        self.off = !on;
    }

    /// The time to record for an event when the worker's clock says `now`: not before earlier events of this worker,
    /// and not before its cause. If the cause is later than the clock, that is recorded too.
    #[inline(always)]
    fn settle(&mut self, now: Nanos, lane: LaneId, cause: Option<Cause>) -> Nanos {
        self.settle_at(now, lane, cause.map_or(Nanos::ZERO, |cause| cause.time))
    }

    /// As [`Writer::settle`], with the earliest permissible time.
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

    /// Defines a lane, which `parent` starts. Returns the time, for the cause of its first state.
    pub fn lane(&mut self, now: Nanos, lane: LaneId, kind: LaneKind, parent: Option<LaneId>, name: &str) -> Nanos {
        let time = self.settle(now, lane, None);
        let record = Record::new(Tag::Lane, time, lane).with_code(kind as u8).with_target(parent.map(Target::Lane));
        self.push_text(record, name);
        time
    }

    /// Defines a resource.
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
        site: Option<Site>,
        cause: Option<Cause>,
    ) -> Nanos {
        let site = site.map_or(0, |site| self.site(site));
        let time = self.settle(now, lane, cause);
        self.push(
            Record::new(Tag::State, time, lane).with_state(state).with_target(on).with_site(site).with_cause(cause),
        );
        time
    }

    /// The lane runs for the first time. `spawned` is who started it, which the lane's definition already says.
    #[optimize(speed)]
    pub fn started(&mut self, now: Nanos, lane: LaneId, spawned: Option<Cause>) -> Nanos {
        let time = self.settle(now, lane, spawned);
        self.push(Record::new(Tag::State, time, lane).with_state(State::Running));
        time
    }

    /// A lane that was woken runs again: it was ready from the moment its cause acted, and runs now. Both are written
    /// where it resumes, so a lane's states have one writer.
    #[optimize(speed)]
    pub fn resumed(
        &mut self,
        now: Nanos,
        lane: LaneId,
        site: Option<Site>,
        waited_since: Nanos,
        cause: Option<Cause>,
    ) -> Nanos {
        let site = site.map_or(0, |site| self.site(site));
        let time = self.settle(now, lane, cause);
        if let Some(cause) = cause {
            // A wake-up from before the wait began (it raced with the lane going to sleep) counts from the beginning of
            // the wait.
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

    /// The same for a lane that was woken but then had to wait for `on` before it could run: it was ready meanwhile,
    /// since its cause acted or, if nobody woke it, since `wanted`.
    #[allow(clippy::too_many_arguments)] // Two waits, as they are recorded.
    pub fn resumed_after(
        &mut self,
        now: Nanos,
        lane: LaneId,
        site: Option<Site>,
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

    /// The lane reached a wait that `cause` had already ended.
    pub fn passed(&mut self, now: Nanos, lane: LaneId, on: Target, site: Option<Site>, cause: Option<Cause>) {
        let site = site.map_or(0, |site| self.site(site));
        let time = self.settle(now, lane, cause);
        self.push(Record::new(Tag::Passed, time, lane).with_target(Some(on)).with_site(site).with_cause(cause));
    }

    /// The lane has ended. Returns the time, for lanes that wait for it.
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

    /// The lane holds a resource from now on. `cause` is who released it last, if the lane did not wait for that.
    ///
    /// The time is as for [`Writer::resource_event`].
    #[inline(always)]
    pub fn acquired(
        &mut self,
        now: Nanos,
        lane: LaneId,
        resource: ResourceId,
        after: Nanos,
        cause: Option<Cause>,
    ) -> Nanos {
        let time = self.settle_at(now, lane, after + Nanos(1));
        self.push(
            Record::new(Tag::Acquired, time, lane).with_target(Some(Target::Resource(resource))).with_cause(cause),
        );
        time
    }

    /// The lane reads or writes an unsynchronised value.
    #[inline(always)]
    pub fn access(&mut self, now: Nanos, lane: LaneId, tag: Tag, resource: ResourceId, value: i64, site: Option<Site>) {
        let site = site.map_or(0, |site| self.site(site));
        let time = self.settle(now, lane, None);
        let record = Record::new(tag, time, lane).with_target(Some(Target::Resource(resource)));
        self.push(record.with_value(value).with_site(site));
    }

    /// An event about a resource that does not change the lane's state: released, level.
    ///
    /// Its time is later than `after`, that of the resource's previous event. Clocks advance in steps, and events of
    /// several lanes within one step would lose their order. Returns the time, for the resource's next event and for
    /// lanes that are woken.
    #[inline(always)]
    pub fn resource_event(
        &mut self,
        now: Nanos,
        lane: LaneId,
        tag: Tag,
        resource: ResourceId,
        value: i64,
        after: Nanos,
    ) -> Nanos {
        let time = self.settle_at(now, lane, after + Nanos(1));
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

    /// The number of a source line in this stream; defines it at its first use. 0 for a line of the standard library,
    /// and when there are too many lines.
    #[optimize(speed)]
    fn site(&mut self, site: Site) -> u16 {
        if self.off {
            return 0;
        }
        let key = site.key();
        // Locations in memory are aligned, so their lowest bits say nothing.
        let place = (key >> 3 ^ key >> 7) as usize % RECENT;
        if self.recent[place].0 == key {
            return self.recent[place].1;
        }
        let number = match self.sites.get(&key) {
            Some(&number) => number,
            None => self.define_site(site),
        };
        self.recent[place] = (key, number);
        number
    }

    #[cold]
    fn define_site(&mut self, site: Site) -> u16 {
        if site.is_foreign() {
            return 0;
        }
        let Ok(number) = u16::try_from(self.sites.len() + 1) else { return 0 };
        self.sites.insert(site.key(), number);
        let record =
            Record::new(Tag::Site, self.floor, LaneId(u32::MAX)).with_site(number).with_value(i64::from(site.line()));
        match site {
            Site::Called(location) => self.push_text(record, location.file()),
            Site::Line { file, .. } => {
                let name = self.recorder.file_name(file);
                self.push_text(record, &name);
            }
        }
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
            // A store would do; but in WebAssembly all atomic stores are sequentially consistent, and Firefox takes
            // three times as long for one as for an exchange.
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
        // SAFETY: stream and chunks live as long as the recorder. A chunk is reused only when a reader has confirmed a
        // record beyond it, and so no longer looks at it; the writer itself is in another chunk.
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
