"""Puts Weft's threads, locks, clock and console in the place of the stock ones, before a program runs.

The library's own modules stand on these. What the trace is told of those that are made of locks, such as queues, is
added to their classes when they are imported.
"""
import _files
import _thread
import _weft
import sys
import weft_later
from _frozen_importlib import FrozenImporter
from weft_asyncio import MODULES

import weft_files
from weft_absent import Absent

sys.stdout = sys.__stdout__ = _weft.console("<stdout>")
sys.stderr = sys.__stderr__ = _weft.console("<stderr>")
sys.argv = ["main.py"]


def threads():
    for name in (
        "RLock",
        "TIMEOUT_MAX",
        "_ThreadHandle",
        "_make_thread_handle",
        "_shutdown",
        "allocate_lock",
        "get_native_id",
        "lock",
        "start_joinable_thread",
    ):
        setattr(_thread, name, getattr(_weft, name))
    _thread.LockType = _thread.lock
    _thread.allocate = _thread.allocate_lock
    _thread.set_name = lambda name: None
    _thread._is_main_interpreter = lambda: True

    def start_new_thread(function, args, kwargs={}, /):
        begun, ident = _thread.allocate_lock(), None

        def run():
            nonlocal ident
            ident = _thread.get_ident()
            begun.release()
            function(*args, **kwargs)

        begun.acquire()
        _thread.start_joinable_thread(run)
        # As in CPython, its number is known now.
        with begun:
            return ident

    _thread.start_new_thread = _thread.start_new = start_new_thread


def gil():
    stock = sys.setswitchinterval

    def setswitchinterval(interval, /):
        interval = float(interval)
        if interval <= 0:
            raise ValueError("switch interval must be strictly positive")
        stock(interval)
        _weft.set_switch_interval(interval)

    sys.setswitchinterval = setswitchinterval
    sys._is_gil_enabled = _weft.is_gil_enabled


def clock():
    import time

    wall = time.time
    time.time_ns = lambda: int(wall() * 1e9)
    time.sleep = _weft.sleep
    time.monotonic_ns = time.perf_counter_ns = _weft.now
    time.monotonic = time.perf_counter = lambda: _weft.now() / 1e9

    def get_clock_info(name):
        resolution = 1e-3 if name == "time" else 5e-6
        return type(sys.implementation)(implementation="Weft", monotonic=name != "time", adjustable=False, resolution=resolution)

    time.get_clock_info = get_clock_info


class Stdin:
    """`sys.stdin`: lines that the reader types."""

    name, mode, encoding, errors, closed, newlines = "<stdin>", "r", "utf-8", "strict", False, None

    def readline(self, size=-1, /):
        line = _weft.read_line(sys.__stdout__.take())
        return "" if line is None else line + "\n"

    def read(self, size=-1, /):
        return "".join(self)

    def readlines(self, hint=-1, /):
        return list(self)

    def __iter__(self):
        return iter(self.readline, "")

    def readable(self):
        return True

    def writable(self):
        return False

    def isatty(self):
        return False

    def fileno(self):
        raise OSError("the console has no file descriptor")


def console():
    import builtins

    sys.stdin = sys.__stdin__ = Stdin()

    def input(prompt="", /):
        prompt = sys.__stdout__.take() + str(prompt)
        line = _weft.read_line(prompt)
        if line is None:
            sys.__stdout__.write(prompt)
            raise EOFError("EOF when reading a line")
        return line

    builtins.input = input


def of_threading(module):
    makes, within = _weft.makes, _weft.within

    def of(cls, kind, after=None, **methods):
        cls.__init__ = makes(cls.__init__, kind, after) if after else makes(cls.__init__, kind)
        for name, then in methods.items():
            original = getattr(cls, name)
            setattr(cls, name, within(original, then) if then else within(original))

    def flag(event, whole, _=None):
        whole.level(int(event.is_set()))

    of(module.Event, "event", flag, set=flag, clear=flag, wait=None)

    def waiters(condition, whole, _=None):
        whole.level(len(condition._waiters))

    of(module.Condition, "condition", waiters, wait=None, wait_for=None, notify=None, notify_all=None, __enter__=None)

    def permits(semaphore, whole, _=None):
        whole.level(semaphore._value)

    def taken(semaphore, whole, got):
        if got:
            whole.acquired()
            permits(semaphore, whole)

    def given(semaphore, whole, _):
        whole.released()
        permits(semaphore, whole)

    of(module.Semaphore, "semaphore", permits, acquire=taken, release=given)
    module.Semaphore.__enter__ = module.Semaphore.acquire
    module.BoundedSemaphore.release = within(module.BoundedSemaphore.release, given)

    def arrived(barrier, whole, _=None):
        whole.level(barrier._count)

    of(module.Barrier, "barrier", arrived, wait=arrived, reset=arrived, abort=arrived)


