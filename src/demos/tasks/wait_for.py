# weft:begin
import asyncio


async def operation(work):
    print("the operation begins")
    try:
        await asyncio.sleep(work)
        print("the operation is done")
        return 42
    finally:
        print("the operation cleans up")


async def program(work, timeout):
    task = asyncio.create_task(operation(work), name="operation")
    try:
        print(f"result {await asyncio.wait_for(task, timeout)}")
    except TimeoutError:
        print("no result: timed out")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(work=0.8 / speed, timeout=0.5 / speed))
