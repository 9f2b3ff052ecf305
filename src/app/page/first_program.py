import threading
import time

lock = threading.Lock()
total = 0


def worker(number):
    global total
    for _ in range(3):
        time.sleep(0.05)  # Waits, as for a network.
        with lock:  # One thread at a time.
            total += number
            time.sleep(0.02)
    print("worker", number, "is done")


threads = [threading.Thread(target=worker, args=(n,), name=f"worker-{n}") for n in range(1, 4)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print("total:", total)
