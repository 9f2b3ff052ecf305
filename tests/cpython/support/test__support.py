"""What CPython's tests take from `test.support`, as far as it makes sense in one process with threads."""
import contextlib
import gc
import sys
import time
import unittest

verbose = False
Py_GIL_DISABLED = not sys._is_gil_enabled()
SHORT_TIMEOUT = 30.0
LONG_TIMEOUT = 60.0
LOOPBACK_TIMEOUT = 5.0
has_fork_support = False
is_emscripten = is_wasi = is_android = is_apple_mobile = False
MS_WINDOWS = False


def _as_it_is(test):
    return test


cpython_only = force_not_colorized = refcount_test = _as_it_is
requires_subprocess = lambda: unittest.skip("needs another process")
requires_fork = requires_subprocess
requires_gil_enabled = lambda reason="needs a GIL": unittest.skipIf(Py_GIL_DISABLED, reason)
skip_if_sanitizer = lambda *args, **kinds: _as_it_is
requires_resource = lambda name: _as_it_is
bigmemtest = lambda **sizes: unittest.skip("needs much memory")


def check_sanitizer(**kinds):
    return False


def get_attribute(thing, name):
    try:
        return getattr(thing, name)
    except AttributeError:
        raise unittest.SkipTest(f"there is no {name}") from None


def gc_collect():
    for _ in range(3):
        gc.collect()


def busy_retry(timeout, error=None, /, *, error_message=True):
    end = time.monotonic() + timeout
    while True:
        yield
        if time.monotonic() > end:
            raise AssertionError(f"it is not so after {timeout} s: {error or ''}")


def sleeping_retry(timeout, error=None, /, *, init_delay=0.010, max_delay=1.0, error_message=True):
    delay = init_delay
    for _ in busy_retry(timeout, error):
        yield
        time.sleep(delay)
        delay = min(delay * 2, max_delay)


@contextlib.contextmanager
def swap_attr(thing, name, value):
    before = getattr(thing, name)
    setattr(thing, name, value)
    try:
        yield before
    finally:
        setattr(thing, name, before)


@contextlib.contextmanager
def captured_output(name):
    import io

    with swap_attr(sys, name, io.StringIO()):
        yield getattr(sys, name)


def captured_stdout():
    return captured_output("stdout")


def captured_stderr():
    return captured_output("stderr")


@contextlib.contextmanager
def infinite_recursion(depth=None):
    yield


@contextlib.contextmanager
def setswitchinterval(interval):
    before = sys.getswitchinterval()
    sys.setswitchinterval(interval)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def reap_children():
    pass


class SuppressCrashReport:
    def __enter__(self):
        return self

    def __exit__(self, *error):
        pass


def check__all__(test, module, name_of_module=None, extra=(), not_exported=()):
    names = name_of_module if isinstance(name_of_module, tuple) else (name_of_module or module.__name__,)
    expected = set(extra)
    for name in dir(module):
        if name.startswith("_") or name in not_exported:
            continue
        thing = getattr(module, name)
        is_module = type(thing) is type(sys)
        if getattr(thing, "__module__", None) in names or (not hasattr(thing, "__module__") and not is_module):
            expected.add(name)
    test.assertCountEqual(module.__all__, expected)


def run_in_subinterp(code):
    raise unittest.SkipTest("needs another interpreter")
