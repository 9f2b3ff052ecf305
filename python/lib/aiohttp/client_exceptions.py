"""What can go wrong with a request."""
import asyncio


class ClientError(Exception):
    """Something about a request went wrong."""


class ClientResponseError(ClientError):
    """A response is not as it should be."""

    def __init__(self, request_info, history=(), *, status=0, message="", headers=None):
        super().__init__(request_info, history)
        self.request_info, self.history = request_info, history
        self.status, self.message, self.headers = status, message, headers

    def __str__(self):
        return f"{self.status}, message={self.message!r}, url={str(self.request_info.real_url)!r}"


class ContentTypeError(ClientResponseError):
    """The response is not of the type that was asked for."""


class ClientPayloadError(ClientError):
    """The response breaks off."""


class ClientConnectionError(ClientError):
    """There is no connection."""


class ClientOSError(ClientConnectionError, OSError):
    """There is no connection."""


class ClientConnectorError(ClientOSError):
    """There is no response."""


class ServerTimeoutError(ClientConnectionError, asyncio.TimeoutError):
    """The server did not answer in time."""


class ConnectionTimeoutError(ServerTimeoutError):
    """There was no connection in time."""


class SocketTimeoutError(ServerTimeoutError):
    """The server did not send in time."""


class InvalidURL(ClientError, ValueError):
    """That is no address."""

    @property
    def url(self):
        return self.args[0]
