# weft:begin
import asyncio
import pathlib
import tempfile


async def tick(done):
    while not done.is_set():
        await asyncio.sleep(0.005)


async def program(folder, size):
    done = asyncio.Event()
    ticker = asyncio.create_task(tick(done))  # It shows that the loop is free.

    # asyncio has no files of its own, so a thread reads and writes them.
    file = pathlib.Path(folder, "numbers.bin")
    numbers = (bytes(range(256)) * (size // 256 + 1))[:size]
    await asyncio.to_thread(file.write_bytes, numbers)
    print(f"wrote {size} bytes")

    content = await asyncio.to_thread(file.read_bytes)
    same = content == numbers
    content = content[::-1]
    await asyncio.to_thread(file.write_bytes, content)
    print(f"read {len(content)} bytes, and wrote them in reverse")

    right = same and await asyncio.to_thread(file.read_bytes) == content
    print(f"what was read is what was written: {str(right).lower()}")
    await asyncio.to_thread(file.unlink)

    done.set()
    await ticker
# weft:end


if __name__ == "__main__":
    import sys

    # There is nothing to speed up: the time is what the disk takes.
    assert float(sys.argv[1] if sys.argv[1:] else 1) > 0
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(program(folder, size=4_000_000))
