//! The events that a trace consists of.

use serde::{Deserialize, Serialize};
use strum::{IntoStaticStr, VariantArray};

use super::{LaneId, Nanos, ResourceId, SiteId};

/// What a lane is doing. At any moment it is in exactly one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[repr(u8)]
pub enum State {
    /// Could run, but has no worker, no GIL, or no turn of the event loop yet.
    Ready,
    /// Runs. (Whether the operating system gave it a core cannot be seen from a page.)
    Running,
    /// Waits for a timer or simulated I/O. An event loop with nothing to do sleeps, too.
    Sleeping,
    /// A thread or process that waits for another: lock, queue, join.
    Blocked,
    /// A task that awaits.
    Suspended,
}

impl State {
    /// All states, in the order of their numbers.
    pub const ALL: [State; 5] = [State::Ready, State::Running, State::Sleeping, State::Blocked, State::Suspended];

    /// The name in the trace file and on the page.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What a lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[repr(u8)]
pub enum LaneKind {
    /// A thread with a worker to itself.
    Thread,
    /// A process: the lane of its main thread.
    Process,
    /// A future that an event loop polls.
    Task,
    /// An event loop; not counted as parallelism, since it runs just when its tasks do.
    #[strum(serialize = "event loop")]
    EventLoop,
}

impl LaneKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [LaneKind; 4] = [LaneKind::Thread, LaneKind::Process, LaneKind::Task, LaneKind::EventLoop];

    /// The name in the trace file and on the page.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What a resource is.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr, VariantArray,
)]
#[strum(serialize_all = "lowercase")]
#[repr(u8)]
pub enum ResourceKind {
    /// Several awaitables awaited together.
    Gather,
    /// A lock.
    Lock,
    /// A lock that its holder may acquire again; its level is how many times it is held.
    RLock,
    /// Permits; its level is how many are free.
    Semaphore,
    /// A flag to wait for; its level is 1 while it is set.
    Event,
    /// A condition variable; its level is how many lanes wait for it.
    Condition,
    /// A place where lanes wait for each other; its level is how many have arrived.
    Barrier,
    /// A queue; its level is its depth.
    Queue,
    /// A pool of workers; its level is how many tasks no worker has taken yet.
    Pool,
    /// A result that is not there yet; its level is 1 once it is.
    Future,
    /// An unsynchronised number in shared memory.
    Cell,
    /// A thread-local slot: each lane has its own.
    Local,
    /// Something outside the program: a response, a file, a database query.
    Outside,
    /// One direction of a connection; its level is how many bytes are in its buffer.
    Stream,
    /// One direction of a pipe; its level is the bytes in it.
    Pipe,
    /// Numbers in memory shared by processes; the value of a read or write is the index, from 0.
    Array,
    /// A global interpreter lock; its level is 1 while a lane has requested it.
    #[strum(serialize = "GIL")]
    Gil,
}

impl ResourceKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: &'static [ResourceKind] = ResourceKind::VARIANTS;

    /// The name in the trace file and on the page.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// How a lane ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, IntoStaticStr)]
#[strum(serialize_all = "lowercase")]
#[repr(u8)]
pub enum Ending {
    /// Its function returned.
    Returned,
    /// It failed with an error or a panic.
    Failed,
    /// It was cancelled: its future was dropped before it was done.
    Cancelled,
    /// Another lane ended it.
    Killed,
    /// The reader pressed Stop.
    Stopped,
}

impl Ending {
    /// All endings, in the order of their numbers.
    pub const ALL: [Ending; 5] = [Ending::Returned, Ending::Failed, Ending::Cancelled, Ending::Killed, Ending::Stopped];

    /// The name in the trace file and on the page.
    pub fn name(self) -> &'static str {
        self.into()
    }
}

/// What a lane waits for: a resource, or the end of another lane.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Target {
    /// A lock, queue, future…
    Resource(ResourceId),
    /// Another lane's end.
    Lane(LaneId),
}

