# weft:begin
import threading
import time


def state(kept):
    return "as I left it" if kept else "has changed"


def work(number, own, shared, all_have_written, step):
    time.sleep(step * number)
    own.value = number
    shared["value"] = number
    all_have_written.wait()

    print(f"my own slot: {state(own.value == number)}")
    print(f"the shared slot: {state(shared['value'] == number)}")


def program(threads, step):
    own = threading.local()
    shared = {"value": 0}
    all_have_written = threading.Barrier(threads)

    workers = []
    for number in range(1, threads + 1):
        arguments = (number, own, shared, all_have_written, step)
        worker = threading.Thread(target=work, args=arguments, name=f"worker-{number}")
        worker.start()
        workers.append(worker)
    for worker in workers:
        worker.join()

    # Main has a slot of its own too, and has put nothing into it.
    print(f"main's own slot: {getattr(own, 'value', None)}")
# weft:end


if __name__ == "__main__":
    import sys

    program(threads=3, step=0.15 / float(sys.argv[1] if sys.argv[1:] else 1))
