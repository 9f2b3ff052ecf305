//! `_files`: what `posix` and `io` have of an operating system's files. They are those of the run, in memory.

mod access;
mod open;
mod path;
mod raw;

use std::sync::LazyLock;

use rustpython_vm::pymodule;
use weft::runtime::disk::Disk;

pub(crate) use _files::module_def;

/// The files of the run.
static DISK: LazyLock<Disk> = LazyLock::new(Disk::default);

/// The files of the run.
pub fn disk() -> &'static Disk {
    &DISK
}

#[pymodule]
mod _files {
    use std::time::Duration;

    use rustpython_vm::builtins::{PyBytesRef, PyTypeRef};
    use rustpython_vm::class::PyClassImpl;
    use rustpython_vm::convert::ToPyObject;
    use rustpython_vm::function::{ArgBytesLike, FsPath, IntoFuncArgs, OptionalArg};
    use rustpython_vm::{FromArgs, PyObjectRef, PyResult, TryFromObject, VirtualMachine};
    use weft::runtime::disk::{Entry, Fault, How, Stat};

    use super::access::as_accessed;
    use super::disk;
    use super::open::{self as opening, OpenArgs};
    use super::path::{Path, error_of, origin};
    use super::raw::FileIO as Raw;

    #[pyattr(name = "FileIO")]
    fn file_io(_vm: &VirtualMachine) -> PyTypeRef {
        Raw::make_static_type()
    }

    #[pyattr]
    const O_RDONLY: i32 = 0;
    #[pyattr]
    const O_WRONLY: i32 = 1;
    #[pyattr]
    const O_RDWR: i32 = 2;
    #[pyattr]
    const O_CREAT: i32 = 0o100;
    #[pyattr]
    const O_EXCL: i32 = 0o200;
    #[pyattr]
    const O_TRUNC: i32 = 0o1000;
    #[pyattr]
    const O_APPEND: i32 = 0o2000;

    /// The built-in function `open`.
    #[pyfunction]
    fn open(args: OpenArgs, vm: &VirtualMachine) -> PyResult {
        opening::open(args, vm)
    }

    /// `open`, for code that is to be imported.
    #[pyfunction]
    fn open_code(path: PyObjectRef, vm: &VirtualMachine) -> PyResult {
        opening::open(OpenArgs::of_code(path, vm), vm)
    }

    /// Makes sure that what was written through what `open` gave is in the files, at the end of a run.
    #[pyfunction]
    fn flush_all(vm: &VirtualMachine) {
        opening::flush_all(vm);
    }

    /// A path. It may not be given from another folder than the current one.
    #[derive(FromArgs)]
    struct PathArgs {
        #[pyarg(any)]
        path: PyObjectRef,
        #[pyarg(named, default)]
        dir_fd: Option<PyObjectRef>,
        #[pyarg(named, default = true)]
        #[allow(dead_code, reason = "there are no links to follow")]
        follow_symlinks: bool,
    }

    #[derive(FromArgs)]
    struct ModeArgs {
        #[pyarg(any)]
        path: PyObjectRef,
        #[pyarg(any, default = 0o777)]
        mode: u32,
        #[pyarg(named, default)]
        dir_fd: Option<PyObjectRef>,
        #[pyarg(named, default = true)]
        #[allow(dead_code, reason = "there are no links to follow")]
        follow_symlinks: bool,
    }

    #[derive(FromArgs)]
    struct FlagsArgs {
        #[pyarg(any)]
        path: PyObjectRef,
        #[pyarg(any)]
        flags: i32,
        #[pyarg(any, default = 0o777)]
        mode: u32,
        #[pyarg(named, default)]
        dir_fd: Option<PyObjectRef>,
    }

    #[derive(FromArgs)]
    struct RenameArgs {
        #[pyarg(any)]
        src: PyObjectRef,
        #[pyarg(any)]
        dst: PyObjectRef,
        #[pyarg(named, default)]
        src_dir_fd: Option<PyObjectRef>,
        #[pyarg(named, default)]
        dst_dir_fd: Option<PyObjectRef>,
    }

    fn no_folder(descriptor: Option<&PyObjectRef>, vm: &VirtualMachine) -> PyResult<()> {
        match descriptor {
            Some(_) => Err(vm.new_not_implemented_error("dir_fd unavailable on this platform")),
            None => Ok(()),
        }
    }

