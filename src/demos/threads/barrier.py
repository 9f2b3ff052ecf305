# weft:begin
import threading
import time

STEP = 0.1


def work(number, barrier, phases):
    for phase in range(1, phases + 1):
        # In each phase another one is the slowest.
        time.sleep(STEP * (1 + (number + phase) % barrier.parties))
        print(f"worker-{number} is through phase {phase}")
        barrier.wait()


def program(threads, phases):
    barrier = threading.Barrier(threads)
    workers = []
    for number in range(1, threads + 1):
        worker = threading.Thread(
            target=work, args=(number, barrier, phases), name=f"worker-{number}"
        )
        worker.start()
        workers.append(worker)
    for worker in workers:
        worker.join()
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    STEP /= speed
    program(threads=4, phases=3)
