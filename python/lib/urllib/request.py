"""`urllib.request` over what the browser fetches while the thread waits: `urlopen`, `Request` and `urlretrieve`."""
import io
import os
from http import HTTPStatus
from urllib.error import ContentTooShortError, HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit, urlunsplit

import _http

__all__ = ["Request", "urlopen", "urlretrieve", "urlcleanup", "quote", "unquote", "pathname2url", "url2pathname"]

pathname2url, url2pathname = quote, unquote


class Headers:
    """The headers of a response; upper and lower case are the same."""

    def __init__(self, pairs):
        self._pairs = list(pairs)

    def get_all(self, name, failobj=None):
        values = [value for other, value in self._pairs if other.lower() == name.lower()]
        return values or failobj

    def get(self, name, failobj=None):
        values = self.get_all(name)
        return values[0] if values else failobj

    def __getitem__(self, name):
        return self.get(name)

    def __contains__(self, name):
        return self.get_all(name) is not None

    def __iter__(self):
        return iter(self.keys())

    def __len__(self):
        return len(self._pairs)

    def keys(self):
        return [name for name, _ in self._pairs]

    def values(self):
        return [value for _, value in self._pairs]

    def items(self):
        return list(self._pairs)

    def get_content_type(self):
        return self.get("content-type", "text/plain").split(";")[0].strip().lower()

    def get_content_charset(self, failobj=None):
        for part in self.get("content-type", "").split(";")[1:]:
            name, _, value = part.strip().partition("=")
            if name.lower() == "charset":
                return value.strip("'\" ").lower()
        return failobj

    def __str__(self):
        return "".join(f"{name}: {value}\n" for name, value in self._pairs) + "\n"


class _Body(io.RawIOBase):
    """The body of a response, as it comes."""

    def __init__(self, raw, timeout):
        self._raw, self._timeout, self._rest = raw, timeout, b""

    def readable(self):
        return True

    def readinto(self, buffer):
        if not self._rest:
            try:
                self._rest = self._raw.part(self._timeout) or b""
            except TimeoutError:
                raise TimeoutError("The read operation timed out") from None
        size = min(len(buffer), len(self._rest))
        buffer[:size], self._rest = self._rest[:size], self._rest[size:]
        return size


class HTTPResponse(io.BufferedIOBase):
    """What `urlopen` gives."""

    version = 11

    def __init__(self, raw, timeout):
        self._reader = io.BufferedReader(_Body(raw, timeout))
        self.status = self.code = raw.status
        self.url = raw.url
        self.headers = self.msg = Headers(raw.headers)
        self.reason = _phrase(raw.status)

    def readable(self):
        return True

    def read(self, amt=-1):
        return self._reader.read(amt)

    def read1(self, n=-1):
        return self._reader.read1(n)

    def readinto(self, buffer):
        return self._reader.readinto(buffer)

    def peek(self, n=-1):
        return self._reader.peek(n)

    def readline(self, limit=-1):
        return self._reader.readline(limit)

    def getcode(self):
        return self.status

    def geturl(self):
        return self.url

    def info(self):
        return self.headers

    def getheader(self, name, default=None):
        return ", ".join(self.headers.get_all(name, ())) or default

    def getheaders(self):
        return self.headers.items()


def _phrase(status):
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


class Request:
    """What is asked for."""

    def __init__(self, url, data=None, headers={}, origin_req_host=None, unverifiable=False, method=None):
        self.full_url = url
        self.headers = {}
        self.unredirected_hdrs = {}
        self.data = data
        self.origin_req_host = origin_req_host or self.host
        self.unverifiable = unverifiable
        for name, value in headers.items():
            self.add_header(name, value)
        if method:
            self.method = method

    @property
    def full_url(self):
        return f"{self._full_url}#{self.fragment}" if self.fragment else self._full_url

    @full_url.setter
    def full_url(self, url):
        parts = urlsplit(url.strip())
        if not parts.scheme:
            raise ValueError(f"unknown url type: {url!r}")
        self._full_url, self.fragment = urlunsplit(parts._replace(fragment="")), parts.fragment
        self.type, self.host = parts.scheme, parts.netloc
        self.selector = urlunsplit(("", "", parts.path or "/", parts.query, ""))

    def get_method(self):
        return getattr(self, "method", "GET" if self.data is None else "POST")

    def get_full_url(self):
        return self.full_url

    def add_header(self, key, val):
        self.headers[key.capitalize()] = val

    def add_unredirected_header(self, key, val):
        self.unredirected_hdrs[key.capitalize()] = val

    def has_header(self, name):
        return name in self.headers or name in self.unredirected_hdrs

    def get_header(self, name, default=None):
        return self.headers.get(name, self.unredirected_hdrs.get(name, default))

    def remove_header(self, name):
        self.headers.pop(name, None)
        self.unredirected_hdrs.pop(name, None)

    def header_items(self):
        return list({**self.unredirected_hdrs, **self.headers}.items())


def _bytes(data):
    if isinstance(data, str):
        kind = "POST data should be bytes, an iterable of bytes, or a file object. It cannot be of type str."
        raise TypeError(kind)
    if hasattr(data, "read"):
        data = data.read()
    return bytes(data) if isinstance(data, (bytes, bytearray, memoryview)) else b"".join(data)


def urlopen(url, data=None, timeout=None, *, context=None):
    """Asks for an address; gives the response when its head has come."""
    request = url if isinstance(url, Request) else Request(url)
    if data is not None:
        request.data = data
    if request.type not in ("http", "https"):
        raise URLError(f"unknown url type: {request.type}")
    if not request.host:
        raise URLError("no host given")
    body = None if request.data is None else _bytes(request.data)
    headers = {name: str(value) for name, value in request.header_items()}
    if body is not None:
        headers.setdefault("Content-type", "application/x-www-form-urlencoded")
    try:
        raw = _http.send(request.get_method(), request._full_url, [part for pair in headers.items() for part in pair], body, timeout, True)
    except TimeoutError:
        raise TimeoutError("The read operation timed out") from None
    except ConnectionError as error:
        raise URLError(error) from None
    response = HTTPResponse(raw, timeout)
    if response.status >= 400:
        raise HTTPError(request.full_url, response.status, response.reason, response.headers, response)
    return response


def urlretrieve(url, filename=None, reporthook=None, data=None):
    """Keeps what is at an address in a file."""
    with urlopen(url, data) as response:
        if filename is None:
            import tempfile

            number, filename = tempfile.mkstemp()
            os.close(number)
        size, block, read = int(response.headers.get("content-length", -1)), 8192, 0
        with open(filename, "wb") as file:
            if reporthook:
                reporthook(0, block, size)
            count = 0
            while part := response.read(block):
                read += len(part)
                file.write(part)
                count += 1
                if reporthook:
                    reporthook(count, block, size)
    if 0 <= read < size:
        sentence = f"retrieval incomplete: got only {read} out of {size} bytes"
        raise ContentTooShortError(sentence, (filename, response.headers))
    return filename, response.headers


def urlcleanup():
    """Does nothing: `urlretrieve` leaves its files to who has called it."""


def __getattr__(name):
    if name in ("build_opener", "install_opener", "OpenerDirector", "ProxyHandler", "HTTPHandler", "HTTPSHandler"):
        raise AttributeError(f"urllib.request has no {name} here: the browser makes the connections; use urlopen")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
