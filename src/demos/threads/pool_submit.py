# weft:begin
import time
from concurrent.futures import ThreadPoolExecutor


def square(number, bad, delay):
    time.sleep(delay)
    if number == bad:
        raise ValueError(f"cannot square {number} today")
    return number * number


def program(workers, tasks, bad, delay):
    with ThreadPoolExecutor(max_workers=workers) as pool:
        # submit() does not wait. It gives a future: a place for a result.
        futures = {}
        for number in range(1, tasks + 1):
            futures[number] = pool.submit(square, number, bad, delay)

        # result() waits, and raises here what was raised in the task.
        for number, future in futures.items():
            try:
                print(f"{number} squared is {future.result()}")
            except ValueError as error:
                print(f"{number} failed: {error}")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    program(workers=4, tasks=10, bad=None, delay=0.3 / speed)
