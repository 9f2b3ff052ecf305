# weft:begin
import asyncio
import multiprocessing
import queue
import threading
import time


def measure(name, times, work):
    work()  # Once to warm up.
    begin = time.perf_counter()
    work()
    print(f"{name}: {(time.perf_counter() - begin) / times * 1e9:.0f} ns")


async def measure_tasks(name, times, work):
    await work()
    begin = time.perf_counter()
    await work()
    print(f"{name}: {(time.perf_counter() - begin) / times * 1e9:.0f} ns")


def increments_of(lock, times):
    number = 0
    for _ in range(times):
        with lock:
            number += 1


async def increments_of_tasks(times):
    lock = asyncio.Lock()

    async def work():
        for _ in range(times):
            async with lock:
                pass

    await measure_tasks("increment.tasks", times, work)


def echo(there, back, times):
    for _ in range(times):
        back.put(there.get())


def hand_over(name, there, back, times, worker):
    """An item goes there and comes back: two hand-offs."""
    worker.start()

    def work():
        for _ in range(times // 2):
            there.put(1)
            back.get()

    measure(name, times, work)
    worker.join()


async def handoffs_of_tasks(times):
    there, back = asyncio.Queue(1), asyncio.Queue(1)

    async def echo_tasks():
        for _ in range(times // 2 * 2):
            await back.put(await there.get())

    async def work():
        for _ in range(times // 2):
            await there.put(1)
            await back.get()

    worker = asyncio.create_task(echo_tasks())
    await measure_tasks("hand-off.tasks", times, work)
    await worker


def nothing():
    pass


def start_and_join(kind, times):
    for _ in range(times):
        worker = kind(target=nothing)
        worker.start()
        worker.join()


async def starts_of_tasks(times):
    async def do_nothing():
        pass

    async def work():
        for _ in range(times):
            await asyncio.create_task(do_nothing())

    await measure_tasks("start-join.tasks", times, work)


def program(increments, handoffs, starts):
    lock = threading.Lock()
    measure("increment.threads", increments, lambda: increments_of(lock, increments))
    asyncio.run(increments_of_tasks(increments))
    between = multiprocessing.Lock()
    measure("increment.processes", increments, lambda: increments_of(between, increments))

    there, back = queue.Queue(1), queue.Queue(1)
    worker = threading.Thread(target=echo, args=(there, back, handoffs // 2 * 2))
    hand_over("hand-off.threads", there, back, handoffs, worker)
    asyncio.run(handoffs_of_tasks(handoffs))
    there, back = multiprocessing.Queue(), multiprocessing.Queue()
    worker = multiprocessing.Process(target=echo, args=(there, back, handoffs // 2 * 2))
    hand_over("hand-off.processes", there, back, handoffs, worker)

    measure("start-join.threads", 10 * starts, lambda: start_and_join(threading.Thread, 10 * starts))
    asyncio.run(starts_of_tasks(100 * starts))
    measure("start-join.processes", starts, lambda: start_and_join(multiprocessing.Process, starts))
# weft:end


if __name__ == "__main__":
    program(increments=100_000, handoffs=2000, starts=3)
