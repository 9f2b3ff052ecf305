# weft:begin
import multiprocessing


def use_them(number, times, squares, names, shared):
    for n in range(1, times + 1):
        squares[number, n] = n * n
    # For comparison: as many writes to a number in shared memory.
    for n in range(1, times + 1):
        shared.value = n * n
    names.append(f"process {number}")


def program(processes, times):
    with multiprocessing.Manager() as manager:
        squares, names = manager.dict(), manager.list()
        shared = multiprocessing.Value("q", 0, lock=False)

        workers = []
        for number in range(1, processes + 1):
            worker = multiprocessing.Process(
                target=use_them, args=(number, times, squares, names, shared),
                name=f"process-{number}")
            worker.start()
            workers.append(worker)
        for worker in workers:
            worker.join()
        total = sum(squares.values())
        print(f"{len(squares)} squares, their sum is {total}; {len(names)} names")
# weft:end


if __name__ == "__main__":
    program(processes=2, times=20)
