"""Runs tests, and prints a line for each."""
import importlib
import sys
import time
import unittest


class Result(unittest.TestResult):
    def __init__(self):
        super().__init__()
        self.counts = {"ok": 0, "skipped": 0, "FAILED": 0}

    def startTest(self, test):
        super().startTest(test)
        self.began = time.perf_counter()
        self.told = False

    def tell(self, what, test, why=""):
        self.told = True
        self.counts[what] += 1
        seconds = time.perf_counter() - getattr(self, "began", time.perf_counter())
        print(f"{what:8}{seconds:6.2f} s  {test.id().removeprefix('test.')}", f"({why})" if why else "")

    def addSuccess(self, test):
        self.tell("ok", test)

    def addSkip(self, test, reason):
        self.tell("skipped", test, reason)

    def addExpectedFailure(self, test, error):
        self.tell("ok", test)

    def addUnexpectedSuccess(self, test):
        self.tell("ok", test)

    def addFailure(self, test, error):
        self.tell("FAILED", test, last_lines(error))

    addError = addFailure

    def addSubTest(self, test, subtest, error):
        if error is not None:
            self.tell("FAILED", subtest, last_lines(error))


def last_lines(error):
    kind, value, traceback = error
    where = ""
    while traceback:
        if ".py" in traceback.tb_frame.f_code.co_filename:
            where = f"{traceback.tb_frame.f_code.co_filename}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return f"{kind.__name__}: {value} at {where}".replace("\n", " ")


def run(names):
    result = Result()
    for name in names:
        try:
            module = importlib.import_module(name)
            suite = unittest.defaultTestLoader.loadTestsFromModule(module)
        except unittest.SkipTest as reason:
            print(f"{name}: all skipped, {reason}")
            continue
        suite.run(result)
    print(", ".join(f"{count} {what}" for what, count in result.counts.items()))
