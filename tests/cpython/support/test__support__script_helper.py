"""Of `test.support`: other processes, of which there are none."""
import unittest


def assert_python_ok(*args, **options):
    raise unittest.SkipTest("needs another process")


assert_python_failure = run_python_until_end = assert_python_ok
