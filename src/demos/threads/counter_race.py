# weft:begin
import contextlib
import threading
import time


class Counter:
    value = 0


def compute(moment):
    end = time.perf_counter() + moment
    while time.perf_counter() < end:
        pass


def add(counter, lock, start, times, moment):
    start.wait()
    for _ in range(times):
        with lock:
            value = counter.value
            # Without the lock others read the same value now, and write the same sum.
            compute(moment)
            counter.value = value + 1


def program(threads, times, moment, with_lock):
    counter = Counter()
    lock = threading.Lock() if with_lock else contextlib.nullcontext()
    start = threading.Barrier(threads)

    workers = []
    for number in range(1, threads + 1):
        arguments = (counter, lock, start, times, moment)
        worker = threading.Thread(target=add, args=arguments, name=f"worker-{number}")
        worker.start()
        workers.append(worker)
    for worker in workers:
        worker.join()

    expected = threads * times
    lost = expected - counter.value
    print(f"{threads} threads added {times} each: {expected} expected")
    print("no update was lost" if lost == 0 else "updates were lost")
# weft:end


if __name__ == "__main__":
    program(threads=4, times=1000, moment=0.00002, with_lock=False)
