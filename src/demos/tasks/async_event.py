# weft:begin
import asyncio


async def wait(number, ready):
    print(f"waiter-{number} waits")
    await ready.wait()
    print(f"waiter-{number} goes on")


async def prepare(ready, delay):
    await asyncio.sleep(delay)
    print("setter is ready")
    ready.set()


async def program(waiters, delay):
    ready = asyncio.Event()
    tasks = []
    for number in range(1, waiters + 1):
        name = f"waiter-{number}"
        tasks.append(asyncio.create_task(wait(number, ready), name=name))
    tasks.append(asyncio.create_task(prepare(ready, delay), name="setter"))
    for task in tasks:
        await task
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(waiters=3, delay=0.8 / speed))
