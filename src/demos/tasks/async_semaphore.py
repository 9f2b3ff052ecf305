# weft:begin
import asyncio


async def work(number, semaphore, hold):
    async with semaphore:
        print(f"worker-{number} is in")
        await asyncio.sleep(hold)
        print(f"worker-{number} leaves")


async def program(permits, tasks, hold):
    semaphore = asyncio.Semaphore(permits)
    workers = []
    for number in range(1, tasks + 1):
        worker = asyncio.create_task(
            work(number, semaphore, hold), name=f"worker-{number}")
        workers.append(worker)
    for worker in workers:
        await worker
    print("All workers have been in")
# weft:end


if __name__ == "__main__":
    import sys

    speed = float(sys.argv[1] if sys.argv[1:] else 1)
    asyncio.run(program(permits=3, tasks=10, hold=0.3 / speed))
