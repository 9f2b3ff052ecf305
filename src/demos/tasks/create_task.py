# weft:begin
import asyncio
import time


async def fetch(delay):
    print("the question is sent")
    await asyncio.sleep(delay)
    return 42


def compute(length):
    end = time.perf_counter() + length
    while time.perf_counter() < end:
        pass


async def program(delay, work):
    answer = asyncio.create_task(fetch(delay), name="fetch")
    print("main works")
    end = time.perf_counter() + work
    while time.perf_counter() < end:
        # A moment of the loop for whoever is ready. Without it, the question would not even be sent.
        await asyncio.sleep(0)
        compute(0.005)
    print("main has done its work")
    print(f"the answer is {await answer}")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(delay=0.4 / speed, work=0.3))
