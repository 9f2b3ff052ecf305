//! The reader's own program, in Python. Its source comes with the run; an artefact of its own has the interpreter
//! (`python/`), so the page knows the program without being able to run it.

use std::time::Duration;

use super::{Estimate, Language, Main, Need, Param, ParamKind, Program};

/// The name of its file.
pub const FILE: &str = "main.py";

/// The most threads it may have at a time, its main one included.
pub const MOST_THREADS: usize = 64;

/// How many workers stand ready for its threads before it runs; more are added as it needs them.
pub const WARM_THREADS: usize = 6;

/// Whether there is a GIL.
pub const GIL: Param = Param {
    name: "gil",
    help: "whether one thread runs Python at a time, by CPython’s rule",
    unit: "",
    kind: ParamKind::Boolean { default: true },
};

/// The reader's program, whose main lane runs as `main` says.
pub const fn write(main: Main) -> Program {
    Program {
        id: "write",
        title: "Write your own",
        language: Language::Python,
        files: &[FILE],
        needs: &[Need::Isolation],
        params: &[GIL],
        workers: |_| MOST_THREADS,
        // Nobody knows how long it takes.
        estimate: |_| Estimate { waits: Duration::ZERO, work: Duration::ZERO },
        main,
        entries: &[],
    }
}

/// As the page knows it.
pub static WRITE: Program = write(Main::Elsewhere);
