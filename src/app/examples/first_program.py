import threading
import time

lock = threading.Lock()
total = 0


def worker(number):
    global total
    for _ in range(3):
        time.sleep(0.05)  # as for a network
        with lock:  # one at a time
            total += number
            time.sleep(0.02)
    print(f"worker {number} is done")


threads = []
for number in (1, 2, 3):
    name = f"worker-{number}"
    thread = threading.Thread(target=worker, args=(number,), name=name)
    thread.start()
    threads.append(thread)
for thread in threads:
    thread.join()
print("total:", total)
