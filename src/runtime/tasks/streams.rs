//! Two streams of bytes, to a server and back from it, by a writer and a reader.
//!
//! ```
//! use weft::runtime::tasks::{run_main, streams};
//! use weft::runtime::{Config, Run, host::Clock, print};
//!
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
//! # runtime.block_on(async {
//! let run = Run::new(Config::default(), Clock::start());
//! run_main(&run, async {
//!     let (reader, writer) = streams::open_connection("echo").await?;
//!     writer.write(b"hello");
//!     writer.drain().await?; // Waits while too much of it is in the buffer.
//!     writer.close();
//!     let answer = reader.read_exactly(5).await?;
//!     print(String::from_utf8_lossy(&answer));
//!     assert!(reader.read(10).await?.is_empty(), "the server has closed its side too");
//!     Ok(())
//! })
//! .await
//! .unwrap();
//! # });
//! ```
//!
//! The server echoes: it runs in a worker of its own (natively in a thread), and sends back what it gets. The two
//! exchange whole messages; but as with TCP, a reader cannot see where one `write` ended and the next began.
//!
//! As in Python's `asyncio` streams, `write` never waits: what the connection does not take yet stays in a buffer. When
//! that holds more than [`HIGH`], `drain` waits until it is down to [`LOW`]. The connection takes at most [`WINDOW`]
//! bytes each way that the other side has not taken out of it, so a reader that does not read stops the server, and
//! then the writer: back pressure. It also causes the classic deadlock of writing everything before reading anything.

use std::collections::VecDeque;
use std::future::{Future, poll_fn};
use std::rc::Rc;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};

use super::Error;
use super::outside::{may_wait, outside, waits};
use crate::runtime::host::{Echo, Packet};
use crate::runtime::lane::{self, Site};
use crate::runtime::poison::unpoisoned;
use crate::trace::record::Tag;
use crate::trace::{Nanos, ResourceId, ResourceKind};

/// Bytes in a writer's buffer above which `drain` waits, as in asyncio.
pub const HIGH: usize = 64 << 10;

/// Bytes in it down to which `drain` then waits, as in asyncio.
pub const LOW: usize = 16 << 10;

/// Bytes that may be in transit in each direction. A larger message may be, too, if it is the only one.
pub const WINDOW: usize = 64 << 10;

/// The end of a connection that bytes come out of: in Python, `asyncio.StreamReader`.
pub struct Reader(Rc<Connection>);

/// The end of a connection that bytes go into: in Python, `asyncio.StreamWriter`.
pub struct Writer(Rc<Connection>);

/// The server ends with this.
struct Connection {
    echo: Echo,
    shared: Arc<Shared>,
}

struct Shared {
    name: String,
    to_server: ResourceId,
    from_server: ResourceId,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    open: bool,
    /// What went wrong, if anything did.
    broken: Option<String>,
    /// What was written and not sent.
    unsent: VecDeque<Vec<u8>>,
    unsent_bytes: usize,
    /// Bytes that were sent, but that the server has not taken.
    on_the_way: usize,
    /// The buffer has held more than `HIGH`, and not been down to `LOW` since.
    paused: bool,
    closing: bool,
    /// What has arrived and was not read.
    unread: VecDeque<u8>,
    ended: bool,
    /// Times of the latest events of both streams; the next is put after them.
    last: [Nanos; 2],
    /// Who waits in `drain`, or for the connection.
    writing: Vec<Waker>,
    /// Who waits in `read`.
    reading: Vec<Waker>,
}

/// Which waiters.
#[derive(Clone, Copy)]
enum Side {
    Writing,
    Reading,
}

/// Connects to a new echo server: in Python, `asyncio.open_connection`. The streams are called “to `name`” and “from
/// `name`” in the trace.
///
/// # Errors
/// If the server cannot be started.
#[track_caller]
pub fn open_connection(name: &str) -> impl Future<Output = Result<(Reader, Writer), Error>> {
    let site = Site::caller();
    async move {
        let (to_server, from_server) = lane::with(|context| {
            let mut stream = |name| context.define_resource(ResourceKind::Stream, name);
            (stream(&format!("to {name}")), stream(&format!("from {name}")))
        });
        let shared = Arc::new(Shared { name: name.to_owned(), to_server, from_server, state: Mutex::default() });
        let echo = Echo::start(WINDOW, {
            let shared = shared.clone();
            move |heard| shared.hear(heard)
        });
        let echo = echo.map_err(|sentence| Error::raised(format!("ConnectionError: {name}: {sentence}")))?;
        let connection = Rc::new(Connection { echo, shared });
        let opened = connection.shared.until(Side::Writing, |state| state.open.then_some(()));
        waits(outside(&format!("connect to {name}")), site, opened).await?;
        Ok((Reader(connection.clone()), Writer(connection)))
    }
}

impl Writer {
    /// Puts bytes into the buffer, and sends what the connection takes: in Python, `writer.write(bytes)`. Never waits.
    ///
    /// # Panics
    /// After `close`.
    pub fn write(&self, bytes: &[u8]) {
        let Connection { echo, shared } = &*self.0;
        let mut state = unpoisoned(&shared.state);
        assert!(!state.closing, "the stream to {} is closed", shared.name);
        state.unsent.push_back(bytes.to_vec());
        state.unsent_bytes += bytes.len();
        shared.fill(&mut state).into_iter().for_each(|packet| echo.send(packet));
        state.paused |= state.unsent_bytes > HIGH;
    }

    /// Waits while too much is in the buffer: in Python, `await writer.drain()`.
    ///
    /// # Errors
    /// If the connection breaks.
    #[track_caller]
    pub fn drain(&self) -> impl Future<Output = Result<(), Error>> {
        let site = Site::caller();
        let shared = &self.0.shared;
        may_wait(shared.to_server, site, shared.until(Side::Writing, |state| (!state.paused).then_some(())))
    }

