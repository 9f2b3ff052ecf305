//! Lines of source, as the recording side names them. In a trace they are numbers: see [`SiteId`](super::SiteId).

use std::panic::Location;
use std::path::Path;
use std::ptr;

/// A source file that a run has defined: see [`Recorder::define_file`](super::recorder::Recorder::define_file).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FileId(pub u16);

/// A line of source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Site {
    /// Of this program: where one of its functions was called.
    Called(&'static Location<'static>),
    /// Of a file that the run has defined, such as a reader's program.
    Line {
        /// Which file.
        file: FileId,
        /// Line, from 1.
        line: u32,
    },
}

impl Site {
    /// Where the function that calls this was called, if it is `#[track_caller]`.
    #[track_caller]
    #[inline(always)]
    pub fn caller() -> Site {
        Site::Called(Location::caller())
    }

    /// A number that no other line has.
    #[inline(always)]
    pub(super) fn key(self) -> u64 {
        match self {
            Site::Called(location) => ptr::from_ref(location) as u64,
            // No address has the highest bit.
            Site::Line { file, line } => 1 << 63 | u64::from(file.0) << 32 | u64::from(line),
        }
    }

    /// The line in its file, from 1.
    pub(super) fn line(self) -> u32 {
        match self {
            Site::Called(location) => location.line(),
            Site::Line { line, .. } => line,
        }
    }

    /// Whether it is in the standard library. A function that is passed to the standard library is called from one of
    /// its files, whose path is the one on the machine that built it; the program's own files have paths from the top
    /// of the repository.
    pub(super) fn is_foreign(self) -> bool {
        matches!(self, Site::Called(location) if Path::new(location.file()).has_root())
    }
}
