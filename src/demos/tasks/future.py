# weft:begin
import asyncio


def state(future):
    if not future.done():
        return "pending"
    if future.cancelled():
        return "cancelled"
    if future.exception():
        return f"failed, {future.exception()}"
    return "done"


async def bring(answer, delay, outcome):
    await asyncio.sleep(delay)
    match outcome:
        case "result":
            answer.set_result(42)
        case "error":
            answer.set_exception(RuntimeError("there is no answer"))
        case _:
            answer.cancel()
    print(f"setter: it is {state(answer)}")  # The callbacks come later.


async def program(delay, outcome):
    answer = asyncio.get_running_loop().create_future()
    print(f"main: the answer is {state(answer)}")
    answer.add_done_callback(
        lambda answer: print(f"first callback: it is {state(answer)}"))
    answer.add_done_callback(
        lambda answer: print(f"second callback: it is {state(answer)}"))

    setter = asyncio.create_task(bring(answer, delay, outcome), name="setter")

    try:
        print(f"main: the answer is {await answer}")
    except asyncio.CancelledError:
        print("main: nobody will answer")
    except RuntimeError as error:
        print(f"main: {error}")
    await setter
    try:
        answer.set_result(43)
    except asyncio.InvalidStateError:
        print("main: what is done stays as it is")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(delay=0.4 / speed, outcome="result"))
