# weft:begin
import threading
import time


def work(number, semaphore, hold):
    with semaphore:
        print(f"worker-{number} is in")
        time.sleep(hold)
        print(f"worker-{number} leaves")


def program(permits, threads, hold):
    semaphore = threading.Semaphore(permits)
    workers = []
    for number in range(1, threads + 1):
        worker = threading.Thread(
            target=work, args=(number, semaphore, hold), name=f"worker-{number}"
        )
        worker.start()
        workers.append(worker)
    for worker in workers:
        worker.join()
    print("All workers have been in")
# weft:end


if __name__ == "__main__":
    import sys

    program(permits=3, threads=10, hold=0.3 / float(sys.argv[1] if sys.argv[1:] else 1))
