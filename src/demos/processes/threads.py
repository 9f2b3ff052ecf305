# weft:begin
import threading
import time
from multiprocessing import Lock, Process, Queue, Value

TIMES = 50


def work(threads, end, lock, total, ready, second):
    own = 0
    everybody = threading.Barrier(threads)

    def count(number):
        nonlocal own
        everybody.wait()
        for _ in range(TIMES):
            with lock:
                total.value += 1
                own += 1
        ready.put(number)
        if end != "return":
            time.sleep(0.2 * second)
            assert end == "kill" or number > 1, f"thread-{number} is out of order"
            time.sleep(600 * second)

    started = [
        threading.Thread(target=count, args=(number,), name=f"thread-{number}")
        for number in range(1, threads + 1)
    ]
    for thread in started:
        thread.start()
    for thread in started:
        thread.join()


def program(processes, threads, end, second):
    lock, total, ready = Lock(), Value("q", 0, lock=False), Queue()
    started = []
    for number in range(1, processes + 1):
        its_end = end if number == 1 else "return"
        arguments = (threads, its_end, lock, total, ready, second)
        started.append(Process(target=work, args=arguments, name=f"process-{number}"))
        started[-1].start()
    for _ in range(processes * threads):
        ready.get()  # All have counted.
    print(f"together they counted to {total.value}")
    if end == "kill":
        started[0].terminate()
    for process in started:
        process.join()
        print(f"{process.name} ended with {process.exitcode}")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    program(processes=2, threads=3, end="return", second=1 / speed)
