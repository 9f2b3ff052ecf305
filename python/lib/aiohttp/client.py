"""Sessions, and the responses to their requests."""
import asyncio
import json as _json
from collections.abc import Coroutine
from http import HTTPStatus
from types import SimpleNamespace
from urllib.parse import urlencode, urljoin, urlsplit, urlunsplit

from requests.models import pairs
from requests.structures import CaseInsensitiveDict

from .client_exceptions import ClientConnectorError, ClientResponseError, ContentTypeError, InvalidURL
from .exchange import Exchange
from .streams import StreamReader


class ClientTimeout:
    """How long a request may take: all of it, the connection, one read."""

    def __init__(self, total=None, connect=None, sock_read=None, sock_connect=None, ceil_threshold=5):
        self.total, self.connect, self.sock_read, self.sock_connect = total, connect, sock_read, sock_connect

    def __repr__(self):
        return (
            f"ClientTimeout(total={self.total}, connect={self.connect}, sock_read={self.sock_read}, "
            f"sock_connect={self.sock_connect})"
        )


DEFAULT_TIMEOUT = ClientTimeout(total=300, sock_connect=30)


class TCPConnector:
    """How many connections there may be at a time: `limit` requests of a session are under way."""

    def __init__(self, *, limit=100, limit_per_host=0, **_):
        self.limit, self.limit_per_host = limit, limit_per_host


class BasicAuth:
    """A name and a password."""

    def __init__(self, login, password="", encoding="latin1"):
        self.login, self.password = login, password

    def encode(self):
        from base64 import b64encode

        return "Basic " + b64encode(f"{self.login}:{self.password}".encode()).decode()


def _whole(url, params):
    scheme, host, path, query, _ = urlsplit(str(url))
    if scheme not in ("http", "https") or not host:
        raise InvalidURL(url)
    more = params if isinstance(params, str) else urlencode(list(pairs(params or ())))
    query = "&".join(part for part in (query, more) if part)
    return urlunsplit((scheme, host, path or "/", query, ""))


def _phrase(status):
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


class ClientResponse:
    """What has come back."""

    def __init__(self, method, url, head, exchange, deadline):
        self.method, self.status, self.url = method, head.status, head.url
        self.real_url = self.url
        self.headers = CaseInsensitiveDict(head.headers)
        self.reason = _phrase(head.status)
        self.history, self.cookies = (), {}
        self.request_info = SimpleNamespace(url=url, real_url=url, method=method, headers={})
        self.content = StreamReader(exchange)
        self._exchange, self._deadline, self._body, self.closed = exchange, deadline, None, False

    @property
    def ok(self):
        return self.status < 400

    @property
    def content_type(self):
        return self.headers.get("content-type", "application/octet-stream").split(";")[0].strip()

    @property
    def charset(self):
        for part in self.headers.get("content-type", "").split(";")[1:]:
            name, _, value = part.strip().partition("=")
            if name.lower() == "charset":
                return value.strip("'\" ")
        return None

    @property
    def content_length(self):
        length = self.headers.get("content-length")
        return None if length is None else int(length)

    def get_encoding(self):
        return self.charset or "utf-8"

    async def read(self):
        if self._body is None:
            async with asyncio.timeout_at(self._deadline):
                self._body = await self.content.read()
        return self._body

    async def text(self, encoding=None, errors="strict"):
        return (await self.read()).decode(encoding or self.get_encoding(), errors)

    async def json(self, *, encoding=None, loads=_json.loads, content_type="application/json"):
        is_json = self.content_type == content_type or content_type == "application/json" and self.content_type.endswith("+json")
        if content_type and not is_json:
            message = f"Attempt to decode JSON with unexpected mimetype: {self.content_type}"
            raise ContentTypeError(self.request_info, status=self.status, message=message, headers=self.headers)
        text = (await self.text(encoding)).strip()
        return loads(text) if text else None

    def raise_for_status(self):
        if not self.ok:
            self.release()
            raise ClientResponseError(
                self.request_info, self.history, status=self.status, message=self.reason, headers=self.headers
            )

    def close(self):
        self.closed = True
        self._exchange.close()

    def release(self):
        self.close()

    async def wait_for_close(self):
        self.close()

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        self.close()

    def __repr__(self):
        return f"<ClientResponse({self.url}) [{self.status} {self.reason}]>"


