"""Puts the files of the run, which are in memory, in the place of those of an operating system."""
import _codecs
import _files
import _frozen_importlib
import _io
import builtins
import errno
import sys

HOME = "/home/weft"

# Linux's, for WebAssembly, where `errno` is empty.
ERRORS = {
    1: "EPERM",
    2: "ENOENT",
    3: "ESRCH",
    4: "EINTR",
    5: "EIO",
    9: "EBADF",
    10: "ECHILD",
    11: "EAGAIN",
    12: "ENOMEM",
    13: "EACCES",
    16: "EBUSY",
    17: "EEXIST",
    18: "EXDEV",
    20: "ENOTDIR",
    21: "EISDIR",
    22: "EINVAL",
    24: "EMFILE",
    28: "ENOSPC",
    29: "ESPIPE",
    30: "EROFS",
    32: "EPIPE",
    33: "EDOM",
    34: "ERANGE",
    36: "ENAMETOOLONG",
    38: "ENOSYS",
    39: "ENOTEMPTY",
    40: "ELOOP",
    95: "ENOTSUP",
    103: "ECONNABORTED",
    104: "ECONNRESET",
    110: "ETIMEDOUT",
    111: "ECONNREFUSED",
    113: "EHOSTUNREACH",
    115: "EINPROGRESS",
}


def find_encoding(name):
    """Encodings that are not built in are looked for when one is asked for."""
    import encodings

    return encodings.search_function(name)


def begin():
    _io.FileIO, _io.open_code = _files.FileIO, _files.open_code
    builtins.open = _io.open = _files.open
    # `os` looks there for what it stands on.
    sys.builtin_module_names = (*sys.builtin_module_names, "posix")
    # Modules that the reader has added can be imported.
    sys.path[:] = [HOME]
    _frozen_importlib._install_external_importers()
    _codecs.register(find_encoding)
    for number, name in ERRORS.items():
        if not hasattr(errno, name):
            setattr(errno, name, number)
            errno.errorcode.setdefault(number, name)
