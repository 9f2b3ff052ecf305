"""Of `test.test_asyncio.utils`, what its tests use: a loop whose time a generator decides, and what compares loosely."""
import asyncio
import contextlib
import inspect
import logging
import re
import unittest
from asyncio import base_events, events
from unittest import mock


def run_briefly(loop):
    """Runs what is ready now, and what that makes ready in the same turn."""

    async def nothing():
        pass

    coroutine = nothing()
    task = loop.create_task(coroutine)
    # A loop under test may make tasks that are not really done.
    try:
        loop.run_until_complete(task)
    finally:
        coroutine.close()


def run_once(loop):
    loop.call_soon(loop.stop)
    loop.run_forever()


def run_until(loop, holds, timeout=30):
    async def watch():
        async with asyncio.timeout(timeout):
            while not holds():
                await asyncio.sleep(0.001)

    loop.run_until_complete(watch())


class _NeverWaits:
    """In the place of a selector."""

    def select(self, timeout):
        return []

    def close(self):
        pass


class TestLoop(base_events.BaseEventLoop):
    """The generator is sent each time for which a callback is asked for, and gives by how much the clock moves on."""

    def __init__(self, gen=None):
        super().__init__()
        self._checks = gen is not None
        self._clock = gen() if gen else self._still()
        next(self._clock)
        self._now, self._clock_resolution, self._asked = 0, 1e-9, []
        self._selector = _NeverWaits()

    @staticmethod
    def _still():
        while True:
            yield 0

    def time(self):
        return self._now

    def advance_time(self, by):
        if by:
            self._now += by

    def call_at(self, when, callback, *args, context=None):
        self._asked.append(when)
        return super().call_at(when, callback, *args, context=context)

    def _run_once(self):
        super()._run_once()
        asked, self._asked = self._asked, []
        for when in asked:
            self.advance_time(self._clock.send(when))

    def close(self):
        super().close()
        if self._checks:
            try:
                self._clock.send(0)
            except StopIteration:
                return
            raise AssertionError("not all times were asked for")

    def _process_events(self, event_list):
        pass

    def _write_to_self(self):
        pass


def MockCallback(**options):
    return mock.Mock(spec=["__call__"], **options)


class MockPattern(str):
    """Equals what it is found in."""

    def __eq__(self, other):
        return re.search(self, other, re.DOTALL) is not None

    __hash__ = str.__hash__


class MockInstanceOf:
    """Equals what is of this class."""

    def __init__(self, cls):
        self.cls = cls

    def __eq__(self, other):
        return isinstance(other, self.cls)


def get_function_source(function):
    function = inspect.unwrap(getattr(function, "func", function))
    code = function.__code__
    return code.co_filename, code.co_firstlineno


class TestCase(unittest.TestCase):
    @staticmethod
    def close_loop(loop):
        if loop._default_executor is not None:
            loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    def set_event_loop(self, loop, *, cleanup=True):
        events.set_event_loop(None)
        if cleanup:
            self.addCleanup(self.close_loop, loop)

    def new_test_loop(self, gen=None):
        loop = TestLoop(gen)
        self.set_event_loop(loop)
        return loop

    def tearDown(self):
        events.set_event_loop(None)
        self.doCleanups()


@contextlib.contextmanager
def disable_logger():
    logger = logging.getLogger("asyncio")
    before = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(before)


async def await_without_task(coro):
    """Steps a coroutine to its end while no task is current."""
    failed = []

    def step():
        try:
            while True:
                coro.send(None)
        except StopIteration:
            pass
        except BaseException as error:
            failed.append(error)

    asyncio.get_running_loop().call_soon(step)
    await asyncio.sleep(0)
    if failed:
        raise failed[0]
