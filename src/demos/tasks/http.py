# weft:begin
import asyncio


async def fetch(client, name, delay, status=200):
    answer = await client.get(name, delay, status)
    if answer >= 400:
        raise OSError(f"HTTPError: status {answer} for {name}")
    print(f"{name}: status {answer}")
    return answer


async def program(client, requests, delay):
    print("One after the other:")
    for number in range(1, requests + 1):
        await fetch(client, f"page-{number}", delay)

    print("Together, with one that fails:")
    pages = [asyncio.create_task(fetch(client, f"page-{number}", delay))
             for number in range(1, requests + 1)]
    broken = asyncio.create_task(fetch(client, "broken", delay, status=503))
    await asyncio.gather(*pages)
    try:
        print(f"broken: status {await broken}")
    except OSError as error:
        print(f"broken failed: {error}")
# weft:end


class Client:
    """What a package such as httpx does, as far as it is needed here."""

    def __init__(self, port):
        self.port = port

    async def get(self, name, delay, status):
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET /{name}/{delay}/{status} HTTP/1.0\r\n\r\n".encode())
        head = await reader.readline()
        await reader.read()
        writer.close()
        return int(head.split()[1])


async def answer(reader, writer):
    """A server that takes its time, and answers with the status that the address asks for."""
    _, path, _ = (await reader.readline()).decode().split()
    _, _, delay, status = path.split("/")
    await asyncio.sleep(float(delay))
    writer.write(f"HTTP/1.0 {status} -\r\n\r\nhello\n".encode())
    await writer.drain()
    writer.close()


async def main(speed):
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    client = Client(server.sockets[0].getsockname()[1])
    async with server:
        await program(client, requests=3, delay=0.4 / speed)


if __name__ == "__main__":
    import sys

    asyncio.run(main(float(sys.argv[1] if sys.argv[1:] else 1)))
