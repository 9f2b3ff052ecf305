//! `sys.stdout` and `sys.stderr`: whole lines go to the trace, from the lane that ends them.
//!
//! Native, so that `print` runs no bytecode between its text and its line break: as in CPython, no other thread gets
//! the GIL there.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rustpython_vm::builtins::PyStrRef;
use rustpython_vm::{Py, PyPayload, PyResult, VirtualMachine, pyclass};
use weft::runtime::lane::print_error;
use weft::runtime::print;
use weft::runtime::printed::MOST_BYTES;

/// A stream of text to the console.
#[pyclass(module = "_weft", name = "Output")]
#[derive(PyPayload)]
pub(crate) struct Output {
    name: &'static str,
    print: fn(String),
    /// What has been written since the last line break.
    line: Mutex<String>,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Output")
    }
}

impl Output {
    /// `sys.stdout`.
    pub(super) fn of_lines() -> Output {
        Output { name: "<stdout>", print: |line| print(line), line: Mutex::default() }
    }

    /// `sys.stderr`.
    pub(super) fn of_errors() -> Output {
        Output { name: "<stderr>", print: |line| print_error(line), line: Mutex::default() }
    }
}

#[pyclass]
impl Output {
    #[pymethod]
    fn write(zelf: &Py<Self>, text: PyStrRef) -> usize {
        let mut line = zelf.line.lock().unwrap_or_else(PoisonError::into_inner);
        let whole = text.to_string_lossy();
        let mut parts = whole.split('\n');
        line.push_str(parts.next().unwrap_or_default());
        for part in parts {
            (zelf.print)(std::mem::replace(&mut *line, part.to_owned()));
        }
        if line.len() as u64 > MOST_BYTES {
            // Nobody will see the end of it.
            (zelf.print)(std::mem::take(&mut *line));
        }
        text.char_len()
    }

    /// Prints what is left of a line, at the end of a run.
    #[pymethod]
    fn finish(zelf: &Py<Self>) {
        let line = std::mem::take(&mut *zelf.line.lock().unwrap_or_else(PoisonError::into_inner));
        if !line.is_empty() {
            (zelf.print)(line);
        }
    }

    /// Takes what is left of a line: it stands before what the reader types.
    #[pymethod]
    fn take(zelf: &Py<Self>) -> String {
        std::mem::take(&mut *zelf.line.lock().unwrap_or_else(PoisonError::into_inner))
    }

    #[pymethod]
    fn flush(_zelf: &Py<Self>) {}

    #[pymethod]
    fn isatty(_zelf: &Py<Self>) -> bool {
        false
    }

    #[pymethod]
    fn writable(_zelf: &Py<Self>) -> bool {
        true
    }

    #[pymethod]
    fn readable(_zelf: &Py<Self>) -> bool {
        false
    }

    #[pymethod]
    fn fileno(_zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<i32> {
        Err(vm.new_os_error("the console has no file descriptor"))
    }

    #[pygetset]
    fn name(zelf: &Py<Self>) -> String {
        zelf.name.to_owned()
    }

    #[pygetset]
    fn encoding(_zelf: &Py<Self>) -> &'static str {
        "utf-8"
    }

    #[pygetset]
    fn errors(_zelf: &Py<Self>) -> &'static str {
        "strict"
    }

    #[pygetset]
    fn closed(_zelf: &Py<Self>) -> bool {
        false
    }
}
