"""What there is of an operating system: nothing outlives a run, and nothing outside it can be reached."""
import posixpath as path
import sys

name = "posix"
sep = "/"
altsep = None
extsep = "."
pathsep = ":"
linesep = "\n"
curdir = "."
pardir = ".."
devnull = "/dev/null"
environ = {}
sys.modules["os.path"] = path


class PathLike:
    """An object with `__fspath__`."""


def fspath(path):
    if isinstance(path, (str, bytes)):
        return path
    try:
        return type(path).__fspath__(path)
    except AttributeError:
        raise TypeError(f"expected str, bytes or os.PathLike object, not {type(path).__name__}") from None


def getenv(key, default=None):
    return environ.get(key, default)


def getcwd():
    return "/"


def getpid():
    return 1


def getppid():
    return 0


def cpu_count():
    import _weft

    return _weft.cores()


process_cpu_count = cpu_count


def urandom(size):
    from random import Random

    return Random().randbytes(size)


def stat(path):
    raise FileNotFoundError(2, "No such file or directory", path)


lstat = stat
