"""There are no processes: their tests are skipped."""
import unittest


class BaseContext:
    pass


def get_context(method=None):
    raise unittest.SkipTest("needs another process")


get_all_start_methods = lambda: []
get_start_method = lambda allow_none=False: None
