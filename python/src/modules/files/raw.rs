//! `io.FileIO`: an open file, byte by byte. What `open` gives stands on it, with RustPython's own buffers and encodings.

use std::fmt;
use std::sync::atomic::{AtomicI32, Ordering::SeqCst};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rustpython_vm::builtins::{PyBytesRef, PyType, PyUtf8StrRef};
use rustpython_vm::function::{ArgBytesLike, ArgMemoryBuffer, FuncArgs, OptionalArg};
use rustpython_vm::protocol::PyIterReturn;
use rustpython_vm::types::{Constructor, Destructor, IterNext, Iterable, Representable, SelfIter};
use rustpython_vm::{
    AsObject, FromArgs, Py, PyObjectRef, PyPayload, PyRef, PyResult, TryFromObject, VirtualMachine, pyclass,
};
use weft::runtime::disk::{Fault, How, OpenFile};

use super::access::{as_accessed, flags, how};
use super::disk;
use super::path::{Path, error_of, origin};

/// The descriptor of a closed file.
const CLOSED: i32 = -1;

/// `io.FileIO`.
#[pyclass(module = "_io", name = "FileIO")]
#[derive(PyPayload)]
pub(crate) struct FileIO {
    descriptor: AtomicI32,
    closes: bool,
    how: How,
    created: bool,
    name: Mutex<PyObjectRef>,
}

impl fmt::Debug for FileIO {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad("FileIO")
    }
}

#[derive(FromArgs)]
pub(super) struct FileArgs {
    #[pyarg(any)]
    file: PyObjectRef,
    #[pyarg(any, optional)]
    mode: OptionalArg<PyUtf8StrRef>,
    #[pyarg(any, default = true)]
    closefd: bool,
    #[pyarg(any, default)]
    opener: Option<PyObjectRef>,
}

impl Constructor for FileIO {
    type Args = FuncArgs;

    fn py_new(_cls: &Py<PyType>, args: FuncArgs, vm: &VirtualMachine) -> PyResult<FileIO> {
        let args: FileArgs = args.bind(vm)?;
        let mode = args.mode.into_option();
        let mode = mode.as_ref().map_or("r", |mode| mode.as_str());
        let how = how(mode, vm)?;
        let (descriptor, closes) = if let Ok(descriptor) = i32::try_from_object(vm, args.file.clone()) {
            if descriptor < 0 {
                return Err(vm.new_value_error("negative file descriptor"));
            }
            disk().opened(descriptor).map_err(|fault| error_of(fault, std::slice::from_ref(&args.file), vm))?;
            (descriptor, args.closefd)
        } else if !args.closefd {
            return Err(vm.new_value_error("Cannot use closefd=False with file name"));
        } else if let Some(opener) = args.opener {
            let descriptor = opener.call((args.file.clone(), flags(how)), vm)?;
            let descriptor =
                i32::try_from_object(vm, descriptor).map_err(|_| vm.new_type_error("expected integer from opener"))?;
            if descriptor < 0 {
                return Err(vm.new_value_error(format!("opener returned {descriptor}")));
            }
            (descriptor, true)
        } else {
            let path = Path::of(args.file.clone(), vm)?;
            (disk().open(&path.text, how, 0o644).map_err(|fault| path.error(fault, vm))?, true)
        };
        let file = FileIO {
            descriptor: AtomicI32::new(descriptor),
            closes,
            how,
            created: mode.contains('x'),
            name: Mutex::new(args.file),
        };
        if how.append
            && let Ok(open) = disk().opened(descriptor)
        {
            // As in CPython, `tell` gives the end at once.
            let _ = open.seek(0, weft::runtime::disk::Origin::End);
        }
        Ok(file)
    }
}

impl FileIO {
    fn name(&self) -> MutexGuard<'_, PyObjectRef> {
        self.name.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn open(&self, vm: &VirtualMachine) -> PyResult<Arc<OpenFile>> {
        let descriptor = self.descriptor.load(SeqCst);
        if descriptor == CLOSED {
            return Err(vm.new_value_error("I/O operation on closed file"));
        }
        disk().opened(descriptor).map_err(|fault| error_of(fault, &[], vm))
    }

