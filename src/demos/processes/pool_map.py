# weft:begin
import multiprocessing
import time


def sum_of_squares(part):
    first, end = part
    return sum(n * n for n in range(first, end)) % 1_000_000_007


def stand_by(delay):
    time.sleep(delay)


def program(processes, chunks, n, delay):
    parts = [(n * part // chunks, n * (part + 1) // chunks) for part in range(chunks)]
    expected = sum(sum_of_squares(part) for part in parts)

    with multiprocessing.Pool(processes) as pool:
        # Processes take a while to start. Each has one of these to do first, so all are there.
        pool.map(stand_by, [delay] * processes, chunksize=1)
        sums = pool.map(sum_of_squares, parts, chunksize=1)
        pool.close()
        pool.join()

    equal = sum(sums) == expected
    print(f"{chunks} parts, {'equal results' if equal else 'results differ'}")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    program(processes=multiprocessing.cpu_count(), chunks=4, n=20_000_000, delay=0.1 / speed)
