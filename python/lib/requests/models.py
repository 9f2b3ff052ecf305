"""Requests and their responses."""
import json as _json
from urllib.parse import urlencode, urlsplit, urlunsplit

from . import exceptions
from .structures import CaseInsensitiveDict, reason


def pairs(values):
    """Names and values of a dict or of pairs; a list of values is several of that name."""
    for name, value in values.items() if hasattr(values, "items") else values:
        for one in value if isinstance(value, (list, tuple)) else (value,):
            if one is not None:
                yield name, one


def whole_url(url, params):
    """The address with these parameters."""
    url = str(url).strip()
    scheme, host, path, query, fragment = urlsplit(url)
    if not scheme:
        raise exceptions.MissingSchema(
            f"Invalid URL {url!r}: No scheme supplied. Perhaps you meant https://{url}?"
        )
    if scheme not in ("http", "https"):
        raise exceptions.InvalidSchema(f"No connection adapters were found for {url!r}")
    if not host:
        raise exceptions.InvalidURL(f"Invalid URL {url!r}: No host supplied")
    if isinstance(params, (str, bytes)):
        more = params.decode() if isinstance(params, bytes) else params
    else:
        more = urlencode(list(pairs(params or ())))
    query = "&".join(part for part in (query, more) if part)
    return urlunsplit((scheme, host, path or "/", query, fragment))


class PreparedRequest:
    """A request as it is sent."""

    def __init__(self, method, url, headers, params=None, data=None, json=None, files=None, auth=None):
        if files:
            raise NotImplementedError("requests cannot send files here; send their bytes as data")
        self.method = method.upper()
        self.url = whole_url(url, params)
        self.headers = CaseInsensitiveDict(headers)
        self.body = None
        if data:
            if isinstance(data, (str, bytes, bytearray)):
                self.body = data
            elif hasattr(data, "read"):
                self.body = data.read()
            else:
                self.body = urlencode(list(pairs(data)))
                self.headers.setdefault("Content-Type", "application/x-www-form-urlencoded")
        elif json is not None:
            try:
                self.body = _json.dumps(json, allow_nan=False).encode()
            except ValueError as error:
                raise exceptions.InvalidJSONError(error, request=self) from None
            self.headers.setdefault("Content-Type", "application/json")
        if auth is not None:
            from base64 import b64encode

            word = b64encode(":".join(auth).encode()).decode()
            self.headers["Authorization"] = f"Basic {word}"

    @property
    def path_url(self):
        _, _, path, query, _ = urlsplit(self.url)
        return f"{path}?{query}" if query else path

    def __repr__(self):
        return f"<PreparedRequest [{self.method}]>"


class Response:
    """What has come back."""

    def __init__(self, request, raw, elapsed, timeout):
        self.request = request
        self.raw = raw
        self.status_code = raw.status
        self.url = raw.url
        self.headers = CaseInsensitiveDict(raw.headers)
        self.reason = reason(raw.status)
        self.elapsed = elapsed
        self.history = []
        self.encoding = self._charset()
        self._timeout = timeout
        self._content = None
        self._consumed = False

    def _charset(self):
        kind = self.headers.get("Content-Type", "")
        for part in kind.split(";")[1:]:
            name, _, value = part.strip().partition("=")
            if name.lower() == "charset":
                return value.strip("'\" ")
        if kind.startswith("text/"):
            return "ISO-8859-1"
        return "utf-8" if "json" in kind else None

    @property
    def ok(self):
        return self.status_code < 400

    def __bool__(self):
        return self.ok

    @property
    def is_redirect(self):
        return "location" in self.headers and self.status_code in (301, 302, 303, 307, 308)

    def _parts(self):
        if self._consumed:
            raise exceptions.StreamConsumedError("The content for this response was already consumed")
        self._consumed = True
        while True:
            try:
                part = self.raw.part(self._timeout)
            except TimeoutError:
                host = urlsplit(self.request.url).netloc
                sentence = f"{host}: Read timed out. (read timeout={self._timeout})"
                raise exceptions.ConnectionError(sentence, request=self.request) from None
            except OSError as error:
                raise exceptions.ChunkedEncodingError(str(error), request=self.request) from None
            if part is None:
                return
            yield part

    @property
    def content(self):
        if self._content is None:
            self._content = b"".join(self._parts())
        return self._content

    @property
    def apparent_encoding(self):
        try:
            self.content.decode("utf-8")
        except UnicodeDecodeError:
            return "ISO-8859-1"
        return "utf-8"

    @property
    def text(self):
        encoding = self.encoding or self.apparent_encoding
        try:
            return self.content.decode(encoding, errors="replace")
        except LookupError:
            return self.content.decode("utf-8", errors="replace")

    def json(self, **kwargs):
        try:
            return _json.loads(self.content, **kwargs)
        except ValueError as error:
            raise exceptions.JSONDecodeError(str(error), request=self.request, response=self) from None

    def iter_content(self, chunk_size=1, decode_unicode=False):
        if chunk_size is not None and not isinstance(chunk_size, int):
            raise TypeError(f"chunk_size must be an int, it is instead a {type(chunk_size)}.")
        chunks = self._chunks(chunk_size)
        if not decode_unicode or self.encoding is None:
            return chunks
        from codecs import getincrementaldecoder

        return self._decoded(chunks, getincrementaldecoder(self.encoding)(errors="replace"))

    def _chunks(self, size):
        parts = iter((self._content,)) if self._content is not None else self._parts()
        if size is None:
            yield from parts
            return
        rest = b""
        for part in parts:
            rest += part
            whole = len(rest) - len(rest) % size
            for at in range(0, whole, size):
                yield rest[at : at + size]
            rest = rest[whole:]
        if rest:
            yield rest

    @staticmethod
    def _decoded(chunks, decoder):
        for chunk in chunks:
            if text := decoder.decode(chunk):
                yield text
        if text := decoder.decode(b"", final=True):
            yield text

    def __iter__(self):
        return self.iter_content(128)

    def iter_lines(self, chunk_size=512, decode_unicode=False, delimiter=None):
        rest = None
        for chunk in self.iter_content(None, decode_unicode):
            if rest is not None:
                chunk = rest + chunk
            lines = chunk.split(delimiter) if delimiter else chunk.splitlines()
            is_cut = lines and lines[-1] and chunk and lines[-1][-1] == chunk[-1]
            rest = lines.pop() if is_cut else None
            yield from lines
        if rest is not None:
            yield rest

    def raise_for_status(self):
        whose = "Client" if self.status_code < 500 else "Server"
        if self.status_code >= 400:
            sentence = f"{self.status_code} {whose} Error: {self.reason} for url: {self.url}"
            raise exceptions.HTTPError(sentence, response=self)

    @property
    def cookies(self):
        return {}

    def close(self):
        self._consumed = True
        self.raw = None

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()

    def __repr__(self):
        return f"<Response [{self.status_code}]>"
