# weft:begin
import asyncio


async def steps(name, pause):
    for number in range(1, 4):
        print(f"{name} begins step {number}")
        await asyncio.sleep(pause)  # Here the loop goes on with somebody else.
    print(f"{name} is done")


async def program(first, second):
    await asyncio.gather(steps("first", first), steps("second", second))
    print("both are done")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(first=0.3 / speed, second=0.2 / speed))
