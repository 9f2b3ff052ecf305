# weft:begin
import threading
import time


def wait(number, ready):
    print(f"waiter-{number} waits")
    ready.wait()
    print(f"waiter-{number} goes on")


def prepare(ready, delay):
    time.sleep(delay)
    print("setter is ready")
    ready.set()


def program(waiters, delay):
    ready = threading.Event()
    threads = []
    for number in range(1, waiters + 1):
        name = f"waiter-{number}"
        threads.append(threading.Thread(target=wait, args=(number, ready), name=name))
    threads.append(threading.Thread(target=prepare, args=(ready, delay), name="setter"))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
# weft:end


if __name__ == "__main__":
    import sys

    program(waiters=3, delay=0.8 / float(sys.argv[1] if sys.argv[1:] else 1))
