//! What can go wrong between processes, by Python's names.

use std::fmt;

use super::ring::Stuck;
use crate::runtime::{Failure, lane};

/// Something went wrong between processes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// What.
    pub kind: ErrorKind,
    /// The lane that met it.
    pub lane: String,
    /// The same in a sentence.
    pub message: String,
}

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
    /// There is nothing left to receive, and nobody holds the other end; or a message ended in the middle, because its
    /// sender did. In Python, `EOFError`.
    Eof,
    /// Nobody holds the other end to receive. In Python, `BrokenPipeError`.
    BrokenPipe,
    /// A process died in the middle of a message, and others use the queue too: nobody knows where the next message
    /// begins. In Python, whatever the bytes then happen to mean.
    Broken,
    /// Nothing arrived in time: `queue.Empty`.
    Empty,
    /// There was no room in time: `queue.Full`.
    Full,
    /// This process has closed the queue. In Python, `ValueError`.
    Closed,
    /// The end of a one-way pipe cannot do that. In Python, `OSError`.
    OneWay,
    /// There is no item at that index. In Python, `IndexError`.
    Index,
    /// There is no attribute of that name. In Python, `AttributeError`.
    Attribute,
    /// A dict changed size while somebody iterated over it. In Python, `RuntimeError`.
    Runtime,
    /// The bytes are not what was expected. In Python, `UnpicklingError`.
    Unpickling,
    /// The value cannot be packed. In Python, `PicklingError`.
    Pickling,
}

impl ErrorKind {
    /// Python's name for it.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Eof => "EOFError",
            ErrorKind::BrokenPipe => "BrokenPipeError",
            ErrorKind::Broken | ErrorKind::OneWay => "OSError",
            ErrorKind::Closed => "ValueError",
            ErrorKind::Empty => "Empty",
            ErrorKind::Full => "Full",
            ErrorKind::Index => "IndexError",
            ErrorKind::Attribute => "AttributeError",
            ErrorKind::Runtime => "RuntimeError",
            ErrorKind::Unpickling => "UnpicklingError",
            ErrorKind::Pickling => "PicklingError",
        }
    }
}

impl Error {
    /// The current lane met this; `what` continues the sentence after its name.
    pub(super) fn new(kind: ErrorKind, what: impl fmt::Display) -> Error {
        let lane = lane::with(|context| context.lane_name().to_owned());
        let message = format!("{}: {lane} {what}", kind.name());
        Error { kind, lane, message }
    }

    /// Sending through `what` is not possible.
    pub(super) fn sending(stuck: Stuck, what: &str) -> Error {
        match stuck {
            Stuck::Closed => {
                Error::new(ErrorKind::BrokenPipe, format_args!("sent to {what}, but nobody holds the other end"))
            }
            Stuck::Broken => Error::broken(what),
        }
    }

    /// Receiving from `what` is not possible.
    pub(super) fn receiving(stuck: Stuck, what: &str) -> Error {
        match stuck {
            Stuck::Closed => {
                let text = format_args!("received from {what}, but nothing is left and nobody holds the other end");
                Error::new(ErrorKind::Eof, text)
            }
            Stuck::Broken => Error::broken(what),
        }
    }

    fn broken(what: &str) -> Error {
        let text = format_args!("used {what}, which is broken: a process ended in the middle of a message");
        Error::new(ErrorKind::Broken, text)
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Failure {
        Failure { lane: error.lane, message: error.message }
    }
}
