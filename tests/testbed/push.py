"""A small push client for the three ways in: none, Basic, bearer tokens."""

from __future__ import annotations

import hashlib
import json
import re
import ssl
from typing import TYPE_CHECKING, Any, Self

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable, Generator

    from tests.testbed.registry import RealRegistry

    #: The fixture ``push``: makes a client for a registry.
    Push = Callable[[RealRegistry], "PushClient"]

_REPOSITORY = re.compile(r"/v2/(.+)/(?:blobs|manifests|tags|referrers)/")
_PARAMETER = re.compile(r'(\w+)="([^"]*)"')


def digest_of(data: bytes, algorithm: str = "sha256") -> str:
    return f"{algorithm}:{hashlib.new(algorithm, data).hexdigest()}"


class PushClient:
    """Pushes to one registry; safe to share between threads.

    Raises:
        PushRefusedError: from ``blob`` and ``manifest``, with the registry's reply as ``response``.
    """

    def __init__(self, registry: RealRegistry) -> None:
        self.registry = registry
        verify = ssl.create_default_context(cafile=registry.ca_file) if registry.ca_file else True
        self._http = httpx.Client(
            base_url=registry.url, verify=verify, auth=_auth(registry), timeout=30, trust_env=False
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exc: object) -> None:
        self._http.close()

    def request(self, method: str, url: str, **arguments: Any) -> httpx.Response:
        """Send any request, with the registry's credentials; ``url`` is a path or absolute."""
        return self._http.request(method, url, **arguments)

    def blob(self, repository: str, data: bytes, algorithm: str = "sha256") -> str:
        """Upload a blob and return its digest."""
        digest = digest_of(data, algorithm)
        started = _accepted(self.request("POST", f"/v2/{repository}/blobs/uploads/"), 202)
        location = started.url.join(started.headers["Location"]).copy_merge_params({"digest": digest})
        headers = {"Content-Type": "application/octet-stream"}
        _accepted(self.request("PUT", str(location), content=data, headers=headers), 201)
        return digest

    def manifest(
        self,
        repository: str,
        reference: str | None,
        document: bytes | dict[str, Any],
        media_type: str | None = None,
    ) -> str:
        """Upload a manifest or index and return its digest; without ``reference`` it gets no tag."""
        _accepted(self.put_manifest(repository, reference, document, media_type), 201)
        return digest_of(encode(document))

    def put_manifest(
        self,
        repository: str,
        reference: str | None,
        document: bytes | dict[str, Any],
        media_type: str | None = None,
    ) -> httpx.Response:
        """Upload a manifest and return whatever the registry says of it."""
        if media_type is None:
            if isinstance(document, bytes):
                raise TypeError("bytes need a media_type: what to send as their Content-Type is not known")
            media_type = document["mediaType"]
        body = encode(document)
        url = f"/v2/{repository}/manifests/{reference or digest_of(body)}"
        return self.request("PUT", url, content=body, headers={"Content-Type": media_type})


class PushRefusedError(Exception):
    """A registry did not take what was pushed; its reply is ``response``."""

    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        request = response.request
        super().__init__(f"{request.method} {request.url}: {response.status_code} {response.text[:500]}")


def encode(document: bytes | dict[str, Any]) -> bytes:
    """Return the bytes of a manifest: those given, or compact JSON."""
    return document if isinstance(document, bytes) else json.dumps(document, separators=(",", ":")).encode()


def _accepted(response: httpx.Response, status: int) -> httpx.Response:
    if response.status_code != status:
        raise PushRefusedError(response)
    return response


def _auth(registry: RealRegistry) -> httpx.Auth | None:
    if registry.token_netloc is not None:
        return _BearerAuth(registry)
    if registry.username is not None:
        return httpx.BasicAuth(registry.username, registry.password or "")
    return None


class _BearerAuth(httpx.Auth):
    """Gets one token per repository, when first challenged, for everything that can be done there."""

    requires_response_body = True

    def __init__(self, registry: RealRegistry) -> None:
        self._registry = registry
        self._tokens: dict[str, str] = {}

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        found = _REPOSITORY.match(request.url.path)
        scope = f"repository:{found[1]}:pull,push,delete" if found else "registry:catalog:*"
        if token := self._tokens.get(scope):
            request.headers["Authorization"] = f"Bearer {token}"
        response = yield request
        if response.status_code == 401:
            reply = yield self._token_request(response.headers["WWW-Authenticate"], scope)
            self._tokens[scope] = _accepted(reply, 200).json()["token"]
            request.headers["Authorization"] = f"Bearer {self._tokens[scope]}"
            yield request

    def _token_request(self, challenge: str, scope: str) -> httpx.Request:
        said = dict(_PARAMETER.findall(challenge))
        request = httpx.Request("GET", said["realm"], params={"service": said["service"], "scope": scope})
        if self._registry.username is not None:
            credentials = httpx.BasicAuth(self._registry.username, self._registry.password or "")
            request = next(credentials.auth_flow(request))
        return request
