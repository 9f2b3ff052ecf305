# weft:begin
import asyncio
import multiprocessing
import threading
import time


def wait(delay):
    """What threads and processes do, and the main program itself."""
    time.sleep(delay)


async def wait_for_all(tasks, delay):
    # The same wait, but awaited, so that the others go on meanwhile.
    await asyncio.gather(*(asyncio.sleep(delay) for _ in range(tasks)))


def in_threads(tasks, delay):
    threads = [threading.Thread(target=wait, args=(delay,)) for _ in range(tasks)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def in_processes(tasks, delay):
    processes = [multiprocessing.Process(target=wait, args=(delay,)) for _ in range(tasks)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()


def timed(model, work):
    begin = time.perf_counter()
    work()
    print(f"{model}: {(time.perf_counter() - begin) * 1000:.0f} ms")


def program(tasks, delay):
    timed("sequential", lambda: [wait(delay) for _ in range(tasks)])
    timed("threads", lambda: in_threads(tasks, delay))
    timed("tasks", lambda: asyncio.run(wait_for_all(tasks, delay)))
    timed("processes", lambda: in_processes(tasks, delay))
    print(f"waits of {delay * 1000:.0f} ms, {tasks} in each of 4 models")
# weft:end


if __name__ == "__main__":
    import sys

    program(tasks=5, delay=0.3 / float(sys.argv[1] if sys.argv[1:] else 1))