def of_queue(module):
    makes, within = _weft.makes, _weft.within

    def depth(queue, whole, _=None):
        whole.level(queue._qsize())

    queue = module.Queue
    queue.__init__ = makes(queue.__init__, "queue", depth)
    for name in ("put", "get", "join"):
        setattr(queue, name, within(getattr(queue, name)))
    for cls in (module.Queue, module.LifoQueue, module.PriorityQueue):
        # These run under the queue's mutex, so the depths are recorded in their order.
        for name in ("_put", "_get"):
            setattr(cls, name, within(cls.__dict__[name], depth))

    def simple_depth(queue, whole, _=None):
        depth = queue.qsize()
        if depth and hasattr(queue, "_of_pool"):
            # What tells the workers that no more tasks will come is the last item, and no task.
            try:
                depth -= queue._queue[-1] is None
            except IndexError:
                depth = 0
        whole.level(depth)

    simple = module.SimpleQueue
    simple.__init__ = makes(simple.__init__, "queue", simple_depth)
    simple.put = within(simple.put, simple_depth)
    simple.get = within(simple.get, simple_depth)


def of_futures(module):
    makes, within = _weft.makes, _weft.within
    future = module.Future

    def done(future, whole, _=None):
        whole.level(1)

    future.__init__ = makes(future.__init__, "future", None, True)
    for name in ("result", "exception"):
        setattr(future, name, within(getattr(future, name)))
    for name in ("set_result", "set_exception"):
        setattr(future, name, within(getattr(future, name), done))


def of_pools(module):
    def tasks(pool, whole, _=None):
        # A worker that waits for a task waits for the pool.
        pool._work_queue._weft = whole
        pool._work_queue._of_pool = True

    pool = module.ThreadPoolExecutor
    pool.__init__ = _weft.makes(pool.__init__, "pool", tasks)


class Then:
    """Imports a module of the library, and then changes it."""

    modules = {
        "concurrent.futures._base": of_futures,
        "concurrent.futures.thread": of_pools,
        "queue": of_queue,
        "threading": of_threading,
    }

    def __init__(self, loader, change):
        self.loader, self.change = loader, change

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        change = cls.modules.pop(name, None)
        if change is None:
            return None
        spec = FrozenImporter.find_spec(name, path, target)
        spec.loader = cls(spec.loader, change)
        return spec

    def create_module(self, spec):
        return self.loader.create_module(spec)

    def exec_module(self, module):
        with weft_later.Later(weft_later.OF.get(module.__name__, ())):
            self.loader.exec_module(module)
        self.change(module)

    def __getattr__(self, name):
        return getattr(self.loader, name)


threads()
gil()
clock()
console()
weft_files.begin()
stock_excepthook = sys.excepthook
sys.meta_path.insert(0, Then)
Then.modules.update(MODULES)
sys.meta_path.append(Absent)

import threading


def begin():
    """The main thread is the one that calls this."""
    main = threading._main_thread
    threading._active.clear()
    main._ident = _thread.get_ident()
    main._os_thread_handle = _thread._make_thread_handle(main._ident)
    threading._active[main._ident] = main

    def excepthook(args):
        if args.exc_type is SystemExit:
            return
        name = args.thread.name if args.thread else threading.get_ident()
        sys.stderr.write(f"Exception in thread {name}:\n{_weft.formatted(args.exc_value)}")
        _weft.failed(f"{args.exc_type.__name__}: {args.exc_value}")

    threading.excepthook = threading.__excepthook__ = excepthook


def report(error):
    """Prints what has ended the program, as the interpreter does: its traceback, or what `sys.exit` was given."""
    if isinstance(error, SystemExit):
        if error.code is not None and not isinstance(error.code, int):
            print(error.code, file=sys.stderr)
        return
    if sys.excepthook is stock_excepthook:
        sys.stderr.write(_weft.formatted(error))
    else:
        sys.excepthook(type(error), error, error.__traceback__)


def finish():
    """Waits for the threads that are left, then calls what `atexit` was given."""
    import atexit

    threading._shutdown()
    atexit._run_exitfuncs()
    if asyncio := sys.modules.get("_asyncio"):
        for task in list(asyncio._scheduled_tasks):
            if not task.done():
                _weft.abandon(task)
    _files.flush_all()
    for stream in (sys.__stdout__, sys.__stderr__):
        stream.finish()
