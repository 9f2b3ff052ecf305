# weft:begin
import math
import sys
import threading
import time

WAITS = 10


def sum_roots(n, sums):
    sums.append(sum(math.sqrt(number) for number in range(n)))


def compute(threads, n):
    sums = []
    workers = [threading.Thread(target=sum_roots, args=(n, sums)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    return sums


def wait_often(delay):
    for _ in range(WAITS):
        # Before it sleeps a thread gives the GIL up, so the others can sleep as well.
        time.sleep(delay)


def wait(threads, delay):
    workers = [threading.Thread(target=wait_often, args=(delay,)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()


def program(interval, threads, n, delay):
    # Whether there is a GIL is decided when Python is built, or started.
    sys.setswitchinterval(interval)
    sums = compute(threads, n)
    equal = "equal" if len(set(sums)) == 1 else "different"
    print(f"{threads} threads computed {equal} sums")

    wait(threads, delay)
    print(f"{threads} threads waited {WAITS} times each, with the GIL and without")
# weft:end


if __name__ == "__main__":
    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    program(interval=0.005, threads=2, n=1_000_000, delay=0.02 / speed)
