# weft:begin
import asyncio


async def greet(name, pause):
    print(f"greet {name}: first line")
    await asyncio.sleep(pause)
    return f"Hello, {name}!"


async def program(pause):
    print("calling greet")
    coroutine = greet("Ada", pause)
    await asyncio.sleep(pause)
    print("called, and nothing of it has run")
    print(await coroutine)

    print("spawning greet")
    task = asyncio.create_task(greet("Grace", pause), name="greet")
    await asyncio.sleep(2 * pause)
    print("spawned, and it has run by itself")
    print(await task)
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(0.3 / speed))
