# weft:begin
import asyncio


async def write_log(second):
    try:
        await asyncio.sleep(0.9 * second)
        print("the log is written")
    finally:
        print("the log is closed")


async def program(keep, second):
    log = asyncio.create_task(write_log(second), name="log")
    await asyncio.sleep(0.4 * second)
    print("main has done its work")
    if keep:
        await log
    print("main ends")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(keep=False, second=1 / speed))
