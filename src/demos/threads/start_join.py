# weft:begin
import threading
import time


def work(number, delay):
    print(f"worker-{number} starts")
    time.sleep(delay * number)
    print(f"worker-{number} is done")


def program(threads, delay):
    workers = []
    for number in range(1, threads + 1):
        worker = threading.Thread(target=work, args=(number, delay), name=f"worker-{number}")
        worker.start()
        workers.append(worker)

    # The last one sleeps longest. Once it is done, so are the others:
    # joining those does not wait.
    for worker in reversed(workers):
        worker.join()
    print("All threads completed")
# weft:end


if __name__ == "__main__":
    import sys

    program(threads=3, delay=0.4 / float(sys.argv[1] if sys.argv[1:] else 1))
