# weft:begin
import asyncio


async def child(number, fails, second):
    await asyncio.sleep(0.3 * second * number)
    if fails:
        raise RuntimeError(f"child {number} failed")
    print(f"child {number} is done")


async def program(one_fails, second):
    # A task outside of the group, which has nothing to do with what happens inside.
    stranger = asyncio.create_task(child(3, False, second), name="stranger")
    try:
        async with asyncio.TaskGroup() as group:
            for number in range(1, 4):
                fails = one_fails and number == 2
                group.create_task(child(number, fails, second), name=f"child-{number}")
            print("the block is at its end")
            # The group waits for its children here.
        print("the group is over")
    except* RuntimeError as errors:
        print(f"the group is over: {errors.exceptions[0]}")
    await stranger
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(one_fails=False, second=1 / speed))
