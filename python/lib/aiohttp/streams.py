"""The body of a response, as it comes."""
from .client_exceptions import ClientPayloadError


class StreamReader:
    """The body of a response, as it comes."""

    def __init__(self, exchange):
        self._exchange, self._rest, self._over = exchange, bytearray(), False

    async def _more(self):
        """Waits for another part; false at the end."""
        if self._over:
            return False
        try:
            part = await self._exchange.part()
        except ConnectionError as error:
            raise ClientPayloadError(f"Response payload is not completed: {error}") from None
        if part is None:
            self._over = True
            return False
        self._rest += part
        return True

    def _take(self, size):
        taken = bytes(self._rest[:size])
        del self._rest[:size]
        return taken

    def at_eof(self):
        return self._over and not self._rest

    async def read(self, n=-1):
        if n == 0:
            return b""
        if n < 0:
            while await self._more():
                pass
            return self._take(len(self._rest))
        while not self._rest and await self._more():
            pass
        return self._take(n)

    async def readany(self):
        while not self._rest and await self._more():
            pass
        return self._take(len(self._rest))

    async def readchunk(self):
        return await self.readany(), True

    async def readexactly(self, n):
        from asyncio import IncompleteReadError

        while len(self._rest) < n and await self._more():
            pass
        if len(self._rest) < n:
            raise IncompleteReadError(self._take(n), n)
        return self._take(n)

    async def readline(self):
        return await self.readuntil()

    async def readuntil(self, separator=b"\n"):
        begun = 0
        while (at := self._rest.find(separator, begun)) < 0:
            begun = max(0, len(self._rest) - len(separator) + 1)
            if not await self._more():
                return self._take(len(self._rest))
        return self._take(at + len(separator))

    async def iter_chunked(self, n):
        """Parts of `n` bytes, fewer where no more have come."""
        while chunk := await self.read(n):
            yield chunk

    async def iter_any(self):
        """Parts, as they come."""
        while chunk := await self.readany():
            yield chunk

    async def iter_chunks(self):
        """Parts, as they come, each with whether it is whole."""
        while chunk := await self.readany():
            yield chunk, True

    async def __aiter__(self):
        while line := await self.readline():
            yield line
