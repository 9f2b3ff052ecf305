"""Of `test.support`: modules."""
import importlib
import sys
import unittest


def import_module(name, deprecated=False, *, required_on=()):
    try:
        return importlib.import_module(name)
    except ImportError as error:
        raise unittest.SkipTest(str(error)) from None


def import_fresh_module(name, fresh=(), blocked=(), deprecated=False):
    names = [name, *fresh, *blocked]
    before = {other: sys.modules.pop(other, None) for other in names}
    try:
        for other in blocked:
            sys.modules[other] = None
        for other in fresh:
            importlib.import_module(other)
        return importlib.import_module(name)
    except ImportError:
        return None
    finally:
        for other, module in before.items():
            sys.modules.pop(other, None)
            if module is not None:
                sys.modules[other] = module
