"""Makes one program of some of CPython's own tests: `python3 bundle.py CPYTHON_LIBRARY FILE [TEST...]`.

The program prints a line for each test, and then how many there were of each kind. The tests come from a CPython that is
installed, with the `unittest` that they are written for; what they take from `test.support` is in `support.py`, written
for this. A test that needs another process, or a module that there is not, is skipped, and says so.
"""
import pathlib
import sys

# The tests, and the modules of CPython that they are written with.
TESTS = {
    "test_queue": "test/test_queue.py",
    "test_threading": "test/test_threading.py",
    "test_threading_local": "test/test_threading_local.py",
    "test_thread_pool": "test/test_concurrent_futures/test_thread_pool.py",
    "test_wait": "test/test_concurrent_futures/test_wait.py",
    "test_as_completed": "test/test_concurrent_futures/test_as_completed.py",
    "test_future": "test/test_concurrent_futures/test_future.py",
    "test_shutdown": "test/test_concurrent_futures/test_shutdown.py",
    **{
        f"test_asyncio_{name}": f"test/test_asyncio/test_{name}.py"
        for name in ("locks", "queues", "taskgroups", "timeouts", "waitfor", "futures", "tasks")
    },
}
WITH = [
    "test/lock_tests.py",
    "test/test_concurrent_futures/executor.py",
    "test/test_concurrent_futures/util.py",
    "pkgutil.py",
    *(
        f"unittest/{name}.py"
        for name in (
            "__init__", "async_case", "case", "loader", "mock", "result", "runner", "signals", "suite", "util"
        )
    ),
]

PROGRAM = '''\
import sys
from importlib.machinery import ModuleSpec
SOURCES = {sources!r}

class Bundle:
    """Imports what this program carries along."""

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name in SOURCES:
            text, is_package = SOURCES[name]
            return ModuleSpec(name, cls, is_package=is_package)

    @staticmethod
    def create_module(spec):
        return None

    @staticmethod
    def exec_module(module):
        text, _ = SOURCES[module.__spec__.name]
        module.__file__ = module.__spec__.name + ".py"
        exec(compile(text, module.__file__, "exec"), module.__dict__)

sys.meta_path.insert(0, Bundle)
import test.run
test.run.run({tests!r})
'''


def module(path):
    name = path.removesuffix(".py").replace("/", ".")
    return name.removesuffix(".__init__"), name.endswith(".__init__")


def main():
    library, target, *wanted = sys.argv[1:]
    library = pathlib.Path(library)
    here = pathlib.Path(__file__).parent
    tests = {name: path for name, path in TESTS.items() if not wanted or name in wanted}
    sources = {"test": ("", True), "test.test_concurrent_futures": ("", True), "test.test_asyncio": ("", True)}
    for path in [*tests.values(), *WITH]:
        name, is_package = module(path)
        sources[name] = ((library / path).read_text(), is_package)
    for file in sorted((here / "support").glob("*.py")):
        name = file.stem.replace("__", ".")
        sources[name] = (file.read_text(), name in ("test.support", "multiprocessing"))
    names = [module(path)[0] for path in tests.values()]
    pathlib.Path(target).write_text(PROGRAM.format(sources=sources, tests=names))


main()
