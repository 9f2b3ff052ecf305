# weft:begin
import asyncio


async def ask(delay, answers):
    await asyncio.sleep(delay)
    if not answers:
        raise RuntimeError("the server is down")


def names(tasks):
    order = ["fast", "broken", "slow"]  # wait() gives sets.
    return ", ".join(sorted((task.get_name() for task in tasks), key=order.index)) or "nobody"


async def program(when, second):
    fast = asyncio.create_task(ask(0.2 * second, True), name="fast")
    broken = asyncio.create_task(ask(0.5 * second, False), name="broken")
    slow = asyncio.create_task(ask(0.8 * second, True), name="slow")
    done, pending = await asyncio.wait([fast, broken, slow], return_when=when)
    print(f"done: {names(done)}")
    print(f"pending: {names(pending)}")
    for task in pending:
        task.cancel()
    if pending:
        await asyncio.wait(pending)
    print("nobody is pending any more")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(when=asyncio.FIRST_COMPLETED, second=1 / speed))