impl From<ResourceId> for Target {
    fn from(resource: ResourceId) -> Target {
        Target::Resource(resource)
    }
}

impl From<LaneId> for Target {
    fn from(lane: LaneId) -> Target {
        Target::Lane(lane)
    }
}

/// Who caused an event, and when. A lane does one thing at a time, so this names one moment of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Cause {
    /// The lane that acted.
    pub lane: LaneId,
    /// When it acted; never later than the effect.
    pub time: Nanos,
}

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub time: Nanos,
    /// To which lane, or by which lane.
    pub lane: LaneId,
    /// What.
    pub kind: EventKind,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum EventKind {
    /// `lane` exists from now on, and is ready until it says otherwise.
    LaneDefined {
        /// What it is.
        kind: LaneKind,
        /// The lane that started it; the first lane has no parent.
        parent: Option<LaneId>,
        /// What the reader sees in the code.
        name: String,
    },
    /// A resource exists from now on; `lane` made it.
    ResourceDefined {
        /// Its number.
        resource: ResourceId,
        /// What it is.
        kind: ResourceKind,
        /// What the reader sees in the code.
        name: String,
    },
    /// The source line that a number stands for. Comes before its first use in the same stream.
    SiteDefined {
        /// Its number.
        site: SiteId,
        /// Path from the top of the repository, with `/`, or the name of a file that the run has defined.
        file: String,
        /// Line, from 1.
        line: u32,
    },
    /// `lane` is in this state from now on.
    State {
        /// Which.
        state: State,
        /// What it waits for.
        on: Option<Target>,
        /// The source line it is on.
        site: Option<SiteId>,
        /// Who woke it.
        cause: Option<Cause>,
    },
    /// The wait that `lane` has just begun has a time-out: it ends at this time at the latest, even if no lane ends it.
    Deadline {
        /// When.
        until: Nanos,
    },
    /// `lane` reached a wait that was already over, and went on: a join of a finished thread, a `get` that found an
    /// item.
    Passed {
        /// What it would have waited for.
        on: Target,
        /// The source line it is on.
        site: Option<SiteId>,
        /// Who had ended the wait before it began: by putting the item, setting the event, or ending.
        cause: Option<Cause>,
    },
    /// `lane` is over.
    Ended {
        /// How.
        ending: Ending,
        /// What went wrong, if it failed.
        message: Option<String>,
    },
    /// `lane` holds the resource (or one of its permits) from now on.
    Acquired {
        /// Which.
        resource: ResourceId,
        /// Who released it last, if `lane` did not wait; after a wait, the wake-up says who ended it.
        cause: Option<Cause>,
    },
    /// `lane` no longer holds it.
    Released {
        /// Which.
        resource: ResourceId,
    },
    /// Depth of a queue, permits of a semaphore, a value: from now on this.
    Level {
        /// Which.
        resource: ResourceId,
        /// How much.
        value: i64,
    },
    /// `lane` read a shared cell.
    Read {
        /// Which.
        resource: ResourceId,
        /// What it saw.
        value: i64,
        /// The source line.
        site: Option<SiteId>,
    },
    /// `lane` wrote a shared cell.
    Write {
        /// Which.
        resource: ResourceId,
        /// What it wrote.
        value: i64,
        /// The source line.
        site: Option<SiteId>,
    },
    /// A named part of the lane's work begins; scopes of a lane nest.
    ScopeBegan {
        /// Its name.
        name: String,
    },
    /// The innermost scope of the lane ends.
    ScopeEnded,
    /// A moment worth a name.
    Mark {
        /// The name.
        text: String,
    },
    /// A printed line.
    Print {
        /// The line, without its line break.
        text: String,
    },
    /// The next event of this lane was given a later time than its worker's clock showed, because its cause was later,
    /// and by more than keeping events in order takes.
    Lifted {
        /// By how much.
        by: Nanos,
    },
}
