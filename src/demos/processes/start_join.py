# weft:begin
import multiprocessing
import threading
import time


def work(number, delay):
    print(f"process {number} starts", flush=True)
    time.sleep(delay * number)
    print(f"process {number} is done", flush=True)


def program(processes, delay):
    # A thread for comparison: see how soon it runs.
    thread = threading.Thread(target=lambda: print("the thread runs"), name="thread-1")
    thread.start()

    children = []
    for number in range(1, processes + 1):
        child = multiprocessing.Process(
            target=work, args=(number, delay), name=f"process-{number}"
        )
        child.start()
        children.append(child)
    thread.join()
    for child in children:
        child.join()
        print(f"pid {child.pid} ended with exit code {child.exitcode}")
    print("All processes completed")
# weft:end


if __name__ == "__main__":
    import sys

    program(processes=2, delay=0.4 / float(sys.argv[1] if sys.argv[1:] else 1))
