//! How Python's code waits: detached from the interpreter, and for a time that Python gives in seconds.

use std::time::Duration;

use rustpython_vm::{PyResult, VirtualMachine};
use weft::runtime::at;

use crate::{gil, reader};

/// The longest time-out, in seconds: CPython's `PY_TIMEOUT_MAX` on 64-bit systems.
pub(super) const TIMEOUT_MAX: f64 = 9_223_372_036.0;

/// A length of time from Python's seconds.
pub(super) fn seconds(seconds: f64, vm: &VirtualMachine) -> PyResult<Duration> {
    Duration::try_from_secs_f64(seconds)
        .map_err(|_| vm.new_overflow_error("timestamp too large to convert to C PyTime_t"))
}

/// Waits detached from the interpreter, on behalf of the reader's line. A thread of the library's own has none.
pub(super) fn waits<R>(vm: &VirtualMachine, body: impl FnOnce() -> R) -> R {
    at(reader::site(vm), || gil::wait(vm, body))
}
