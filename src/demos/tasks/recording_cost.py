# weft:begin
import asyncio
import time


async def nothing():
    pass


async def spawn_and_await(tasks):
    tasks = [asyncio.create_task(nothing()) for _ in range(tasks)]
    for task in tasks:
        await task


async def produce(queue, items):
    for item in range(items):
        await queue.put(item)


async def consume(queue, items):
    for _ in range(items):
        await queue.get()


async def hand_over(items):
    queue = asyncio.Queue(maxsize=5)
    producer = asyncio.create_task(produce(queue, items))
    consumer = asyncio.create_task(consume(queue, items))
    await producer
    await consumer


async def measured(what, work):
    began = time.perf_counter_ns()
    await work
    print(f"{what} took {(time.perf_counter_ns() - began) / 1e6:.1f} ms")


async def program(tasks, items):
    await measured(f"spawning and awaiting {tasks} tasks", spawn_and_await(tasks))
    await measured(f"handing over {items} items", hand_over(items))
# weft:end


if __name__ == "__main__":
    asyncio.run(program(tasks=2_000, items=2_000))