    fn path(path: PyObjectRef, folder: Option<&PyObjectRef>, vm: &VirtualMachine) -> PyResult<Path> {
        no_folder(folder, vm)?;
        Path::of(path, vm)
    }

    /// Makes one of the classes of `posix`.
    fn made(class: &'static str, args: impl IntoFuncArgs, vm: &VirtualMachine) -> PyResult {
        vm.import("posix", 0)?.get_attr(class, vm)?.call(args, vm)
    }

    fn known(stat: Stat, vm: &VirtualMachine) -> PyResult {
        let modified = u64::try_from(stat.modified.as_nanos()).unwrap_or(u64::MAX);
        made("_known", (stat.mode, stat.id, stat.size, modified), vm)
    }

    #[pyfunction]
    fn stat(args: PathArgs, vm: &VirtualMachine) -> PyResult {
        if let Ok(descriptor) = i32::try_from_object(vm, args.path.clone()) {
            return fstat(descriptor, vm);
        }
        lstat(args, vm)
    }

    #[pyfunction]
    fn lstat(args: PathArgs, vm: &VirtualMachine) -> PyResult {
        let path = path(args.path, args.dir_fd.as_ref(), vm)?;
        known(disk().stat(&path.text).map_err(|fault| path.error(fault, vm))?, vm)
    }

    #[pyfunction]
    fn fstat(fd: i32, vm: &VirtualMachine) -> PyResult {
        let file = disk().opened(fd).map_err(|fault| error_of(fault, &[], vm))?;
        known(file.stat(), vm)
    }

    #[pyfunction]
    fn fspath(path: FsPath, vm: &VirtualMachine) -> PyObjectRef {
        path.to_pyobject(vm)
    }

    #[pyfunction]
    fn scandir(path: OptionalArg<Option<PyObjectRef>>, vm: &VirtualMachine) -> PyResult {
        let given = path.flatten();
        let path = Path::of(given.clone().unwrap_or_else(|| vm.ctx.new_str(".").into()), vm)?;
        let entries = disk().list(&path.text).map_err(|fault| path.error(fault, vm))?;
        let tuple = |entry: Entry| vm.new_tuple((path.like(&entry.name, vm), entry.id, entry.is_folder)).into();
        let entries: Vec<PyObjectRef> = entries.into_iter().map(tuple).collect();
        made("_Scan", (given, entries), vm)
    }

    #[pyfunction]
    fn listdir(path: OptionalArg<Option<PyObjectRef>>, vm: &VirtualMachine) -> PyResult<Vec<PyObjectRef>> {
        let path = path.flatten().unwrap_or_else(|| vm.ctx.new_str(".").into());
        let path = Path::of(path, vm)?;
        let entries = disk().list(&path.text).map_err(|fault| path.error(fault, vm))?;
        Ok(entries.into_iter().map(|entry| path.like(&entry.name, vm)).collect())
    }

    #[pyfunction]
    fn mkdir(args: ModeArgs, vm: &VirtualMachine) -> PyResult<()> {
        let path = path(args.path, args.dir_fd.as_ref(), vm)?;
        let mode = args.mode & !0o022;
        disk().make_folder(&path.text, mode).map_err(|fault| path.error(fault, vm))
    }

    #[pyfunction]
    fn rmdir(args: PathArgs, vm: &VirtualMachine) -> PyResult<()> {
        let path = path(args.path, args.dir_fd.as_ref(), vm)?;
        disk().remove_folder(&path.text).map_err(|fault| path.error(fault, vm))
    }

    #[pyfunction]
    #[pyfunction(name = "unlink")]
    fn remove(args: PathArgs, vm: &VirtualMachine) -> PyResult<()> {
        let path = path(args.path, args.dir_fd.as_ref(), vm)?;
        disk().remove_file(&path.text).map_err(|fault| path.error(fault, vm))
    }

    #[pyfunction]
    #[pyfunction(name = "replace")]
    fn rename(args: RenameArgs, vm: &VirtualMachine) -> PyResult<()> {
        let from = path(args.src, args.src_dir_fd.as_ref(), vm)?;
        let to = path(args.dst, args.dst_dir_fd.as_ref(), vm)?;
        let renamed = disk().rename(&from.text, &to.text);
        renamed.map_err(|fault| error_of(fault, &[from.object.clone(), to.object.clone()], vm))
    }

    /// There are no links, so nothing that is there is one.
    #[pyfunction]
    fn readlink(args: PathArgs, vm: &VirtualMachine) -> PyResult<()> {
        let path = path(args.path, args.dir_fd.as_ref(), vm)?;
        let fault = disk().stat(&path.text).err().unwrap_or(Fault::Invalid);
        Err(path.error(fault, vm))
    }