    /// Ends this direction, after all that was written: in Python, `writer.write_eof()`.
    pub fn close(&self) {
        let Connection { echo, shared } = &*self.0;
        let mut state = unpoisoned(&shared.state);
        if !std::mem::replace(&mut state.closing, true) && state.unsent.is_empty() {
            echo.send(Packet::End);
        }
    }
}

impl Reader {
    /// At most `most` bytes, as soon as there are any; empty at the end: in Python, `await reader.read(most)`.
    ///
    /// # Errors
    /// If the connection breaks.
    #[track_caller]
    pub fn read(&self, most: usize) -> impl Future<Output = Result<Vec<u8>, Error>> {
        self.taken(Site::caller(), move |state| {
            (!state.unread.is_empty() || state.ended).then(|| state.unread.len().min(most))
        })
    }

    /// Exactly `bytes` bytes: in Python, `await reader.readexactly(bytes)`.
    ///
    /// # Errors
    /// If the connection breaks, or the stream ends first.
    #[track_caller]
    pub fn read_exactly(&self, bytes: usize) -> impl Future<Output = Result<Vec<u8>, Error>> {
        let site = Site::caller();
        async move {
            let mut all = Vec::with_capacity(bytes);
            // In pieces, since more than the connection holds is never there at once.
            while all.len() < bytes {
                let left = bytes - all.len();
                let some =
                    |state: &State| (!state.unread.is_empty() || state.ended).then(|| state.unread.len().min(left));
                let piece = self.taken(site, some).await?;
                if piece.is_empty() {
                    let (name, got) = (&self.0.shared.name, all.len());
                    let told = format!("IncompleteReadError: {name} ended after {got} of {bytes} bytes");
                    return Err(Error::raised(told));
                }
                all.extend(piece);
            }
            Ok(all)
        }
    }

    /// Waits until it is known how many bytes to take, takes them, and tells the server.
    async fn taken(&self, site: lane::Site, ready: impl Fn(&State) -> Option<usize>) -> Result<Vec<u8>, Error> {
        let Connection { echo, shared } = &*self.0;
        let take = shared.until(Side::Reading, |state| {
            let bytes: Vec<_> = state.unread.drain(..ready(state)?).collect();
            Some(bytes)
        });
        let bytes = may_wait(shared.from_server, site, take).await?;
        if !bytes.is_empty() {
            shared.record_unread(&mut unpoisoned(&shared.state));
            echo.send(Packet::Taken(bytes.len()));
        }
        Ok(bytes)
    }
}

impl Shared {
    /// The server says something. Returns what to tell it.
    fn hear(&self, heard: Result<Packet, String>) -> Vec<Packet> {
        let mut state = unpoisoned(&self.state);
        let mut told = Vec::new();
        let (mut write, mut read) = (false, false);
        match heard {
            Ok(Packet::Open) => (state.open, write) = (true, true),
            Ok(Packet::Bytes(bytes)) => {
                state.unread.extend(bytes);
                self.record_unread(&mut state);
                read = true;
            }
            Ok(Packet::Taken(bytes)) => {
                state.on_the_way = state.on_the_way.saturating_sub(bytes);
                told = self.fill(&mut state);
                state.paused &= state.unsent_bytes > LOW;
                write = !state.paused;
            }
            Ok(Packet::End) => (state.ended, read) = (true, true),
            Err(sentence) => {
                state.broken = Some(sentence);
                (write, read) = (true, true);
            }
        }
        let mut woken = if write { std::mem::take(&mut state.writing) } else { Vec::new() };
        if read {
            woken.append(&mut state.reading);
        }
        drop(state);
        woken.into_iter().for_each(Waker::wake);
        told
    }

    /// What can be sent of what was written; and the end, after the last of it.
    fn fill(&self, state: &mut State) -> Vec<Packet> {
        let mut packets = Vec::new();
        let room = |on_the_way: usize, bytes: usize| on_the_way == 0 || on_the_way + bytes <= WINDOW;
        while let Some(bytes) = state.unsent.pop_front_if(|bytes| room(state.on_the_way, bytes.len())) {
            state.unsent_bytes -= bytes.len();
            state.on_the_way += bytes.len();
            packets.push(Packet::Bytes(bytes));
        }
        if state.closing && state.unsent.is_empty() && !packets.is_empty() {
            packets.push(Packet::End);
        }
        record(self.to_server, state.unsent_bytes, &mut state.last[0]);
        packets
    }

    fn record_unread(&self, state: &mut State) {
        record(self.from_server, state.unread.len(), &mut state.last[1]);
    }

    /// Completes when `ready` returns something, or the connection is broken.
    async fn until<R>(&self, side: Side, mut ready: impl FnMut(&mut State) -> Option<R>) -> Result<R, Error> {
        poll_fn(|context| {
            let mut state = unpoisoned(&self.state);
            if let Some(sentence) = &state.broken {
                return Poll::Ready(Err(Error::raised(format!("ConnectionError: {}: {sentence}", self.name))));
            }
            if let Some(result) = ready(&mut state) {
                return Poll::Ready(Ok(result));
            }
            let waiting = match side {
                Side::Writing => &mut state.writing,
                Side::Reading => &mut state.reading,
            };
            waiting.push(context.waker().clone());
            Poll::Pending
        })
        .await
    }
}

/// Records that a buffer holds `bytes` bytes now, unless the run is over.
fn record(stream: ResourceId, bytes: usize, last: &mut Nanos) {
    if let Some(time) = lane::try_with(|context| context.resource_event(Tag::Level, stream, bytes as i64, *last)) {
        *last = time;
    }
}
