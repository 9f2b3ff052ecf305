# weft:begin
import time
from concurrent.futures import ThreadPoolExecutor


def square(number, bad, delay):
    # The first of four takes longest, so they are done in reverse order.
    time.sleep(delay * (4 - (number - 1) % 4))
    if number == bad:
        raise ValueError(f"cannot square {number} today")
    return number * number


def program(workers, tasks, bad, delay):
    with ThreadPoolExecutor(max_workers=workers) as pool:
        inputs = range(1, tasks + 1)
        results = pool.map(lambda number: square(number, bad, delay), inputs)
        # Each result in its turn, even if later ones are there already.
        try:
            for number, result in zip(inputs, results):
                print(f"{number} squared is {result}")
        except ValueError as error:
            # An error comes in its turn too, and ends the loop.
            print(f"no more results: {error}")
    print("the pool is closed")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    program(workers=4, tasks=10, bad=None, delay=0.15 / speed)
