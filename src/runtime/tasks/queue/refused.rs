//! Why a queue has not taken an item, or given one.

use crate::runtime::Failure;
use crate::runtime::tasks::Error;
use crate::runtime::threads::{Empty, Full};

/// The queue was shut down: in Python, `asyncio.QueueShutDown`.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{lane} could not {action} queue “{queue}”, which is shut down")]
pub struct ShutDown {
    /// The lane that found it so.
    pub lane: String,
    /// What it wanted to do, in words: `get anything from`.
    pub action: &'static str,
    /// The queue's name.
    pub queue: String,
}

/// Why `put_nowait` has put nothing, or `get_nowait` got nothing.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refused {
    /// There was nothing to get: in Python, `asyncio.QueueEmpty`.
    #[error(transparent)]
    Empty(#[from] Empty),
    /// There was no room: in Python, `asyncio.QueueFull`.
    #[error(transparent)]
    Full(#[from] Full),
    /// The queue was shut down: in Python, `asyncio.QueueShutDown`.
    #[error(transparent)]
    ShutDown(#[from] ShutDown),
}

impl From<ShutDown> for Error {
    fn from(shut_down: ShutDown) -> Error {
        Error::Raised(shut_down.to_string())
    }
}

impl From<Refused> for Error {
    fn from(refused: Refused) -> Error {
        Error::Raised(refused.to_string())
    }
}

impl From<ShutDown> for Failure {
    fn from(shut_down: ShutDown) -> Failure {
        Error::from(shut_down).into()
    }
}

impl From<Refused> for Failure {
    fn from(refused: Refused) -> Failure {
        Error::from(refused).into()
    }
}
