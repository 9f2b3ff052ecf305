"""What there is of an operating system: files of the run's own, in memory, and nothing that outlives it."""
import sys
from _files import (
    O_APPEND,
    O_CREAT,
    O_EXCL,
    O_RDONLY,
    O_RDWR,
    O_TRUNC,
    O_WRONLY,
    chdir,
    chmod,
    close,
    error_text,
    fdatasync,
    fspath,
    fstat,
    fsync,
    ftruncate,
    getcwd,
    getcwdb,
    listdir,
    lseek,
    lstat,
    mkdir,
    read,
    readlink,
    remove,
    rename,
    replace,
    rmdir,
    scandir,
    set_modified as _set_modified,
    stat,
    unlink,
    write,
)
from _files import open_descriptor as open

O_CLOEXEC = O_SYNC = O_NONBLOCK = O_NOFOLLOW = O_DIRECTORY = 0
F_OK, X_OK, W_OK, R_OK = 0, 1, 2, 4
error = OSError

# `os` takes which functions know descriptors of folders, and links, from here: none does.
_have_functions = []

environ = {b"HOME": b"/home/weft", b"LANG": b"C.UTF-8", b"TMPDIR": b"/tmp"}


def putenv(name, value, /):
    pass


def unsetenv(name, /):
    pass


class stat_result(tuple):
    """What is known of a file: ten numbers, and the same and more by name."""

    _names = "st_mode st_ino st_dev st_nlink st_uid st_gid st_size st_atime st_mtime st_ctime".split()
    n_fields, n_sequence_fields, n_unnamed_fields = 19, 10, 3
    st_blksize, st_rdev = 4096, 0

    def __new__(cls, values, modified=None):
        known = tuple.__new__(cls, values)
        modified = known[8] * 10**9 if modified is None else modified
        for name, value in zip(cls._names[:7], known):
            setattr(known, name, value)
        for name in ("st_atime", "st_mtime", "st_ctime"):
            setattr(known, name, modified / 1e9)
            setattr(known, name + "_ns", modified)
        known.st_blocks = -(-known.st_size // 512)
        return known

    def __repr__(self):
        values = ", ".join(f"{name}={value}" for name, value in zip(self._names, self))
        return f"os.stat_result({values})"

    def __reduce__(self):
        return stat_result, (tuple(self), self.st_mtime_ns)


stat_result.__module__ = "os"


def _known(mode, number, size, modified):
    second = modified // 10**9
    return stat_result((mode, number, 1, 1, 1000, 1000, size, second, second, second), modified)


class DirEntry:
    """Something in a folder."""

    def __init__(self, folder, name, number, is_folder):
        separator = b"/" if isinstance(name, bytes) else "/"
        if folder is None:
            self.path = name
        else:
            self.path = folder + name if folder.endswith(separator) else folder + separator + name
        self.name = name
        self._number, self._is_folder = number, is_folder

    def inode(self):
        return self._number

    def is_dir(self, *, follow_symlinks=True):
        return self._is_folder

    def is_file(self, *, follow_symlinks=True):
        return not self._is_folder

    def is_symlink(self):
        return False

    def is_junction(self):
        return False

    def stat(self, *, follow_symlinks=True):
        return stat(self.path)

    def __fspath__(self):
        return self.path

    def __repr__(self):
        return f"<DirEntry {self.name!r}>"


class _Scan:
    def __init__(self, folder, entries):
        folder = "." if folder is None else fspath(folder)
        self._entries = (DirEntry(folder, *entry) for entry in entries)

    def __iter__(self):
        return self

    def __next__(self):
        return next(self._entries)

    def close(self):
        self._entries.close()

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


_Scan.__name__ = _Scan.__qualname__ = "ScandirIterator"


def access(path, mode, *, dir_fd=None, effective_ids=False, follow_symlinks=True):
    try:
        known = stat(path, dir_fd=dir_fd)
    except OSError:
        return False
    return known.st_mode >> 6 & mode == mode


def truncate(path, length):
    descriptor = open(path, O_WRONLY)
    try:
        ftruncate(descriptor, length)
    finally:
        close(descriptor)


def utime(path, times=None, *, ns=None, dir_fd=None, follow_symlinks=True):
    if times is not None and ns is not None:
        raise ValueError("utime: you may specify either 'times' or 'ns' but not both")
    if ns is not None:
        modified = ns[1]
    elif times is not None:
        modified = int(times[1] * 1e9)
    else:
        import time

        modified = int(time.time() * 1e9)
    _set_modified(path, modified)


def isatty(fd, /):
    return False


class terminal_size(tuple):
    """How many columns and lines a terminal has."""

    columns = property(lambda self: self[0])
    lines = property(lambda self: self[1])

    def __repr__(self):
        return f"os.terminal_size(columns={self[0]}, lines={self[1]})"


terminal_size.__module__ = "os"


def get_terminal_size(fd=1, /):
    raise OSError(25, "Inappropriate ioctl for device")


def strerror(code, /):
    return error_text(code) or f"Unknown error {code}"


def getpid():
    return 1


def getppid():
    return 0


def cpu_count():
    import _weft

    return _weft.cores()


def urandom(size, /):
    from random import Random

    return Random().randbytes(size)
