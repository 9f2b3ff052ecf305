"""What can go wrong with a request."""


class RequestException(IOError):
    """Something about a request went wrong."""

    def __init__(self, *args, request=None, response=None):
        super().__init__(*args)
        self.response = response
        self.request = request if request is not None else getattr(response, "request", None)


class HTTPError(RequestException):
    """A response has an error status."""


class ConnectionError(RequestException):
    """There is no response."""


class Timeout(RequestException):
    """It did not come in time."""


class ConnectTimeout(ConnectionError, Timeout):
    """The server did not answer in time."""


class ReadTimeout(Timeout):
    """The server did not send in time."""


class TooManyRedirects(RequestException):
    """One address leads to another, and so on."""


class InvalidURL(RequestException, ValueError):
    """That is no address."""


class MissingSchema(InvalidURL):
    """The address does not begin with http:// or https://."""


class InvalidSchema(InvalidURL):
    """The address begins with something else than http:// or https://."""


class InvalidHeader(RequestException, ValueError):
    """A header cannot be sent."""


class ChunkedEncodingError(RequestException):
    """The response breaks off."""


class ContentDecodingError(RequestException):
    """The response cannot be unpacked."""


class StreamConsumedError(RequestException, TypeError):
    """The body was read already."""


class InvalidJSONError(RequestException):
    """Something is no JSON."""


class JSONDecodeError(InvalidJSONError, ValueError):
    """The body is no JSON."""
