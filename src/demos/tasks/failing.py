# weft:begin
import asyncio


async def program():
    sleeper = asyncio.create_task(asyncio.sleep(60), name="sleeper")

    async def work():
        await asyncio.sleep(0.01)
        raise RuntimeError("the worker is out of order")

    try:
        await asyncio.create_task(work(), name="worker")
    except RuntimeError as error:
        print(f"worker failed: {error}")
    sleeper.cancel()
# weft:end


if __name__ == "__main__":
    asyncio.run(program())
