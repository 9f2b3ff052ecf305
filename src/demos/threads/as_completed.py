# weft:begin
import time
from concurrent.futures import ThreadPoolExecutor, as_completed


def square(number, delay):
    time.sleep(delay * (1 + 2 * number % 8))  # From 1 to 7 delays.
    return number * number


def program(workers, tasks, delay):
    with ThreadPoolExecutor(max_workers=workers) as pool:
        futures = {}
        for number in range(1, tasks + 1):
            futures[pool.submit(square, number, delay)] = number

        # Whichever is done next, not whichever was submitted next.
        for future in as_completed(futures):
            print(f"{futures[future]} squared is {future.result()}")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    program(workers=4, tasks=8, delay=0.1 / speed)
