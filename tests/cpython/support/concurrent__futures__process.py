"""There are no processes."""
import unittest


class BrokenProcessPool(Exception):
    pass


class ProcessPoolExecutor:
    def __init__(self, *args, **options):
        raise unittest.SkipTest("needs another process")


def _check_system_limits():
    raise NotImplementedError("there are no processes")
