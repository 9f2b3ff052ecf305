# weft:begin
import multiprocessing


def double(numbers, first, end):
    for at in range(first, end):
        numbers[at] = numbers[at] * 2


def program(processes, length):
    first = list(range(1, length + 1))
    numbers = multiprocessing.Array("q", first, lock=False)

    workers = []
    for part in range(processes):
        bounds = (length * part // processes, length * (part + 1) // processes)
        worker = multiprocessing.Process(
            target=double, args=(numbers, *bounds), name=f"part-{part + 1}")
        worker.start()
        workers.append(worker)
    for worker in workers:
        worker.join()
    # Now nobody else writes.
    worker = multiprocessing.Process(target=double, args=(numbers, 0, length), name="all")
    worker.start()
    worker.join()

    print(f"the sum was {sum(first)}, and is {sum(numbers[:])}")
# weft:end


if __name__ == "__main__":
    program(processes=3, length=12)
