# weft:begin
import contextlib
import multiprocessing
import time


def compute(moment):
    end = time.perf_counter() + moment
    while time.perf_counter() < end:
        pass


def add(number, lock, start, times, moment):
    start.wait()  # All begin together.
    for _ in range(times):
        with lock or contextlib.nullcontext():
            value = number.value
            # Without the lock others read the same value now, and write the same sum.
            compute(moment)
            number.value = value + 1


def program(processes, times, moment, with_lock):
    number = multiprocessing.Value("q", 0, lock=False)
    lock = multiprocessing.Lock() if with_lock else None
    start = multiprocessing.Barrier(processes)

    workers = []
    for worker in range(1, processes + 1):
        process = multiprocessing.Process(
            target=add, args=(number, lock, start, times, moment), name=f"worker-{worker}")
        process.start()
        workers.append(process)
    for worker in workers:
        worker.join()

    expected = processes * times
    print(f"{processes} processes added {times} each: {expected} expected")
    print("no update was lost" if number.value == expected else "updates were lost")
# weft:end


if __name__ == "__main__":
    program(processes=4, times=1000, moment=0.00002, with_lock=False)
