# weft:begin
import multiprocessing


def fibonacci(n):
    """How many bits the number has, and its last ten digits."""
    this, following = 0, 1
    for _ in range(n):
        this, following = following, this + following
    return this.bit_length(), this % 10_000_000_000


def program(processes, largest):
    numbers = [largest // part for part in (10, 1, 4, 2, 3, 5)]
    with multiprocessing.Pool(processes) as pool:
        for n, (bits, digits) in zip(numbers, pool.imap(fibonacci, numbers)):
            print(f"fibonacci({n}) has {bits} bits and ends in {digits:010}")
        pool.close()
        pool.join()
# weft:end


if __name__ == "__main__":
    program(processes=multiprocessing.cpu_count(), largest=100_000)
