"""Servers that are not registries: one that writes down what reaches it, and one that keeps blobs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote

from portcall.testing.answers import blob_reply
from portcall.testing.asgi import deliver, live, read_request
from portcall.testing.auth import OpenAccess
from portcall.testing.quirk import ArmedQuirk, Context, Quirk
from portcall.testing.server import Serving
from portcall.testing.store import HasStore, Store
from portcall.testing.wire import RecordedRequest, Reply

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from portcall.testing.asgi import Receive, Scope, Send
    from portcall.testing.wire import Request

#: The query of a signed address; what takes it apart and writes it anew (``%2F`` → ``/``) breaks it.
SIGNATURE = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=key%2F20240501%2Fs3&X-Amz-Signature=a%2Bb%2Fc%3D"


class RecordingServer(Serving):
    """Answers everything alike, and records every request: the place where nothing secret may arrive.

    ::

        attacker = RecordingServer(401, headers={"WWW-Authenticate": 'Bearer realm="http://evil.test/token"'})
        with attacker.serve() as address:
            ...
        assert attacker.secrets() == []

    Args:
        status: What it answers with.
        headers: Further headers.
        body: The body.
        content_type: Of the body.
        quirks: :class:`quirks.Answer` for single paths, :class:`quirks.Stall` and the like.

    Attributes:
        requests: Every request, in order.
    """

    def __init__(
        self,
        status: int = 200,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"{}",
        content_type: str = "application/json",
        quirks: tuple[Quirk, ...] = (),
    ) -> None:
        super().__init__()
        self.requests: list[RecordedRequest] = []
        self.reply = Reply(status=status, headers={"Content-Type": content_type, **(headers or {})}, body=body)
        self._quirks = [ArmedQuirk(quirk) for quirk in quirks]
        self._store = Store()

    def secrets(self) -> list[str]:
        """Return all credentials that arrived: Authorization, cookies, and passwords in bodies and addresses."""
        return [secret for request in list(self.requests) for secret in _secrets(request)]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Speak ASGI."""
        if scope["type"] == "lifespan":
            await live(receive, send)
            return
        request = await read_request(scope, receive)
        reply = self.answer(request)
        self.requests.append(RecordedRequest.of(request, reply.status))
        await deliver(reply, request, scope, receive, send)

    def answer(self, request: Request) -> Reply:
        """Return the answer to a request."""
        reply = self._good_answer(request)
        for armed in self._quirks:
            reply = armed.spoil(request, reply, Context(self._store, 0, OpenAccess()))
        return reply

    def _good_answer(self, request: Request) -> Reply:
        return self.reply


class BlobStore(RecordingServer):
    """Blobs at signed addresses, on an origin of their own, as S3 keeps them for a registry.

    ::

        registry, blobs = FakeRegistry(), BlobStore(registry)
        with registry.serve(), blobs.serve() as elsewhere:
            registry.add(quirks.BlobRedirect(elsewhere.url))

    Like S3, it answers 400 to a request that carries an Authorization header, and 403 to one whose
    signature was not passed on to the letter.

    Args:
        registry: The registry (or its store) whose blobs it has.
        quirks: ``quirks.Answer(403, times=1)`` for an address whose time is over, :class:`quirks.CutBody` and the
            like.
    """

    def __init__(self, registry: Store | HasStore, *, quirks: tuple[Quirk, ...] = ()) -> None:
        super().__init__(quirks=quirks)
        self._store = registry if isinstance(registry, Store) else registry.store

    def _good_answer(self, request: Request) -> Reply:
        """Return a blob, or a refusal in S3's form."""
        if request.headers.get("authorization"):
            return _s3_error(400, "InvalidArgument", "Only one auth mechanism allowed")
        if request.query != SIGNATURE:
            return _s3_error(403, "SignatureDoesNotMatch", "The signature does not match")
        content = self._store.blob(unquote(request.path).removeprefix("/blobs/"))
        if content is None:
            return _s3_error(404, "NoSuchKey", "The specified key does not exist")
        return blob_reply(request, content, {})


def _secrets(request: RecordedRequest) -> Iterator[str]:
    for name in ("authorization", "cookie", "proxy-authorization"):
        if name in request.headers:
            yield f"{name}: {request.headers[name]}"
    text = f"{request.query}&{request.body.decode('latin-1')}"
    for part in text.split("&"):
        if part.partition("=")[0] in {"password", "refresh_token", "access_token", "token", "client_secret"}:
            yield part


def _s3_error(status: int, code: str, message: str) -> Reply:
    body = f"<?xml version='1.0'?><Error><Code>{code}</Code><Message>{message}</Message></Error>"
    return Reply(status=status, headers={"Content-Type": "application/xml"}, body=body.encode())
