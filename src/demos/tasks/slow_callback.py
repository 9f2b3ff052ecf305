# weft:begin
import asyncio
import logging
import re
import time


async def ticker(second):
    for number in range(1, 9):
        await asyncio.sleep(0.1 * second)
        print(f"tick {number}")


async def blocker(block, second):
    await asyncio.sleep(0.35 * second)
    time.sleep(block)  # No await in here.


async def program(block, debug, second):
    asyncio.get_running_loop().set_debug(debug)
    ticking = asyncio.create_task(ticker(second), name="ticker")
    blocking = asyncio.create_task(blocker(block, second), name="blocker")
    await asyncio.gather(ticking, blocking)
# weft:end


class Warnings(logging.Handler):
    """Prints asyncio's warnings, with the task's name alone."""

    def emit(self, record):
        handle, seconds = record.args
        name = re.search(r"name='(\w+)'", handle).group(1)
        print(f"Executing {name} took {seconds:.3f} seconds")


if __name__ == "__main__":
    import sys

    logging.getLogger("asyncio").addHandler(Warnings(logging.WARNING))
    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(block=0.25, debug=True, second=1 / speed))
