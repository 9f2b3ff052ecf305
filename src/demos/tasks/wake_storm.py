# weft:begin
import asyncio
import time


async def storm(until):
    while time.perf_counter() < until:
        end = time.perf_counter() + 0.0002
        while time.perf_counter() < end:
            pass
        await asyncio.sleep(0)


async def program(length, period):
    until = time.perf_counter() + length
    storms = [asyncio.create_task(storm(until), name=f"storm-{number}") for number in (1, 2)]
    ticks = 0
    while time.perf_counter() < until:
        await asyncio.sleep(period)
        ticks += 1
    await asyncio.gather(*storms)
    print(f"{ticks} ticks")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(length=0.3, period=0.005 / speed))