    fn to(&self, verb: &str, allowed: bool, vm: &VirtualMachine) -> PyResult<Arc<OpenFile>> {
        let file = self.open(vm)?;
        if allowed {
            return Ok(file);
        }
        let unsupported = vm.import("_io", 0)?.get_attr("UnsupportedOperation", vm)?;
        let error = unsupported.call((format!("File not open for {verb}"),), vm)?;
        Err(TryFromObject::try_from_object(vm, error)?)
    }

    fn read_bytes(&self, most: usize, vm: &VirtualMachine) -> PyResult<Vec<u8>> {
        let file = self.to("reading", self.how.read, vm)?;
        let name = self.name().clone();
        as_accessed("read", Some(&name), vm, || file.read(most)).map_err(|fault| error_of(fault, &[], vm))
    }

    /// A line, of which the file is read no further.
    fn line(&self, most: usize, vm: &VirtualMachine) -> PyResult<Vec<u8>> {
        let file = self.to("reading", self.how.read, vm)?;
        let mut line = Vec::new();
        while line.len() < most && line.last() != Some(&b'\n') {
            let byte = file.read(1).map_err(|fault| error_of(fault, &[], vm))?;
            if byte.is_empty() {
                break;
            }
            line.extend(byte);
        }
        Ok(line)
    }
}

/// A size that may be missing, `None`, or negative: then there is no limit.
fn limit(size: OptionalArg<Option<isize>>) -> usize {
    size.flatten().and_then(|size| usize::try_from(size).ok()).unwrap_or(usize::MAX)
}

#[pyclass(with(Constructor, Destructor, Iterable, IterNext, Representable), flags(BASETYPE, HAS_DICT, HAS_WEAKREF))]
impl FileIO {
    #[pygetset]
    fn closed(zelf: &Py<Self>) -> bool {
        zelf.descriptor.load(SeqCst) == CLOSED
    }

    #[pygetset]
    fn closefd(zelf: &Py<Self>) -> bool {
        zelf.closes
    }

