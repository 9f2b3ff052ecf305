# weft:begin
import asyncio


async def program(work, limit):
    try:
        async with asyncio.timeout(limit):
            await asyncio.sleep(work)
            print("connected")
            await asyncio.sleep(work)
            print("asked")
            await asyncio.sleep(work)
            print("answered")
        print("all in time")
    except TimeoutError:
        print("not all: timed out")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(work=0.2 / speed, limit=0.5 / speed))
