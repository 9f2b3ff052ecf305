# weft:begin
import asyncio
import contextlib


@contextlib.asynccontextmanager
async def connection(second):
    print("opening")
    await asyncio.sleep(0.2 * second)
    try:
        yield
    finally:
        print("closing")
        await asyncio.sleep(0.1 * second)


async def query(fails, second):
    print("querying")
    await asyncio.sleep(0.4 * second)
    if fails:
        raise RuntimeError("the table is gone")
    return 3


async def program(fails, second):
    try:
        async with connection(second):
            rows = await query(fails, second)
        print(f"got {rows} rows")
    except RuntimeError as error:
        print(f"failed: {error}")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(fails=False, second=1 / speed))
