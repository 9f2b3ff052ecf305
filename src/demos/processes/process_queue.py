# weft:begin
import multiprocessing
import time


def produce(queue, items, delay):
    for number in range(1, items + 1):
        time.sleep(delay)
        queue.put((number, f"item {number}"))
        print(f"produced item {number}", flush=True)
    queue.put(None)


def consume(queue, delay):
    while (item := queue.get()) is not None:
        time.sleep(delay)
        print(f"consumed {item[1]}", flush=True)


def program(items, produce_delay, consume_delay):
    queue = multiprocessing.Queue()
    producer = multiprocessing.Process(
        target=produce, args=(queue, items, produce_delay), name="producer")
    consumer = multiprocessing.Process(
        target=consume, args=(queue, consume_delay), name="consumer")
    producer.start()
    consumer.start()
    producer.join()
    consumer.join()
    print("both processes are done")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    program(items=10, produce_delay=0.1 / speed, consume_delay=0.15 / speed)
