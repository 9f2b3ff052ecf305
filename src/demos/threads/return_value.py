# weft:begin
import threading
import time


class ResultThread(threading.Thread):
    """A thread that keeps what its function returns."""

    def __init__(self, function, *args, name):
        super().__init__(name=name)
        self.function = function
        self.args = args
        self.result = None

    def run(self):
        self.result = self.function(*self.args)

    def join(self, timeout=None):
        super().join(timeout)
        return self.result


def square(number, delay):
    time.sleep(delay)
    result = number * number
    print(f"the square of {number} is {result}")
    return result


def program(threads, step):
    workers = []
    for number in range(1, threads + 1):
        delay = step * (threads + 1 - number)
        worker = ResultThread(square, number, delay, name=f"worker-{number}")
        worker.start()
        workers.append(worker)

    # Joined in the order of their start, whichever ended first.
    results = [worker.join() for worker in workers]
    print(f"results: {results}")
# weft:end


if __name__ == "__main__":
    import sys

    program(threads=5, step=0.15 / float(sys.argv[1] if sys.argv[1:] else 1))
