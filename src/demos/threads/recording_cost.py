# weft:begin
import threading
import time


def add(lock, start, number, times):
    start.wait()
    for _ in range(times):
        with lock:
            number[0] += 1


def program(threads, times, readings):
    began = time.perf_counter_ns()
    for _ in range(readings):
        time.perf_counter_ns()
    print(f"a reading of the clock takes {(time.perf_counter_ns() - began) / readings:.0f} ns")

    number, lock, start = [0], threading.Lock(), threading.Barrier(threads + 1)
    workers = [threading.Thread(target=add, args=(lock, start, number, times)) for _ in range(threads)]
    for worker in workers:
        worker.start()
    start.wait()
    began = time.perf_counter_ns()
    for worker in workers:
        worker.join()
    print(f"{number[0]} additions took {(time.perf_counter_ns() - began) / 1e6:.1f} ms")
# weft:end


if __name__ == "__main__":
    program(threads=10, times=2_000, readings=20_000)
