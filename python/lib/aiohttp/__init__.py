"""Requests as with the package of that name: its client, whose requests the browser carries out."""
from .client import BasicAuth, ClientResponse, ClientSession, ClientTimeout, TCPConnector, _Request
from .client_exceptions import (
    ClientConnectionError,
    ClientConnectorError,
    ClientError,
    ClientOSError,
    ClientPayloadError,
    ClientResponseError,
    ConnectionTimeoutError,
    ContentTypeError,
    InvalidURL,
    ServerTimeoutError,
    SocketTimeoutError,
)
from .streams import StreamReader


def request(method, url, **kwargs):
    """One request, in a session of its own."""

    async def made():
        return await ClientSession().request(method, url, **kwargs)

    return _Request(made())


def __getattr__(name):
    if name in ("web", "WSMsgType"):
        raise AttributeError(f"aiohttp has no {name} here: nobody could reach a server, and there are no web sockets")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
