# weft:begin
import asyncio
import concurrent.futures

TICK = 0.01
QUIET = 0.06


def count_primes(n):
    return sum(map(is_prime, range(n)))


def is_prime(n):
    divisor = 2
    while divisor * divisor <= n:
        if n % divisor == 0:
            return False
        divisor += 1
    return n > 1


async def tick(done, tick_time):
    while not done.is_set():
        await asyncio.sleep(tick_time)


async def program(places, n, speed):
    done = asyncio.Event()
    ticker = asyncio.create_task(tick(done, TICK / speed))
    loop = asyncio.get_running_loop()

    for place in places:
        await asyncio.sleep(QUIET / speed)
        print(f"{place}: begins", flush=True)
        if place == "loop":
            primes = count_primes(n)  # No other task has a turn meanwhile.
        elif place == "thread":
            # With the GIL, the loop gets a turn now and then.
            primes = await asyncio.to_thread(count_primes, n)
        else:
            with concurrent.futures.ProcessPoolExecutor(1) as pool:
                primes = await loop.run_in_executor(pool, count_primes, n)
        print(f"{place}: {primes} primes below {n}", flush=True)
    await asyncio.sleep(QUIET / speed)

    done.set()
    await ticker
# weft:end


if __name__ == "__main__":
    import sys

    # CPython takes about as long for 100 000 as the Rust program for 1 000 000.
    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(["loop", "thread", "process"], n=100_000, speed=speed))
