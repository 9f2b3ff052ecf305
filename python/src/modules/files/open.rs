//! The built-in function `open`. Native, so that it is in no traceback.

use std::sync::{Mutex, PoisonError};

use rustpython_vm::builtins::{PyUtf8StrRef, PyWeak};
use rustpython_vm::convert::ToPyObject;
use rustpython_vm::function::{FsPath, OptionalArg};
use rustpython_vm::{FromArgs, PyObjectRef, PyRef, PyResult, TryFromObject, VirtualMachine};

#[derive(FromArgs)]
pub(crate) struct OpenArgs {
    #[pyarg(any)]
    file: PyObjectRef,
    #[pyarg(any, optional)]
    mode: OptionalArg<PyUtf8StrRef>,
    #[pyarg(any, default = -1)]
    buffering: isize,
    #[pyarg(any, default)]
    encoding: Option<PyUtf8StrRef>,
    #[pyarg(any, default)]
    errors: Option<PyUtf8StrRef>,
    #[pyarg(any, default)]
    newline: Option<PyUtf8StrRef>,
    #[pyarg(any, default = true)]
    closefd: bool,
    #[pyarg(any, default)]
    opener: Option<PyObjectRef>,
}

impl OpenArgs {
    /// To read code.
    pub(super) fn of_code(file: PyObjectRef, vm: &VirtualMachine) -> OpenArgs {
        let mode = PyUtf8StrRef::try_from_object(vm, vm.ctx.new_str("rb").into()).ok();
        OpenArgs {
            file,
            mode: mode.into(),
            buffering: -1,
            encoding: None,
            errors: None,
            newline: None,
            closefd: true,
            opener: None,
        }
    }
}

/// What a mode asks for.
struct Mode {
    /// That of the raw file.
    raw: String,
    text: bool,
    updates: bool,
    reads: bool,
}

fn mode(mode: &str, vm: &VirtualMachine) -> PyResult<Mode> {
    let has = |letter| mode.contains(letter);
    let mut seen = String::new();
    for letter in mode.chars() {
        if !"rwxabt+".contains(letter) || seen.contains(letter) {
            return Err(vm.new_value_error(format!("invalid mode: '{mode}'")));
        }
        seen.push(letter);
    }
    if has('t') && has('b') {
        return Err(vm.new_value_error("can't have text and binary mode at once"));
    }
    let kinds = mode.chars().filter(|letter| "rwxa".contains(*letter)).count();
    if kinds > 1 {
        return Err(vm.new_value_error("must have exactly one of create/read/write/append mode"));
    }
    if kinds == 0 {
        return Err(vm.new_value_error("Must have exactly one of create/read/write/append mode and at most one plus"));
    }
    Ok(Mode {
        raw: mode.chars().filter(|letter| !"bt".contains(*letter)).collect(),
        text: !has('b'),
        updates: has('+'),
        reads: has('r'),
    })
}

/// Opens a file.
pub(crate) fn open(args: OpenArgs, vm: &VirtualMachine) -> PyResult {
    let given = args.mode.into_option();
    let given = given.as_ref().map_or("r", |mode| mode.as_str());
    let mode = mode(given, vm)?;
    if !mode.text {
        let refused = [(&args.encoding, "an encoding"), (&args.errors, "an errors"), (&args.newline, "a newline")];
        if let Some((_, what)) = refused.iter().find(|(argument, _)| argument.is_some()) {
            return Err(vm.new_value_error(format!("binary mode doesn't take {what} argument")));
        }
    }
    if args.buffering == 0 && mode.text {
        return Err(vm.new_value_error("can't have unbuffered text I/O"));
    }
    let io = vm.import("_io", 0)?;
    let class = |name: &'static str| io.get_attr(name, vm);
    let file = if i32::try_from_object(vm, args.file.clone()).is_ok() {
        args.file
    } else {
        FsPath::try_from_path_like(args.file, true, vm)?.to_pyobject(vm)
    };
    let raw = class("FileIO")?.call((file, mode.raw, args.closefd, args.opener), vm)?;
    if args.buffering == 0 {
        return Ok(raw);
    }
    let buffers = match (mode.updates, mode.reads) {
        (true, _) => "BufferedRandom",
        (false, true) => "BufferedReader",
        (false, false) => "BufferedWriter",
    };
    let buffered = match args.buffering {
        size @ 2.. => class(buffers)?.call((raw, size), vm)?,
        _ => class(buffers)?.call((raw,), vm)?,
    };
    if !mode.text {
        remember(&buffered, vm);
        return Ok(buffered);
    }
    let encoding = args.encoding.filter(|encoding| encoding.as_str() != "locale");
    let encoding = encoding.map_or_else(|| vm.ctx.new_str("UTF-8").into(), PyObjectRef::from);
    let text =
        class("TextIOWrapper")?.call((buffered.clone(), encoding, args.errors, args.newline, args.buffering == 1), vm);
    let text = text.inspect_err(|_| {
        // What is wrong with the arguments matters more.
        let _ = vm.call_method(&buffered, "close", ());
    })?;
    text.set_attr("mode", vm.ctx.new_str(given), vm)?;
    remember(&text, vm);
    Ok(text)
}

/// What was opened and may still be there.
static OPENED: Mutex<Vec<PyRef<PyWeak>>> = Mutex::new(Vec::new());

/// How many are kept before those that are gone are looked for.
const MANY: usize = 64;

fn remember(file: &PyObjectRef, vm: &VirtualMachine) {
    let Ok(file) = file.downgrade(None, vm) else { return };
    let lock = || OPENED.lock().unwrap_or_else(PoisonError::into_inner);
    let mut some = vec![file];
    if lock().len() >= MANY {
        some.append(&mut lock());
        // Without the lock, since this may be the end of a file that its owner has let go of meanwhile.
        some.retain(|file| file.upgrade().is_some());
    }
    lock().append(&mut some);
}

/// Flushes all that are still open, as CPython does at its end. What cannot be flushed any more is left.
pub(crate) fn flush_all(vm: &VirtualMachine) {
    let opened = std::mem::take(&mut *OPENED.lock().unwrap_or_else(PoisonError::into_inner));
    for file in opened.into_iter().filter_map(|file| file.upgrade()) {
        let closed = file.get_attr("closed", vm).and_then(|closed| closed.try_to_bool(vm));
        if matches!(closed, Ok(false)) {
            let _ = vm.call_method(&file, "flush", ());
        }
    }
}
