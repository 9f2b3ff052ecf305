# weft:begin
import threading
import time


def print_numbers(count, delay):
    for number in range(1, count + 1):
        print(f"number {number}")
        time.sleep(delay)


def program(count, delay):
    counter = threading.Thread(target=print_numbers, args=(count, delay), name="counter")
    counter.start()
    # The thread runs on its own from here. Main has nothing else to do and waits for its end.
    counter.join()
    print("All numbers are printed")
# weft:end


if __name__ == "__main__":
    import sys

    program(count=5, delay=0.3 / float(sys.argv[1] if sys.argv[1:] else 1))
