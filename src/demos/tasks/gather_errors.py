# weft:begin
import asyncio


async def fetch(number, failing, step):
    await asyncio.sleep(step * number)
    if number == failing:
        raise RuntimeError(f"fetch {number} failed")
    print(f"fetch {number} is done")
    return number * 10


async def program(collect, failing, step):
    tasks = [
        asyncio.create_task(fetch(number, failing, step), name=f"fetch-{number}")
        for number in range(1, 6)
    ]
    if collect:
        for result in await asyncio.gather(*tasks, return_exceptions=True):
            if isinstance(result, Exception):
                print(f"error: {result}")
            else:
                print(f"result {result}")
        return
    try:
        print(f"results {await asyncio.gather(*tasks)}")
    except RuntimeError as error:
        print(f"raised: {error}")
    # gather() is over, the others are not.
    await asyncio.wait(tasks)
    print("now the others are done too")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(collect=False, failing=2, step=0.2 / speed))
