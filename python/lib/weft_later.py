"""Imports modules that take long when they are first used, where the library imports them in case it needs them: `logging`
alone takes longer to import than the rest of asyncio."""
import sys

# What these need only when something is logged, or a traceback is shown.
OF = {
    "asyncio.base_events": ("traceback",),
    "asyncio.base_tasks": ("traceback",),
    "asyncio.format_helpers": ("traceback",),
    "asyncio.futures": ("logging",),
    "concurrent.futures._base": ("logging",),
}


class Module(type(sys)):
    """Stands for a module that has not been imported."""

    def __getattr__(self, attribute):
        name = self.__name__
        if sys.modules.get(name) is self:
            del sys.modules[name]
        return getattr(__import__(name), attribute)


class Logging(Module):
    """Stands for `logging`, of which loggers are wanted, and one of the levels."""

    DEBUG = 10

    def getLogger(self, name):
        return Logger(name)


class Logger:
    """Stands for `logging.getLogger(name)`."""

    def __init__(self, name):
        self.__name = name

    def __getattr__(self, attribute):
        import logging

        return getattr(logging.getLogger(self.__name), attribute)


class Later:
    """While this is entered, who imports one of these modules gets what stands for it."""

    def __init__(self, names):
        kinds = {"logging": Logging}
        self.stand_ins = {name: kinds.get(name, Module)(name) for name in names if name not in sys.modules}

    def __enter__(self):
        sys.modules.update(self.stand_ins)

    def __exit__(self, *error):
        for name, module in self.stand_ins.items():
            if sys.modules.get(name) is module:
                del sys.modules[name]
