//! What a task can end with instead of a value.

use crate::runtime::threads::{BrokenBarrier, GetError, PutError, ShutDown};
use crate::runtime::{Failure, lane};

/// Why there is no value: what Python would raise where the task is awaited.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The task was cancelled: Python's `CancelledError`.
    #[error("cancelled")]
    Cancelled,
    /// A time-out has passed: Python's `TimeoutError`.
    #[error("timed out")]
    TimedOut,
    /// Anything else, in a sentence or in Python's form: `ValueError: not a number`.
    #[error("{0}")]
    Raised(String),
}

impl Error {
    /// An error that says this.
    pub fn raised(message: impl Into<String>) -> Error {
        Error::Raised(message.into())
    }
}

impl From<Error> for Failure {
    /// What the current lane fails with when it passes this error on.
    fn from(error: Error) -> Failure {
        let lane = lane::current().map_or_else(|| "main".to_owned(), |(_, lane)| lane);
        Failure { lane, message: error.to_string() }
    }
}

impl From<ShutDown> for Error {
    fn from(shut: ShutDown) -> Error {
        Error::Raised(shut.to_string())
    }
}

impl From<GetError> for Error {
    fn from(error: GetError) -> Error {
        Error::Raised(error.to_string())
    }
}

impl From<PutError> for Error {
    fn from(error: PutError) -> Error {
        Error::Raised(error.to_string())
    }
}

impl From<BrokenBarrier> for Error {
    fn from(broken: BrokenBarrier) -> Error {
        Error::Raised(broken.to_string())
    }
}
