# weft:begin
import asyncio


class Numbers:
    def __init__(self, count, delay):
        self.last = 0
        self.count = count
        self.delay = delay

    def __aiter__(self):
        return self

    async def __anext__(self):
        if self.last == self.count:
            raise StopAsyncIteration
        await asyncio.sleep(self.delay)
        self.last += 1
        return self.last


async def numbers(count, delay):
    for number in range(1, count + 1):
        await asyncio.sleep(delay)
        yield number


async def program(count, delay):
    async for number in Numbers(count, delay):
        print(f"iterator: {number}")
    print("the iterator has come to its end")

    async for number in numbers(count, delay):
        print(f"generator: {number}")
    print("the generator has come to its end")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(count=4, delay=0.2 / speed))