class _Request(Coroutine):
    """What makes a request when it is awaited, or entered with `async with`."""

    def __init__(self, coroutine):
        self._coroutine, self._response = coroutine, None

    def send(self, value):
        return self._coroutine.send(value)

    def throw(self, *error):
        return self._coroutine.throw(*error)

    def close(self):
        return self._coroutine.close()

    def __await__(self):
        return self._coroutine.__await__()

    async def __aenter__(self):
        self._response = await self._coroutine
        return self._response

    async def __aexit__(self, *error):
        self._response.close()


class ClientSession:
    """What several requests have in common."""

    def __init__(
        self,
        base_url=None,
        *,
        connector=None,
        headers=None,
        auth=None,
        timeout=DEFAULT_TIMEOUT,
        raise_for_status=False,
        cookies=None,
        json_serialize=_json.dumps,
        **_,
    ):
        # There is no event loop outside a task.
        asyncio.get_running_loop()
        self._base_url, self.headers, self.auth = base_url, CaseInsensitiveDict(headers), auth
        self.timeout = _timeout(timeout)
        self.connector = connector or TCPConnector()
        self._places = asyncio.Semaphore(self.connector.limit) if self.connector.limit else None
        self._raise_for_status, self._json, self.closed = raise_for_status, json_serialize, False

    def request(self, method, url, **kwargs):
        return _Request(self._request(method.upper(), url, **kwargs))

    async def _request(
        self,
        method,
        url,
        *,
        params=None,
        data=None,
        json=None,
        headers=None,
        auth=None,
        timeout=None,
        allow_redirects=True,
        raise_for_status=None,
        **_,
    ):
        if self.closed:
            raise RuntimeError("Session is closed")
        if data is not None and json is not None:
            raise ValueError("data and json parameters can not be used at the same time")
        url = _whole(urljoin(str(self._base_url), str(url)) if self._base_url else url, params)
        sent = CaseInsensitiveDict({"Accept": "*/*", **self.headers, **(headers or {})})
        if json is not None:
            data = self._json(json).encode()
            sent.setdefault("Content-Type", "application/json")
        elif data is not None and not isinstance(data, (str, bytes, bytearray)):
            data = data.read() if hasattr(data, "read") else urlencode(list(pairs(data)))
            sent.setdefault("Content-Type", "application/x-www-form-urlencoded")
        if isinstance(data, str):
            data = data.encode()
        if auth := auth or self.auth:
            sent["Authorization"] = auth.encode()
        limit = self.timeout if timeout is None else _timeout(timeout)
        total = limit.total or None
        deadline = None if total is None else asyncio.get_running_loop().time() + total
        headers_sent = [str(part) for pair in sent.items() for part in pair]
        async with asyncio.timeout_at(deadline):
            if self._places is None:
                response = await self._answered(method, url, headers_sent, data, allow_redirects, deadline)
            else:
                async with self._places:
                    response = await self._answered(method, url, headers_sent, data, allow_redirects, deadline)
        if self._raise_for_status if raise_for_status is None else raise_for_status:
            response.raise_for_status()
        return response

    async def _answered(self, method, url, headers, data, redirects, deadline):
        exchange = Exchange(method, url, headers, None if data is None else bytes(data), redirects)
        try:
            head = await exchange.head()
        except ConnectionError as error:
            raise ClientConnectorError(f"Cannot connect to host {urlsplit(url).netloc}: {error}") from None
        except BaseException:
            exchange.close()
            raise
        return ClientResponse(method, url, head, exchange, deadline)

    def get(self, url, **kwargs):
        return self.request("GET", url, **kwargs)

    def options(self, url, **kwargs):
        return self.request("OPTIONS", url, **kwargs)

    def head(self, url, **kwargs):
        kwargs.setdefault("allow_redirects", False)
        return self.request("HEAD", url, **kwargs)

    def post(self, url, **kwargs):
        return self.request("POST", url, **kwargs)

    def put(self, url, **kwargs):
        return self.request("PUT", url, **kwargs)

    def patch(self, url, **kwargs):
        return self.request("PATCH", url, **kwargs)

    def delete(self, url, **kwargs):
        return self.request("DELETE", url, **kwargs)

    def ws_connect(self, *args, **kwargs):
        raise NotImplementedError("aiohttp has no web sockets here: make requests")

    async def close(self):
        self.closed = True

    async def __aenter__(self):
        return self

    async def __aexit__(self, *error):
        await self.close()

    def __enter__(self):
        raise TypeError("Use async with instead")

    def __exit__(self, *error):
        pass


def _timeout(timeout):
    """A time-out that is a number is that of all of a request."""
    return timeout if isinstance(timeout, ClientTimeout) else ClientTimeout(total=timeout)
