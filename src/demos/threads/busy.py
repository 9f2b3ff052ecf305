# weft:begin
import threading
import time


def compute(work):
    end = time.monotonic() + work
    total = 0
    while time.monotonic() < end:
        total += sum(range(1000))
    return total


def program(threads, work):
    workers = [threading.Thread(target=compute, args=(work,)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    print(f"{len(workers)} sums computed")
# weft:end


if __name__ == "__main__":
    import sys

    program(threads=2, work=0.3 / float(sys.argv[1] if sys.argv[1:] else 1))