    #[pyfunction]
    fn chmod(args: ModeArgs, vm: &VirtualMachine) -> PyResult<()> {
        let path = path(args.path, args.dir_fd.as_ref(), vm)?;
        disk().set_mode(&path.text, args.mode).map_err(|fault| path.error(fault, vm))
    }

    /// Sets when a file or folder was changed last, in nanoseconds.
    #[pyfunction]
    fn set_modified(path: PyObjectRef, time: u64, vm: &VirtualMachine) -> PyResult<()> {
        let path = Path::of(path, vm)?;
        disk().set_modified(&path.text, Duration::from_nanos(time)).map_err(|fault| path.error(fault, vm))
    }

    #[pyfunction]
    fn getcwd(vm: &VirtualMachine) -> PyResult<String> {
        disk().current_folder().map_err(|fault| error_of(fault, &[], vm))
    }

    #[pyfunction]
    fn getcwdb(vm: &VirtualMachine) -> PyResult<PyBytesRef> {
        Ok(vm.ctx.new_bytes(getcwd(vm)?.into_bytes()))
    }

    #[pyfunction]
    fn chdir(path: PyObjectRef, vm: &VirtualMachine) -> PyResult<()> {
        let path = Path::of(path, vm)?;
        disk().change_folder(&path.text).map_err(|fault| path.error(fault, vm))
    }

    /// `os.open`: a descriptor.
    #[pyfunction]
    fn open_descriptor(args: FlagsArgs, vm: &VirtualMachine) -> PyResult<i32> {
        let path = path(args.path, args.dir_fd.as_ref(), vm)?;
        let flags = args.flags;
        let how = How {
            read: flags & (O_WRONLY | O_RDWR) != O_WRONLY,
            write: flags & (O_WRONLY | O_RDWR) != 0,
            append: flags & O_APPEND != 0,
            create: flags & O_CREAT != 0,
            exclusive: flags & O_EXCL != 0,
            truncate: flags & O_TRUNC != 0,
        };
        disk().open(&path.text, how, args.mode & !0o022).map_err(|fault| path.error(fault, vm))
    }

    #[pyfunction]
    fn close(fd: i32, vm: &VirtualMachine) -> PyResult<()> {
        disk().close(fd).map_err(|fault| error_of(fault, &[], vm))
    }

    #[pyfunction]
    fn read(fd: i32, length: usize, vm: &VirtualMachine) -> PyResult<PyBytesRef> {
        let read = disk().opened(fd).and_then(|file| as_accessed("read", None, vm, || file.read(length)));
        read.map(|bytes| vm.ctx.new_bytes(bytes)).map_err(|fault| error_of(fault, &[], vm))
    }

    #[pyfunction]
    fn write(fd: i32, data: ArgBytesLike, vm: &VirtualMachine) -> PyResult<usize> {
        let write =
            |bytes: &[u8]| disk().opened(fd).and_then(|file| as_accessed("write", None, vm, || file.write(bytes)));
        data.with_ref(write).map_err(|fault| error_of(fault, &[], vm))
    }

    #[pyfunction]
    fn lseek(fd: i32, position: i64, whence: i32, vm: &VirtualMachine) -> PyResult<u64> {
        let from = origin(whence).map_err(|fault| error_of(fault, &[], vm))?;
        let sought = disk().opened(fd).and_then(|file| file.seek(position, from));
        sought.map_err(|fault| error_of(fault, &[], vm))
    }

    #[pyfunction]
    fn ftruncate(fd: i32, length: u64, vm: &VirtualMachine) -> PyResult<()> {
        let cut = disk().opened(fd).and_then(|file| file.truncate(length));
        cut.map_err(|fault| error_of(fault, &[], vm))
    }

    /// Everything that was written is there already.
    #[pyfunction]
    #[pyfunction(name = "fdatasync")]
    fn fsync(fd: i32, vm: &VirtualMachine) -> PyResult<()> {
        disk().opened(fd).map(drop).map_err(|fault| error_of(fault, &[], vm))
    }

    /// The text of an error's number; `None` for one that does not happen here.
    #[pyfunction]
    fn error_text(number: i32) -> Option<&'static str> {
        Fault::ALL.iter().find(|fault| fault.number() == number).map(|fault| fault.text())
    }
}
