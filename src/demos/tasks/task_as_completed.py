# weft:begin
import asyncio


async def square(number, second):
    await asyncio.sleep(0.1 * (1 + 2 * number % 8) * second)
    return number, number * number


async def program(tasks, timeout, second):
    tasks = [
        asyncio.create_task(square(number, second), name=f"square-{number}")
        for number in range(1, tasks + 1)
    ]
    try:
        for result in asyncio.as_completed(tasks, timeout=timeout * second):
            number, squared = await result
            print(f"{number} squared is {squared}")
    except TimeoutError:
        print("the time is up")
        return  # What has not come is cancelled with the end of the run.
    print("all results have come")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(tasks=8, timeout=1, second=1 / speed))
