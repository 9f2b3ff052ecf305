# weft:begin
import asyncio


async def copy(second):
    try:
        for part in range(1, 21):
            await asyncio.sleep(0.4 * second)
            print(f"part {part} of 20 is copied")
        print("the copy is complete")
    finally:
        # Cancelling raises CancelledError at the await above.
        print("the copy is removed")


async def program(after, second):
    task = asyncio.create_task(copy(second), name="copy")
    await asyncio.sleep(after)
    print("cancelling the copy")
    task.cancel()
    try:
        await task
        print("the copy was complete")
    except asyncio.CancelledError:
        print("the copy was cancelled")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(after=0.7 / speed, second=1 / speed))
