//! Why a queue of threads, or of tasks, gave or took nothing.

use crate::runtime::{Failure, lane};

/// There was nothing to get: in Python, `queue.Empty` or `asyncio.QueueEmpty`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{lane} got nothing from queue “{queue}”, which was empty")]
pub struct Empty {
    /// The lane that found it so.
    pub lane: String,
    /// The queue's name.
    pub queue: String,
}

/// There was no room: in Python, `queue.Full` or `asyncio.QueueFull`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{lane} could not put anything into queue “{queue}”, which was full")]
pub struct Full {
    /// The lane that found it so.
    pub lane: String,
    /// The queue's name.
    pub queue: String,
}

/// It was shut down: in Python, `queue.ShutDown` or `asyncio.QueueShutDown`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{lane} found queue “{queue}” shut down")]
pub struct ShutDown {
    /// The lane that found it so.
    pub lane: String,
    /// The queue's name.
    pub queue: String,
}

impl ShutDown {
    /// The current lane has found it so.
    pub(in crate::runtime) fn found(queue: &str) -> ShutDown {
        ShutDown { lane: current_lane(), queue: queue.to_owned() }
    }
}

impl Empty {
    /// The current lane has found it so.
    pub(in crate::runtime) fn found(queue: &str) -> Empty {
        Empty { lane: current_lane(), queue: queue.to_owned() }
    }
}

/// Why nothing was got in time, or at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GetError {
    /// There was nothing.
    #[error(transparent)]
    Empty(Empty),
    /// There was nothing, and there will not be.
    #[error(transparent)]
    ShutDown(ShutDown),
}

impl Full {
    /// The current lane has found it so.
    pub(in crate::runtime) fn found(queue: &str) -> Full {
        Full { lane: current_lane(), queue: queue.to_owned() }
    }
}

/// Why nothing was put in time, or at once.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PutError {
    /// There was no room.
    #[error(transparent)]
    Full(Full),
    /// The queue takes nothing more.
    #[error(transparent)]
    ShutDown(ShutDown),
}

/// The name of the lane that has found it so.
fn current_lane() -> String {
    lane::with(|context| context.lane_name().to_owned())
}

impl From<Empty> for Failure {
    fn from(empty: Empty) -> Failure {
        Failure { message: empty.to_string(), lane: empty.lane }
    }
}

impl From<Full> for Failure {
    fn from(full: Full) -> Failure {
        Failure { message: full.to_string(), lane: full.lane }
    }
}

impl From<ShutDown> for Failure {
    fn from(shut: ShutDown) -> Failure {
        Failure { message: shut.to_string(), lane: shut.lane }
    }
}

impl From<GetError> for Failure {
    fn from(error: GetError) -> Failure {
        match error {
            GetError::Empty(empty) => empty.into(),
            GetError::ShutDown(shut) => shut.into(),
        }
    }
}

impl From<PutError> for Failure {
    fn from(error: PutError) -> Failure {
        match error {
            PutError::Full(full) => full.into(),
            PutError::ShutDown(shut) => shut.into(),
        }
    }
}
