"""Requests that an event loop waits for: the browser carries them out, and wakes the loop when something has come."""
import asyncio

import _http
from _weft import call

NOT_YET = _http.NOT_YET


class Waiters:
    """Who waits for something in a loop."""

    def __init__(self, loop):
        self._waiting = set()
        before = loop._run_once

        def run_once():
            for waiter in list(self._waiting):
                waiter.look()
            before()

        loop._run_once = run_once

    @staticmethod
    def of(loop):
        try:
            return loop._weft_waiters
        except AttributeError:
            loop._weft_waiters = waiters = Waiters(loop)
            return waiters

    async def until(self, look, name):
        """What `look` gives, once it gives something."""
        found = look()
        if found is not NOT_YET:
            return found
        waiter = Waiter(look, name)
        self._waiting.add(waiter)
        try:
            return await waiter.future
        finally:
            self._waiting.discard(waiter)


class Waiter:
    def __init__(self, look, name):
        self._look = look
        self.future = asyncio.get_running_loop().create_future()
        call(self.future, "outside", name)

    def look(self):
        if self.future.done():
            return
        try:
            found = self._look()
        except Exception as error:
            self.future.set_exception(error)
        else:
            if found is not NOT_YET:
                self.future.set_result(found)


class Head:
    """The head of a response."""

    def __init__(self, status, url, headers):
        self.status, self.url, self.headers = status, url, headers


class Exchange:
    """A request, and what has come of its response."""

    def __init__(self, method, url, headers, body, redirects):
        loop = asyncio.get_running_loop()
        self._waiters = Waiters.of(loop)
        self._pending = _http.begin(method, url, headers, body, redirects, loop._ready)
        self._name = _http.name_of(url)

    async def head(self):
        """The response, once its head has come."""
        return Head(*await self._waiters.until(self._pending.head, self._name))

    async def part(self):
        """The next part of the body; `None` at its end."""
        return await self._waiters.until(self._pending.part, self._name)

    def close(self):
        self._pending.close()
