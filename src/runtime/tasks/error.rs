//! What a task can end with instead of a value.

use std::fmt;

use crate::runtime::threads::{Empty, Full};
use crate::runtime::{Failure, lane};

/// Why there is no value: what Python would raise where the task is awaited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Error {
    /// The task was cancelled: Python's `CancelledError`.
    Cancelled,
    /// A time-out has passed: Python's `TimeoutError`.
    TimedOut,
    /// Anything else, in a sentence or in Python's form: `ValueError: not a number`.
    Raised(String),
}

impl Error {
    /// An error that says this.
    pub fn raised(message: impl Into<String>) -> Error {
        Error::Raised(message.into())
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Error::Cancelled => f.write_str("cancelled"),
            Error::TimedOut => f.write_str("timed out"),
            Error::Raised(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for Error {}

impl From<Error> for Failure {
    /// What the current lane fails with when it passes this error on.
    fn from(error: Error) -> Failure {
        let lane = lane::current().map_or_else(|| "main".to_owned(), |(_, lane)| lane);
        Failure { lane, message: error.to_string() }
    }
}

impl From<Empty> for Error {
    fn from(empty: Empty) -> Error {
        Error::Raised(empty.to_string())
    }
}

impl From<Full> for Error {
    fn from(full: Full) -> Error {
        Error::Raised(full.to_string())
    }
}
