"""What several requests have in common."""
import time
from datetime import timedelta
from urllib.parse import urlsplit

import _http

from . import exceptions
from .models import PreparedRequest, Response
from .structures import CaseInsensitiveDict


class Session:
    """What several requests have in common."""

    def __init__(self):
        self.headers = CaseInsensitiveDict({"Accept": "*/*"})
        self.params = {}
        self.auth = None
        self.verify = True
        self.cookies = {}
        self.max_redirects = 20

    def request(
        self,
        method,
        url,
        params=None,
        data=None,
        headers=None,
        cookies=None,
        files=None,
        auth=None,
        timeout=None,
        allow_redirects=True,
        proxies=None,
        hooks=None,
        stream=None,
        verify=None,
        cert=None,
        json=None,
    ):
        all_headers = {**self.headers, **(headers or {})}
        all_headers = {name: value for name, value in all_headers.items() if value is not None}
        if self.params and not isinstance(params, (str, bytes)):
            params = {**self.params, **dict(params or {})}
        request = PreparedRequest(method, url, all_headers, params, data, json, files, auth or self.auth)
        return self.send(request, timeout=timeout, allow_redirects=allow_redirects, stream=stream)

    def send(self, request, *, timeout=None, allow_redirects=True, stream=False, **_):
        connect, read = timeout if isinstance(timeout, tuple) else (timeout, timeout)
        for limit in (connect, read):
            if limit is not None and (isinstance(limit, str) or limit <= 0):
                raise ValueError(f"Attempted to set connect timeout to {limit}, but the timeout must be a number above 0.")
        body = request.body.encode() if isinstance(request.body, str) else request.body
        headers = [str(part) for pair in request.headers.items() for part in pair]
        began = time.perf_counter()
        url = urlsplit(request.url)
        try:
            raw = _http.send(
                request.method, request.url, headers, None if body is None else bytes(body), read, allow_redirects
            )
        except TimeoutError:
            sentence = f"{url.netloc}: Read timed out. (read timeout={read})"
            raise exceptions.ReadTimeout(sentence, request=request) from None
        except ConnectionError as error:
            raise exceptions.ConnectionError(f"{request.url}: {error}", request=request) from None
        elapsed = timedelta(seconds=time.perf_counter() - began)
        response = Response(request, raw, elapsed, read)
        if not stream:
            response.content
        return response

    def get(self, url, **kwargs):
        return self.request("GET", url, **kwargs)

    def options(self, url, **kwargs):
        return self.request("OPTIONS", url, **kwargs)

    def head(self, url, **kwargs):
        kwargs.setdefault("allow_redirects", False)
        return self.request("HEAD", url, **kwargs)

    def post(self, url, data=None, json=None, **kwargs):
        return self.request("POST", url, data=data, json=json, **kwargs)

    def put(self, url, data=None, **kwargs):
        return self.request("PUT", url, data=data, **kwargs)

    def patch(self, url, data=None, **kwargs):
        return self.request("PATCH", url, data=data, **kwargs)

    def delete(self, url, **kwargs):
        return self.request("DELETE", url, **kwargs)

    def mount(self, prefix, adapter):
        raise NotImplementedError("a session has no adapters here; the browser makes the connections")

    def close(self):
        pass

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.close()


def session():
    """A session."""
    return Session()
