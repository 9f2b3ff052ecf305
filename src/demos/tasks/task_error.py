# weft:begin
import asyncio


async def parse(text, delay):
    await asyncio.sleep(delay)
    try:
        return int(text)
    except ValueError:
        raise ValueError(f'"{text}" is no number') from None


async def program(delay, meanwhile):
    task = asyncio.create_task(parse("forty-two", delay), name="parse")
    print("main does something else")
    await asyncio.sleep(meanwhile)
    print("main awaits the task")
    try:
        print(f"got {await task}")
    except ValueError as error:
        print(f"caught {type(error).__name__}: {error}")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(delay=0.3 / speed, meanwhile=0.8 / speed))
