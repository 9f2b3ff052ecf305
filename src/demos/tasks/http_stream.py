# weft:begin
import asyncio


async def program(port, chunks, delay):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(f"GET /report/{chunks}/{delay} HTTP/1.0\r\n\r\n".encode())
    status = (await reader.readline()).split()[1].decode()
    await reader.readline()
    print(f"status {status}, and the body is on its way")

    received = 0
    while chunk := await reader.read(1000):
        received += len(chunk)
        print(f"{received} bytes so far")
    print("that was all")
    writer.close()
# weft:end


async def answer(reader, writer):
    """A server that sends its answer in pieces, and takes its time for each."""
    _, path, _ = (await reader.readline()).decode().split()
    _, _, chunks, delay = path.split("/")
    writer.write(b"HTTP/1.0 200 OK\r\n\r\n")
    for number in range(1, int(chunks) + 1):
        await asyncio.sleep(float(delay))
        writer.write(f"chunk {number} of {chunks}\n".encode())
        await writer.drain()
    writer.close()


async def main(speed):
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        await program(port, chunks=8, delay=0.15 / speed)


if __name__ == "__main__":
    import sys

    asyncio.run(main(float(sys.argv[1] if sys.argv[1:] else 1)))
