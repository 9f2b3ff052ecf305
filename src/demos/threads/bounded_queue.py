# weft:begin
import queue
import threading
import time


def produce_items(to_consumer, items, produce):
    for item in range(1, items + 1):
        time.sleep(produce)
        print(f"produced item {item}")
        to_consumer.put(item)  # Waits while the queue is full.
    to_consumer.put(None)  # The sentinel: nothing comes after it.


def consume_items(from_producer, to_main, consume):
    while (item := from_producer.get()) is not None:
        time.sleep(consume)
        print(f"consumed item {item}")
        to_main.put(item * item)
        from_producer.task_done()
    from_producer.task_done()  # For the sentinel.


def program(capacity, items, produce, consume):
    between = queue.Queue(maxsize=capacity)
    results = queue.Queue()
    producer = threading.Thread(
        target=produce_items, args=(between, items, produce), name="producer")
    consumer = threading.Thread(
        target=consume_items, args=(between, results, consume),
        name="consumer")
    producer.start()
    consumer.start()

    producer.join()
    between.join()  # Until all that was put has been marked as done.
    consumer.join()
    total = sum(results.get() for _ in range(items))
    print(f"{items} results, their sum is {total}")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    program(capacity=5, items=10, produce=0.02 / speed, consume=0.15 / speed)
