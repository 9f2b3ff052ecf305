"""What is awaited in the place of files."""
from asyncio import sleep
from collections.abc import Coroutine


async def turn():
    """Lets other tasks have a turn."""
    await sleep(0)


class AsyncFile:
    """An open file whose methods are awaited."""

    def __init__(self, file):
        self._file = file

    def __aiter__(self):
        return self

    async def __anext__(self):
        line = await self.readline()
        if not line:
            raise StopAsyncIteration
        return line

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        await self.close()

    def __getattr__(self, name):
        # Attributes, and the methods that do nothing with what is in the file.
        return getattr(self._file, name)

    def __repr__(self):
        return f"<AsyncFile of {self._file!r}>"


def _awaited(name):
    async def method(self, *args, **kwargs):
        await turn()
        return getattr(self._file, name)(*args, **kwargs)

    method.__name__ = method.__qualname__ = name
    return method


for name in (
    "close",
    "flush",
    "isatty",
    "peek",
    "read",
    "read1",
    "readall",
    "readable",
    "readinto",
    "readline",
    "readlines",
    "seek",
    "seekable",
    "tell",
    "truncate",
    "writable",
    "write",
    "writelines",
):
    setattr(AsyncFile, name, _awaited(name))


class Opening(Coroutine):
    """What opens a file when it is awaited, or entered with `async with`."""

    def __init__(self, coroutine):
        self._coroutine, self._entered = coroutine, None

    def send(self, value):
        return self._coroutine.send(value)

    def throw(self, *error):
        return self._coroutine.throw(*error)

    def close(self):
        return self._coroutine.close()

    def __await__(self):
        return self._coroutine.__await__()

    async def __aenter__(self):
        self._entered = await self._coroutine
        return await self._entered.__aenter__()

    async def __aexit__(self, *error):
        return await self._entered.__aexit__(*error)
