//! `sys.stdout` and `sys.stderr`: whole lines go to the trace, from the lane that ends them.
//!
//! Native, so that `print` runs no bytecode between its text and its line break: as in CPython, no other thread gets
//! the GIL there.

use std::fmt;
use std::sync::{Mutex, PoisonError};

use rustpython_vm::builtins::{PyBaseExceptionRef, PyStrRef};
use rustpython_vm::{Py, PyPayload, PyResult, VirtualMachine, pyclass};
use weft::runtime::print;

/// An exception with its traceback and causes, as the interpreter prints it.
pub(crate) fn formatted_error(error: &PyBaseExceptionRef, vm: &VirtualMachine) -> String {
    let mut text = String::new();
    // Writing to a string does not fail.
    let _ = vm.write_exception(&mut text, error);
    text
}

/// A stream of text to the console.
#[pyclass(module = "_weft", name = "Output")]
#[derive(PyPayload)]
pub(crate) struct Output {
    name: &'static str,
    /// What has been written since the last line break.
    line: Mutex<String>,
}

impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("Output")
    }
}

impl Output {
    pub(super) fn new(name: &'static str) -> Output {
        Output { name, line: Mutex::default() }
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
            print(std::mem::replace(&mut *line, part.to_owned()));
        }
        text.char_len()
    }

    /// Prints what is left of a line, at the end of a run.
    #[pymethod]
    fn finish(zelf: &Py<Self>) {
        let line = std::mem::take(&mut *zelf.line.lock().unwrap_or_else(PoisonError::into_inner));
        if !line.is_empty() {
            print(line);
        }
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