    #[pygetset]
    fn mode(zelf: &Py<Self>) -> &'static str {
        match (zelf.created, zelf.how.append, zelf.how.read, zelf.how.write) {
            (true, _, true, _) => "xb+",
            (true, ..) => "xb",
            (_, true, true, _) => "ab+",
            (_, true, ..) => "ab",
            (_, _, true, true) => "rb+",
            (_, _, true, false) => "rb",
            (_, _, false, _) => "wb",
        }
    }

    #[pygetset(name = "name")]
    fn get_name(zelf: &Py<Self>) -> PyObjectRef {
        zelf.name().clone()
    }

    #[pygetset(setter, name = "name")]
    fn set_name(zelf: &Py<Self>, name: PyObjectRef) {
        *zelf.name() = name;
    }

    #[pymethod]
    fn fileno(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<i32> {
        zelf.open(vm).map(|_| zelf.descriptor.load(SeqCst))
    }

    #[pymethod]
    fn isatty(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<bool> {
        zelf.open(vm).map(|_| false)
    }

    #[pymethod]
    fn readable(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<bool> {
        zelf.open(vm).map(|_| zelf.how.read)
    }

    #[pymethod]
    fn writable(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<bool> {
        zelf.open(vm).map(|_| zelf.how.write)
    }

    #[pymethod]
    fn seekable(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<bool> {
        zelf.open(vm).map(|_| true)
    }

    #[pymethod]
    fn read(zelf: &Py<Self>, size: OptionalArg<Option<isize>>, vm: &VirtualMachine) -> PyResult<PyBytesRef> {
        zelf.read_bytes(limit(size), vm).map(|bytes| vm.ctx.new_bytes(bytes))
    }

    #[pymethod]
    fn readall(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyBytesRef> {
        zelf.read_bytes(usize::MAX, vm).map(|bytes| vm.ctx.new_bytes(bytes))
    }

    #[pymethod]
    fn readinto(zelf: &Py<Self>, buffer: ArgMemoryBuffer, vm: &VirtualMachine) -> PyResult<usize> {
        let bytes = zelf.read_bytes(buffer.len(), vm)?;
        buffer.with_ref(|buffer| buffer[..bytes.len()].copy_from_slice(&bytes));
        Ok(bytes.len())
    }

    #[pymethod]
    fn readline(zelf: &Py<Self>, size: OptionalArg<Option<isize>>, vm: &VirtualMachine) -> PyResult<PyBytesRef> {
        zelf.line(limit(size), vm).map(|line| vm.ctx.new_bytes(line))
    }

    #[pymethod]
    fn readlines(zelf: &Py<Self>, hint: OptionalArg<Option<isize>>, vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
        let most = hint.flatten().filter(|hint| *hint > 0).map_or(usize::MAX, isize::unsigned_abs);
        let (mut lines, mut length) = (Vec::new(), 0);
        while length < most {
            let line = zelf.line(usize::MAX, vm)?;
            if line.is_empty() {
                break;
            }
            length += line.len();
            lines.push(vm.ctx.new_bytes(line).into());
        }
        Ok(lines)
    }

    #[pymethod]
    fn write(zelf: &Py<Self>, data: ArgBytesLike, vm: &VirtualMachine) -> PyResult<usize> {
        let file = zelf.to("writing", zelf.how.write, vm)?;
        // A copy, since the bytes are locked while they are looked at.
        let bytes = data.with_ref(<[u8]>::to_vec);
        let name = zelf.name().clone();
        as_accessed("write", Some(&name), vm, || file.write(&bytes)).map_err(|fault| error_of(fault, &[], vm))
    }

    #[pymethod]
    fn writelines(zelf: &Py<Self>, lines: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        let lines = lines.get_iter(vm)?;
        for line in lines.iter::<ArgBytesLike>(vm)? {
            FileIO::write(zelf, line?, vm)?;
        }
        Ok(())
    }

    #[pymethod]
    fn seek(zelf: &Py<Self>, offset: i64, whence: OptionalArg<i32>, vm: &VirtualMachine) -> PyResult<u64> {
        let file = zelf.open(vm)?;
        let sought = origin(whence.unwrap_or(0)).and_then(|from| file.seek(offset, from));
        sought.map_err(|fault| error_of(fault, &[], vm))
    }

    #[pymethod]
    fn tell(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<u64> {
        FileIO::seek(zelf, 0, OptionalArg::Present(1), vm)
    }

    #[pymethod]
    fn truncate(zelf: &Py<Self>, size: OptionalArg<Option<i64>>, vm: &VirtualMachine) -> PyResult<u64> {
        let file = zelf.to("writing", zelf.how.write, vm)?;
        let size = match size.flatten() {
            Some(size) => u64::try_from(size).map_err(|_| error_of(Fault::Invalid, &[], vm))?,
            None => FileIO::tell(zelf, vm)?,
        };
        file.truncate(size).map_err(|fault| error_of(fault, &[], vm))?;
        Ok(size)
    }

    #[pymethod]
    fn flush(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<()> {
        zelf.open(vm).map(drop)
    }

    #[pymethod]
    fn close(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<()> {
        let descriptor = zelf.descriptor.swap(CLOSED, SeqCst);
        if descriptor == CLOSED || !zelf.closes {
            return Ok(());
        }
        disk().close(descriptor).map_err(|fault| error_of(fault, &[], vm))
    }

    #[pymethod]
    fn __enter__(zelf: PyRef<Self>, vm: &VirtualMachine) -> PyResult<PyRef<Self>> {
        zelf.open(vm)?;
        Ok(zelf)
    }

    #[pymethod]
    fn __exit__(zelf: &Py<Self>, _args: FuncArgs, vm: &VirtualMachine) -> PyResult<()> {
        vm.call_method(zelf.as_object(), "close", ()).map(drop)
    }
}

impl Destructor for FileIO {
    fn del(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<()> {
        FileIO::close(zelf, vm)
    }
}

impl SelfIter for FileIO {}

impl IterNext for FileIO {
    fn next(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<PyIterReturn> {
        let line = zelf.line(usize::MAX, vm)?;
        Ok(if line.is_empty() {
            PyIterReturn::StopIteration(None)
        } else {
            PyIterReturn::Return(vm.ctx.new_bytes(line).into())
        })
    }
}

impl Representable for FileIO {
    fn repr_str(zelf: &Py<Self>, vm: &VirtualMachine) -> PyResult<String> {
        if FileIO::closed(zelf) {
            return Ok("<_io.FileIO [closed]>".to_owned());
        }
        let name = zelf.name().repr(vm)?;
        let closes = if zelf.closes { "True" } else { "False" };
        Ok(format!("<_io.FileIO name={name} mode='{}' closefd={closes}>", FileIO::mode(zelf)))
    }
}
