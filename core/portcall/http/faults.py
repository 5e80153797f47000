"""What a failed connection means: httpx's errors, translated in one place."""

from __future__ import annotations

import contextlib
import socket
import ssl
from typing import TYPE_CHECKING

from portcall.errors import BlockedError, UnreachableError
from portcall.http.origin import Origin
from portcall.http.retry import BrokenConnectionError
from portcall.reference.host import written_host

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx


@contextlib.contextmanager
def translated_faults(registry: str, origin: Origin) -> Iterator[None]:
    """Turn httpx's errors inside the block into :class:`UnreachableError`, saying what failed where.

    Raises:
        BrokenConnectionError: Another try may work.
        UnreachableError: It would not: no such name, TLS that cannot be trusted.
        BlockedError: The guard refused it, or it is not one that all would read alike.
    """
    import httpx  # late: whoever gets here has loaded it

    try:
        yield
    except httpx.TransportError as error:
        raise _explained(error, registry, origin) from error
    except BlockedError as error:
        error.registry, error.hint = registry, _what_allows(registry, origin)
        raise
    except httpx.InvalidURL as error:
        raise BlockedError(
            f"{registry} points at {_named(origin.netloc, registry)}, no proper spelling of a public address",
            hint="The registry is misconfigured, or up to no good.",
            registry=registry,
        ) from error


def _explained(error: httpx.TransportError, registry: str, origin: Origin) -> UnreachableError:
    import httpx

    causes = list(_chain(error))
    for cause in causes:
        # UnicodeError: a label that no DNS name can have.
        if isinstance(cause, socket.gaierror | UnicodeError):
            return _unresolved(cause, registry, origin)
    for cause in causes:
        # aiohttp's own are such errors, too, without the reason.
        if isinstance(cause, ssl.SSLError) and getattr(cause, "reason", None):
            return _distrusted(cause, registry, origin)
    if isinstance(error, httpx.ProxyError):
        message = f"the proxy makes no connection to {_named(origin.netloc, registry)}"
        return BrokenConnectionError(message, hint="Check network.proxy in the configuration.", registry=registry)
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
        what = "timed out" if isinstance(error, httpx.ConnectTimeout) else "was refused"
        message = f"the connection to {_named(origin.netloc, registry)} {what}"
    else:
        message = f"the connection to {_named(origin.netloc, registry)} broke"
    return BrokenConnectionError(
        message, hint="The registry may be down; try again later, or check its endpoint.", registry=registry
    )


def _what_allows(registry: str, origin: Origin) -> str:
    """Return the next step where the guard refused an address: an entry opens the registry's own, and no other."""
    if origin.host != (Origin.of(f"https://{registry}") or origin).host:
        return (
            "The registry points there, and is misconfigured or up to no good; if neither, "
            f'auth_hosts of [registries."{written_host(registry)}"] can name it.'
        )
    return f'If this registry is meant, the operator can list it: [registries."{written_host(registry)}"].'


def _unresolved(cause: BaseException, registry: str, origin: Origin) -> UnreachableError:
    if isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_AGAIN:
        return BrokenConnectionError(
            f"the host name {_named(origin.host, registry)} cannot be looked up now",
            hint="Check this machine's network and DNS; try again later.",
            registry=registry,
        )
    return UnreachableError(
        f"{registry} cannot be reached: the host name {_named(origin.host, registry)} does not resolve",
        hint="Check the name, and this machine's network and DNS; behind a proxy set network.proxy.",
        registry=registry,
    )


def _distrusted(cause: ssl.SSLError, registry: str, origin: Origin) -> UnreachableError:
    reason = getattr(cause, "verify_message", "") or cause.reason.replace("_", " ").lower()
    hint = f'Check its certificate and endpoint under [registries."{registry}"].'
    if isinstance(cause, ssl.SSLCertVerificationError):
        hint = f'For a private certificate authority set ca_file under [registries."{registry}"].'
    elif cause.reason in {"WRONG_VERSION_NUMBER", "RECORD_LAYER_FAILURE", "HTTP_REQUEST"}:
        hint = f'If it speaks plain http, say so: endpoint = "http://…" under [registries."{registry}"].'
    elif "CERTIFICATE" in cause.reason or "HANDSHAKE" in cause.reason:
        hint = f'If it wants a client certificate, set client_cert and client_key under [registries."{registry}"].'
    message = f"TLS with {_named(origin.netloc, registry)} failed: {reason}"
    return UnreachableError(message, hint=hint, registry=registry)


def _named(host: str, registry: str) -> str:
    """Return a host as a message names it: as code where it is not the registry's own, but one that it named."""
    return host if host in registry else f"`{host}`"


def _chain(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        for name in ("os_error", "certificate_error"):
            inner = getattr(error, name, None)
            if isinstance(inner, BaseException):
                yield inner
        error = error.__cause__ or error.__context__
