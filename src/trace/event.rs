//! The events of a trace: what a run is told as.

use serde::{Deserialize, Serialize};

use super::{LaneId, Nanos, ResourceId, SiteId};

/// What a lane is doing. At any moment it is in exactly one state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
        match self {
            State::Ready => "ready",
            State::Running => "running",
            State::Sleeping => "sleeping",
            State::Blocked => "blocked",
            State::Suspended => "suspended",
        }
    }
}

/// What a lane is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum LaneKind {
    /// A thread with a worker to itself.
    Thread,
    /// A process: the lane of its main thread.
    Process,
    /// A future that an event loop polls.
    Task,
    /// An event loop; not counted as parallelism, since it runs just when its tasks do.
    EventLoop,
}

impl LaneKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [LaneKind; 4] = [LaneKind::Thread, LaneKind::Process, LaneKind::Task, LaneKind::EventLoop];

    /// The name in the trace file and on the page.
    pub fn name(self) -> &'static str {
        match self {
            LaneKind::Thread => "thread",
            LaneKind::Process => "process",
            LaneKind::Task => "task",
            LaneKind::EventLoop => "event loop",
        }
    }
}

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum ResourceKind {
    /// Several awaitables awaited together.
    Gather,
    /// A lock.
    Lock,
    /// A lock that its holder may take again; its level is how often it is held.
    RLock,
    /// Permits; its level is how many are free.
    Semaphore,
    /// A flag to wait for; its level is 1 while it is set.
    Event,
    /// A condition to wait for under a lock; its level is how many wait.
    Condition,
    /// A place where lanes wait for each other; its level is how many have arrived.
    Barrier,
    /// A queue; its level is its depth.
    Queue,
    /// A pool of workers; its level is how many tasks no worker has taken yet.
    Pool,
    /// A result that is not there yet; its level is 1 once it is.
    Future,
    /// A number in shared memory that nothing guards.
    Cell,
    /// A slot that each lane has for itself.
    Local,
    /// Something outside of the program: a response, a file, a query of a database.
    Outside,
    /// One direction of a connection; its level is how many bytes are in its buffer.
    Stream,
    /// One direction of a pipe; its level is the bytes in it.
    Pipe,
    /// Numbers in memory that processes share; reads and writes tell the place, from 0.
    Array,
    /// A global interpreter lock; its level is 1 while somebody has asked for it.
    Gil,
}

impl ResourceKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [ResourceKind; 17] = [
        ResourceKind::Gather,
        ResourceKind::Lock,
        ResourceKind::RLock,
        ResourceKind::Semaphore,
        ResourceKind::Event,
        ResourceKind::Condition,
        ResourceKind::Barrier,
        ResourceKind::Queue,
        ResourceKind::Pool,
        ResourceKind::Future,
        ResourceKind::Cell,
        ResourceKind::Local,
        ResourceKind::Outside,
        ResourceKind::Stream,
        ResourceKind::Pipe,
        ResourceKind::Array,
        ResourceKind::Gil,
    ];

    /// The name in the trace file and on the page.
    pub fn name(self) -> &'static str {
        match self {
            ResourceKind::Gather => "gather",
            ResourceKind::Lock => "lock",
            ResourceKind::RLock => "rlock",
            ResourceKind::Semaphore => "semaphore",
            ResourceKind::Event => "event",
            ResourceKind::Condition => "condition",
            ResourceKind::Barrier => "barrier",
            ResourceKind::Queue => "queue",
            ResourceKind::Pool => "pool",
            ResourceKind::Future => "future",
            ResourceKind::Cell => "cell",
            ResourceKind::Local => "local",
            ResourceKind::Outside => "outside",
            ResourceKind::Stream => "stream",
            ResourceKind::Pipe => "pipe",
            ResourceKind::Array => "array",
            ResourceKind::Gil => "GIL",
        }
    }
}

/// How a lane ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
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
        match self {
            Ending::Returned => "returned",
            Ending::Failed => "failed",
            Ending::Cancelled => "cancelled",
            Ending::Killed => "killed",
            Ending::Stopped => "stopped",
        }
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

/// Who brought an event about, and when. A lane does one thing at a time, so this names one moment of the run.
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
        /// Who started it; the first lane has no parent.
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
    /// A source line that sites refer to. Comes before its first use in the same stream.
    SiteDefined {
        /// Its number.
        site: SiteId,
        /// Path from the top of the repository, with `/`.
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
        /// The line of the demo it is on.
        site: Option<SiteId>,
        /// Who woke it.
        cause: Option<Cause>,
    },
    /// The wait that `lane` has just begun has a time-out: it ends at this time at the latest, without anybody's doing.
    Deadline {
        /// When.
        until: Nanos,
    },
    /// `lane` met a wait that was already over, and went on: a join of a finished thread.
    Passed {
        /// What it would have waited for.
        on: Target,
        /// The line of the demo it is on.
        site: Option<SiteId>,
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
    },
    /// `lane` holds it no longer.
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
    },
    /// `lane` wrote a shared cell.
    Write {
        /// Which.
        resource: ResourceId,
        /// What it wrote.
        value: i64,
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
    /// The next event of this lane was put later than its worker's clock said, because its cause was later; by more
    /// than it takes to keep events in order.
    Lifted {
        /// By how much.
        by: Nanos,
    },
}
