# weft:begin
import asyncio
import math
import multiprocessing
import threading
import time
from concurrent.futures import ProcessPoolExecutor


def wait(waits, delay):
    for _ in range(waits):
        time.sleep(delay)


async def wait_as_task(waits, delay):
    for _ in range(waits):
        await asyncio.sleep(delay)


def compute(first, end):
    return sum(math.sqrt(number) for number in range(first, end))


def in_threads(io, cpu, waits, delay, n):
    """The threads that wait want the interpreter's lock each time they wake up."""
    sums = [None] * cpu

    def compute_part(part):
        sums[part] = compute(n * part, n * (part + 1))

    threads = [threading.Thread(target=compute_part, args=(part,)) for part in range(cpu)]
    threads += [threading.Thread(target=wait, args=(waits, delay)) for _ in range(io)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sums


async def in_tasks(io, cpu, waits, delay, n, pool):
    loop = asyncio.get_running_loop()

    async def compute_part(part):
        if pool is None:
            return compute(n * part, n * (part + 1))
        return await loop.run_in_executor(pool, compute, n * part, n * (part + 1))

    waiting = [asyncio.create_task(wait_as_task(waits, delay)) for _ in range(io)]
    computing = [asyncio.create_task(compute_part(part)) for part in range(cpu)]
    await asyncio.gather(*waiting)
    return await asyncio.gather(*computing)


def in_sequence(io, cpu, waits, delay, n):
    for _ in range(io):
        wait(waits, delay)
    return [compute(n * part, n * (part + 1)) for part in range(cpu)]


def timed(model, work):
    begin = time.perf_counter()
    result = work()
    print(f"{model}: {(time.perf_counter() - begin) * 1000:.0f} ms")
    return list(result)


def program(io, cpu, waits, delay, n):
    jobs = io, cpu, waits, delay, n
    expected = timed("sequential", lambda: in_sequence(*jobs))
    turns = timed("threads", lambda: in_threads(*jobs))
    alone = timed("tasks", lambda: asyncio.run(in_tasks(*jobs, None)))
    with ProcessPoolExecutor(cpu) as pool:
        helped = timed("tasks with processes", lambda: asyncio.run(in_tasks(*jobs, pool)))

    equal = turns == expected and alone == expected and helped == expected
    print(f"{io} + {cpu} jobs in each of 4 models: {'equal results' if equal else 'results differ'}")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    multiprocessing.set_start_method("spawn")
    program(io=3, cpu=2, waits=20, delay=0.005 / speed, n=1_000_000)
