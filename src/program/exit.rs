//! How a reader's program ended: its exit code, and the error that ended it.

use serde::{Deserialize, Serialize};

use crate::runtime::Failure;

/// How a program ended by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExitReport {
    /// Its exit code, 0 if all was well.
    pub code: i32,
    /// The error that ended it, if one did.
    pub error: Option<ErrorReport>,
}

/// An error that nobody caught, or a source that cannot be run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReport {
    /// The name of its class.
    pub class: String,
    /// What it says.
    pub message: String,
    /// The lane that it ended, by name.
    pub lane: String,
    /// Where in the reader's file, if it is there.
    pub place: Option<Place>,
    /// What Python prints of it.
    pub traceback: String,
}

/// A place in the reader's file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// The line, from 1.
    pub line: u32,
    /// The characters of it that are meant, from 0, the last one excluded; `None` for all of it.
    pub columns: Option<(u32, u32)>,
}

impl ExitReport {
    /// Why the run failed, if it did.
    pub fn failure(&self) -> Option<Failure> {
        match &self.error {
            Some(error) => Some(Failure { lane: error.lane.clone(), message: error.summary() }),
            None if self.code != 0 => {
                Some(Failure { lane: "main".to_owned(), message: format!("exit code {}", self.code) })
            }
            None => None,
        }
    }
}

impl ErrorReport {
    /// The last line of its traceback: `ValueError: too small`.
    pub fn summary(&self) -> String {
        match self.message.lines().next() {
            None => self.class.clone(),
            Some(message) => format!("{}: {message}", self.class),
        }
    }
}
