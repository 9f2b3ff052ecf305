# weft:begin
import asyncio
import time


async def background(second):
    print("background begins")
    try:
        while True:
            await asyncio.sleep(0.08 * second)
    finally:
        print("background is cancelled")


left_over = set()  # The loop itself does not keep its tasks alive.


async def pause(name, second, start=False):
    if start:
        left_over.add(asyncio.create_task(background(second), name="background"))
    print(f"{name} run")
    await asyncio.sleep(0.5 * second)
    return 42


def program(second):
    runner = asyncio.Runner()
    answer = runner.run(pause("first", second, start=True))
    print(f"the loop stands still, and gave {answer}")
    time.sleep(0.5 * second)
    answer = runner.run(pause("second", second))
    print(f"the loop stands still, and gave {answer}")
    runner.close()
    print("the loop is closed")
    third = pause("third", second)
    try:
        runner.run(third)
    except RuntimeError as error:
        print(f"refused: {type(error).__name__}: {error}")
    third.close()
# weft:end


if __name__ == "__main__":
    import sys

    program(second=1 / float(sys.argv[1] if sys.argv[1:] else 1))
