"""Of `test.support`: threads."""
import contextlib
import threading
import time
import unittest
import _thread

can_start_thread = True


def threading_setup():
    return _thread._count(), len(threading._dangling)


def threading_cleanup(*before):
    pass


def reap_threads(test):
    return test


def requires_working_threading(*, module=False):
    return lambda test: test


@contextlib.contextmanager
def wait_threads_exit(timeout=None):
    before = _thread._count()
    yield
    end = time.monotonic() + (timeout or 30)
    while _thread._count() > before:
        if time.monotonic() > end:
            raise AssertionError(f"{_thread._count() - before} threads have not ended")
        time.sleep(0.01)


def join_thread(thread, timeout=None):
    thread.join(timeout or 30)
    if thread.is_alive():
        raise AssertionError("the thread has not ended")


@contextlib.contextmanager
def start_threads(threads, unlock=None):
    started = []
    try:
        for thread in threads:
            thread.start()
            started.append(thread)
        yield
    finally:
        if unlock:
            unlock()
        for thread in started:
            thread.join(30)


class catch_threading_exception:
    def __enter__(self):
        self.before = threading.excepthook
        threading.excepthook = self._caught
        self.exc_type = self.exc_value = self.exc_traceback = self.thread = None
        return self

    def _caught(self, args):
        self.exc_type, self.exc_value, self.exc_traceback, self.thread = args

    def __exit__(self, *error):
        threading.excepthook = self.before
        del self.exc_type, self.exc_value, self.exc_traceback, self.thread


def run_concurrently(worker_func, nthreads=None, args=(), kwargs={}):
    with start_threads([threading.Thread(target=worker_func, args=args, kwargs=kwargs) for _ in range(nthreads)]):
        pass
