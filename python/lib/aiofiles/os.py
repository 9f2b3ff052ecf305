"""`os` to be awaited."""
import os

from . import ospath as path
from .base import turn

__all__ = []


def wrap(function):
    """A function that is awaited in the place of this one."""

    async def awaited(*args, loop=None, executor=None, **kwargs):
        await turn()
        return function(*args, **kwargs)

    awaited.__name__ = awaited.__qualname__ = function.__name__
    return awaited


for _name in (
    "access",
    "getcwd",
    "listdir",
    "makedirs",
    "mkdir",
    "remove",
    "removedirs",
    "rename",
    "renames",
    "replace",
    "rmdir",
    "scandir",
    "stat",
    "unlink",
):
    globals()[_name] = wrap(getattr(os, _name))
    __all__.append(_name)
