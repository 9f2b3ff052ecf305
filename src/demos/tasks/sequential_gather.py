# weft:begin
import asyncio


async def fetch(number, delay):
    print(f"fetch {number} waits")
    await asyncio.sleep(delay)
    print(f"fetch {number} is done")
    return number * 10


async def program(tasks, delay):
    print("One after the other:")
    results = []
    for number in range(1, tasks + 1):
        results.append(await fetch(number, delay))
    print(f"results {results}")

    print("Gathered:")
    fetches = [fetch(number, delay) for number in range(1, tasks + 1)]
    results = await asyncio.gather(*fetches)
    print(f"results {results}")
# weft:end


if __name__ == "__main__":
    import sys

    asyncio.run(program(tasks=3, delay=0.4 / float(sys.argv[1] if sys.argv[1:] else 1)))
