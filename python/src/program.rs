//! The one program of this artefact: the reader's. Its source comes with the run.

use weft::program::write::{GIL, write};
use weft::program::{ExitReport, Main, Program, Table};
use weft::runtime::Run;
use weft::runtime::host::serve_requests;

use crate::{interpreter, reader};

pub use crate::modules::disk;
pub use weft::program::write::MOST_THREADS;

/// The reader's program.
static WRITE: Program =
    write(Main::Source { define: define_file, disk, run: |source, values| run(source, values.boolean(GIL.name)) });

/// What this artefact can run.
pub const TABLE: Table = Table { program: |id| (id == WRITE.id).then_some(&WRITE), entry: |_| None };

/// Makes the reader's file known to a run that is about to begin, and carries out its requests.
pub fn define_file(run: &Run) {
    let file = run.recorder.define_file(reader::FILE);
    assert_eq!(file, reader::FILE_ID, "the reader's file is a run's first");
    serve_requests();
}

/// Runs a source on the current lane, the main one, with a GIL or without, and waits for its threads.
///
/// # Panics
/// If a program has run already: an interpreter runs one.
pub fn run(source: &str, gil: bool) -> ExitReport {
    interpreter::run(source, gil)
}
