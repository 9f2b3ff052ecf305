//! Paths as programs give them, and the errors about what they lead to.

use rustpython_vm::builtins::{PyBaseExceptionRef, PyTypeRef};
use rustpython_vm::function::FsPath;
use rustpython_vm::{PyObjectRef, PyResult, VirtualMachine};
use weft::runtime::disk::{Fault, Origin};

/// A path.
pub(super) struct Path {
    pub text: String,
    /// What the program gave: text or bytes.
    pub object: PyObjectRef,
    is_bytes: bool,
}

impl Path {
    pub fn of(object: PyObjectRef, vm: &VirtualMachine) -> PyResult<Path> {
        let path = FsPath::try_from_path_like(object, true, vm)?;
        let (object, is_bytes): (PyObjectRef, _) = match &path {
            FsPath::Str(text) => (text.clone().into(), false),
            FsPath::Bytes(bytes) => (bytes.clone().into(), true),
        };
        // Names are text here, as on a Mac.
        let text = std::str::from_utf8(path.as_bytes());
        let text = text.map_err(|_| {
            error((84, "Invalid or incomplete multibyte or wide character"), std::slice::from_ref(&object), vm)
        });
        Ok(Path { text: text?.to_owned(), object, is_bytes })
    }

    /// A name, as text or bytes like this path.
    pub fn like(&self, name: &str, vm: &VirtualMachine) -> PyObjectRef {
        if self.is_bytes { vm.ctx.new_bytes(name.as_bytes().to_vec()).into() } else { vm.ctx.new_str(name).into() }
    }

    pub fn error(&self, fault: Fault, vm: &VirtualMachine) -> PyBaseExceptionRef {
        error_of(fault, std::slice::from_ref(&self.object), vm)
    }
}

/// The exception of a fault, with the names that it is about: none, one or two.
pub(super) fn error_of(fault: Fault, names: &[PyObjectRef], vm: &VirtualMachine) -> PyBaseExceptionRef {
    error((fault.number(), fault.text()), names, vm)
}

fn error((number, text): (i32, &str), names: &[PyObjectRef], vm: &VirtualMachine) -> PyBaseExceptionRef {
    let kinds = &vm.ctx.exceptions;
    // In WebAssembly `OSError` does not choose by the number.
    let kind = match number {
        1 | 13 => kinds.permission_error,
        2 => kinds.file_not_found_error,
        17 => kinds.file_exists_error,
        20 => kinds.not_a_directory_error,
        21 => kinds.is_a_directory_error,
        _ => kinds.os_error,
    };
    let kind: PyTypeRef = kind.to_owned();
    let mut args: Vec<PyObjectRef> = vec![vm.new_pyobj(number), vm.new_pyobj(text)];
    match names {
        [] => {}
        [name] => args.push(name.clone()),
        [first, second, ..] => args.extend([first.clone(), vm.ctx.none(), second.clone()]),
    }
    match vm.invoke_exception(&kind, args) {
        Ok(error) | Err(error) => error,
    }
}

/// From where a position is counted.
pub(super) fn origin(whence: i32) -> Result<Origin, Fault> {
    match whence {
        0 => Ok(Origin::Start),
        1 => Ok(Origin::Here),
        2 => Ok(Origin::End),
        _ => Err(Fault::Invalid),
    }
}
