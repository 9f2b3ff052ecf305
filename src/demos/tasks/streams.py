# weft:begin
import asyncio


def message(number, size):
    return bytes([number % 256]) * size


async def send(writer, messages, size):
    for number in range(1, messages + 1):
        writer.write(message(number, size))  # Into the buffer, at once.
        await writer.drain()  # Waits while the buffer is too full.
    writer.write_eof()


async def program(port, messages, size):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    sender = asyncio.create_task(send(writer, messages, size))

    same = 0
    for number in range(1, messages + 1):
        echo = await reader.readexactly(size)
        same += echo == message(number, size)
    await sender
    print(f"{same} of {messages} messages came back as they were")
    rest = await reader.read(1)
    print(f"then {len(rest)} bytes, and the end")
    writer.close()
# weft:end


async def echo(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        await program(port, messages=40, size=10_000)


if __name__ == "__main__":
    import sys

    # There is nothing to speed up: the time is what the bytes take.
    assert float(sys.argv[1] if sys.argv[1:] else 1) > 0
    asyncio.run(main())
