"""`tempfile` to be awaited."""
import tempfile

from .base import AsyncFile, Opening, turn

__all__ = ["NamedTemporaryFile", "TemporaryDirectory", "TemporaryFile"]


def NamedTemporaryFile(*args, loop=None, executor=None, **kwargs):
    async def opened():
        await turn()
        return AsyncFile(tempfile.NamedTemporaryFile(*args, **kwargs))

    return Opening(opened())


def TemporaryFile(*args, loop=None, executor=None, **kwargs):
    async def opened():
        await turn()
        return AsyncFile(tempfile.TemporaryFile(*args, **kwargs))

    return Opening(opened())


class _Folder:
    def __init__(self, folder):
        self._folder, self.name = folder, folder.name

    async def cleanup(self):
        await turn()
        self._folder.cleanup()

    async def __aenter__(self):
        return self.name

    async def __aexit__(self, *error):
        await self.cleanup()


def TemporaryDirectory(suffix=None, prefix=None, dir=None, *, loop=None, executor=None):
    async def made():
        await turn()
        return _Folder(tempfile.TemporaryDirectory(suffix, prefix, dir))

    return Opening(made())
