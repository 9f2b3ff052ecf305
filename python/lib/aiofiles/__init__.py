"""Files as with the package of that name. They are in memory, so nothing waits; other tasks have a turn at each call."""
import builtins

from .base import AsyncFile, Opening, turn

__all__ = ["open", "os", "tempfile"]


def open(
    file,
    mode="r",
    buffering=-1,
    encoding=None,
    errors=None,
    newline=None,
    closefd=True,
    opener=None,
    *,
    loop=None,
    executor=None,
):
    """A file, to be awaited or entered with `async with`."""

    async def opened():
        await turn()
        return AsyncFile(builtins.open(file, mode, buffering, encoding, errors, newline, closefd, opener))

    return Opening(opened())


from . import os, tempfile
