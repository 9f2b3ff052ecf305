"""`os.path` to be awaited."""
import os.path

from .base import turn

__all__ = []


def _wrap(function):
    async def awaited(*args, loop=None, executor=None, **kwargs):
        await turn()
        return function(*args, **kwargs)

    awaited.__name__ = awaited.__qualname__ = function.__name__
    return awaited


for _name in (
    "abspath",
    "exists",
    "getatime",
    "getctime",
    "getmtime",
    "getsize",
    "isabs",
    "isdir",
    "isfile",
    "islink",
    "ismount",
    "samefile",
):
    globals()[_name] = _wrap(getattr(os.path, _name))
    __all__.append(_name)
