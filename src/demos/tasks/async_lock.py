# weft:begin
import asyncio
import contextlib


class Counter:
    value = 0


async def add(counter, lock, times, moment):
    for _ in range(times):
        async with lock:
            value = counter.value
            # Other tasks run now. Without the lock they read the same value.
            await asyncio.sleep(moment)
            counter.value = value + 1


async def program(tasks, times, moment, with_lock):
    counter = Counter()
    lock = asyncio.Lock() if with_lock else contextlib.nullcontext()

    workers = []
    for number in range(1, tasks + 1):
        worker = asyncio.create_task(
            add(counter, lock, times, moment), name=f"worker-{number}")
        workers.append(worker)
    for worker in workers:
        await worker

    expected = tasks * times
    lost = expected - counter.value
    print(f"{tasks} tasks added {times} each: {expected} expected")
    print("no update was lost" if lost == 0 else "updates were lost")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(tasks=4, times=10, moment=0.02 / speed, with_lock=False))
