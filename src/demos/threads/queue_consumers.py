# weft:begin
import queue
import threading
import time


def produce_items(work, items, produce):
    for item in range(1, items + 1):
        time.sleep(produce)
        work.put(item)


def consume_items(name, work, finished, consume, timeout):
    while True:
        try:
            item = work.get(timeout=timeout)
        except queue.Empty:
            if finished.is_set():
                # Nothing came for a while, and nothing will.
                print(f"{name} ends")
                return
            continue
        time.sleep(consume)
        print(f"item {item} is consumed")
        work.task_done()


def program(consumers, items, produce, consume, timeout):
    work = queue.Queue()
    finished = threading.Event()
    threads = []
    for number in range(1, consumers + 1):
        name = f"consumer-{number}"
        threads.append(threading.Thread(
            target=consume_items, name=name,
            args=(name, work, finished, consume, timeout)))
    producer = threading.Thread(
        target=produce_items, args=(work, items, produce), name="producer")
    for thread in [*threads, producer]:
        thread.start()

    producer.join()
    work.join()  # Until every item that was put has been marked as done.
    print("all items are done")
    finished.set()
    for thread in threads:
        thread.join()
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    program(consumers=3, items=12, produce=0.03 / speed, consume=0.15 / speed,
            timeout=0.3 / speed)
