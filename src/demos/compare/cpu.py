# weft:begin
import math
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor


def sum_roots(first, end):
    """The work, the same function in each model."""
    return sum(math.sqrt(number) for number in range(first, end))


def in_pool(executor, parts):
    with executor:
        return list(executor.map(sum_roots, *zip(*parts)))


def timed(model, work):
    begin = time.perf_counter()
    result = work()
    print(f"{model}: {(time.perf_counter() - begin) * 1000:.0f} ms")
    return result


def program(tasks, n, workers):
    parts = [(n * task, n * (task + 1)) for task in range(tasks)]
    expected = timed("sequential", lambda: [sum_roots(*part) for part in parts])

    # Under the interpreter's own lock, unless Python is built without it. The threads take
    # turns of sys.getswitchinterval() seconds.
    turns = timed("threads", lambda: in_pool(ThreadPoolExecutor(workers), parts))
    apart = timed("processes", lambda: in_pool(ProcessPoolExecutor(workers), parts))

    equal = turns == expected and apart == expected
    results = "equal results" if equal else "results differ"
    print(f"{tasks} sums in each of 3 models: {results}")
# weft:end


if __name__ == "__main__":
    # Python's own loop is much slower than Rust's, so there is less to add. Work takes as
    # long at any speed.
    program(tasks=4, n=500_000, workers=multiprocessing.cpu_count())
