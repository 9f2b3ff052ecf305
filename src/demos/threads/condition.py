# weft:begin
import threading
import time

PRODUCING = 0.15
CONSUMING = 0.08


class Shelf:
    def __init__(self):
        self.changed = threading.Condition()
        self.made = 0
        self.taken = 0


def produce(shelf, items, notify):
    for item in range(1, items + 1):
        time.sleep(PRODUCING)
        with shelf.changed:
            shelf.made = item
            print(f"item {item} is there")
            # After the last, all must know that no more will come.
            if notify == "all" or item == items:
                shelf.changed.notify_all()
            else:
                shelf.changed.notify()


def consume(shelf, items):
    while True:
        with shelf.changed:
            # Who is woken looks again: another may have been quicker.
            while shelf.taken == shelf.made and shelf.taken < items:
                shelf.changed.wait()
            item = shelf.taken + 1
            if item > items:
                return
            shelf.taken = item
        print(f"item {item} is consumed")
        time.sleep(CONSUMING)


def program(consumers, items, notify):
    shelf = Shelf()
    threads = []
    for number in range(1, consumers + 1):
        name = f"consumer-{number}"
        threads.append(threading.Thread(target=consume, args=(shelf, items), name=name))
    arguments = (shelf, items, notify)
    threads.append(threading.Thread(target=produce, args=arguments, name="producer"))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    PRODUCING /= speed
    CONSUMING /= speed
    program(consumers=2, items=8, notify="all")
