# weft:begin
import multiprocessing
import time


def square(task):
    number, delay = task
    time.sleep(delay * (3 if number % 2 == 0 else 1))  # Even numbers take longer.
    return number * number


def program(processes, tasks, delay):
    with multiprocessing.Pool(processes) as pool:
        later = pool.apply_async(square, ((12, delay),))
        print("the call was sent; main goes on")
        print(f"12 squared is {later.get()}")

        inputs = [(number, delay) for number in range(1, tasks + 1)]
        for done, result in enumerate(pool.imap(square, inputs), start=1):
            print(f"progress: {done} of {tasks}, {done} squared is {result}")
        pool.close()
        pool.join()
    print("the pool is closed")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    program(processes=multiprocessing.cpu_count(), tasks=10, delay=0.05 / speed)
