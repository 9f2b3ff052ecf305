# weft:begin
import asyncio
import random

PRODUCE = (0.02, 0.1)
CONSUME = (0.05, 0.25)


async def produce(items, queue, rng):
    for item in items:
        await asyncio.sleep(rng.uniform(*PRODUCE))
        await queue.put(item)  # Waits while the queue is full.
        print(f"item {item} went in")


async def consume(queue, rng):
    count = 0
    while (item := await queue.get()) is not None:
        print(f"item {item} came out")
        await asyncio.sleep(rng.uniform(*CONSUME))
        queue.task_done()
        count += 1
    return count


async def program(capacity, items, producers, consumers, seed):
    queue = asyncio.Queue(maxsize=capacity)
    rng = random.Random(seed)

    producing = []
    for number in range(1, producers + 1):
        share = range(number, items + 1, producers)
        producer = produce(share, queue, random.Random(rng.random()))
        producing.append(asyncio.create_task(producer, name=f"producer-{number}"))
    consuming = []
    for number in range(1, consumers + 1):
        consumer = consume(queue, random.Random(rng.random()))
        consuming.append(asyncio.create_task(consumer, name=f"consumer-{number}"))

    for producer in producing:
        await producer
    await queue.join()  # Until all that was put has been marked as done.
    print("all items are done")
    for _ in range(consumers):
        await queue.put(None)  # The sentinel: one for each consumer.
    count = 0
    for consumer in consuming:
        count += await consumer
    print(f"{count} items were consumed")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    PRODUCE = tuple(time / speed for time in PRODUCE)
    CONSUME = tuple(time / speed for time in CONSUME)
    asyncio.run(program(capacity=3, items=20, producers=2, consumers=2, seed=1))
