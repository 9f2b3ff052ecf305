//! How files are opened, and what the trace shows of their being read and written.

use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine};
use weft::runtime::disk::How;
use weft::runtime::{at, lane};

use crate::reader;

/// Reads or writes the bytes of a file, which the trace shows as a scope of the lane.
pub(super) fn as_accessed<R>(
    verb: &str,
    name: Option<&PyObjectRef>,
    vm: &VirtualMachine,
    body: impl FnOnce() -> R,
) -> R {
    if lane::current_id().is_none() || !reader::has_led_here(vm) {
        return body();
    }
    let name = name.and_then(|name| name.str(vm).ok()).map_or_else(|| "a file".to_owned(), |name| name.to_string());
    at(reader::site(vm), || lane::scope(&format!("{verb} {name}"), body))
}

/// How a mode of `FileIO` opens a file.
pub(super) fn how(mode: &str, vm: &VirtualMachine) -> PyResult<How> {
    let mut how = How::default();
    let kinds = mode.chars().filter(|letter| "rwxa".contains(*letter)).count();
    let rest_is_fine = mode.chars().all(|letter| "rwxab+".contains(letter));
    if !rest_is_fine {
        return Err(vm.new_value_error(format!("invalid mode: {mode}")));
    }
    if kinds != 1 || mode.matches('+').count() > 1 {
        let words = "Must have exactly one of create/read/write/append mode and at most one plus";
        return Err(vm.new_value_error(words));
    }
    match mode.chars().find(|letter| "rwxa".contains(*letter)) {
        Some('r') => how.read = true,
        Some('w') => (how.write, how.create, how.truncate) = (true, true, true),
        Some('x') => (how.write, how.create, how.exclusive) = (true, true, true),
        _ => (how.write, how.create, how.append) = (true, true, true),
    }
    if mode.contains('+') {
        (how.read, how.write) = (true, true);
    }
    Ok(how)
}

/// As `os.open` takes them.
pub(super) fn flags(how: How) -> i32 {
    let access = match (how.read, how.write) {
        (_, false) => 0,
        (false, true) => 1,
        (true, true) => 2,
    };
    let bits = [(how.create, 0o100), (how.exclusive, 0o200), (how.truncate, 0o1000), (how.append, 0o2000)];
    bits.iter().filter(|(set, _)| *set).fold(access, |flags, (_, bit)| flags | bit)
}
