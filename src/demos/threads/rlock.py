# weft:begin
import threading
import time

PAUSE = 0.1


def nested(lock, level, depth):
    """Takes the lock and, still holding it, calls itself, which takes the lock again."""
    with lock:
        print(f"level {level} of {depth} has the lock")
        time.sleep(PAUSE)
        if level < depth:
            nested(lock, level + 1, depth)


def program(kind, depth):
    # With a plain Lock, both threads would wait for ever.
    lock = threading.RLock() if kind == "RLock" else threading.Lock()
    workers = []
    for name in ["worker-1", "worker-2"]:
        worker = threading.Thread(target=nested, args=(lock, 1, depth), name=name)
        worker.start()
        workers.append(worker)
    for worker in workers:
        worker.join()
    print("The lock is free again")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    PAUSE /= speed
    program(kind="RLock", depth=4)
