"""An issuer's documents: fetched within bounds, and where its keys are, by its own metadata."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from portcall.errors import BlockedError, ConfigurationError, UnavailableError, UpstreamError
from portcall.http.origin import Origin
from portcall.http.reply import Lifetime, ResourceRequest
from portcall.http.upstream import Upstream
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from portcall.http.client import HttpClient
    from portcall.http.reply import Reply

#: Largest document: those of the large issuers have 1 to 30 KiB.
MAX_DOCUMENT_BYTES = 256 * 1024
_MAX_AGE = re.compile(r"(?:^|[\s,])max-age\s*=\s*\"?([0-9]{1,9})", re.IGNORECASE)
_LATER = "The issuer may be down; try again later, or check auth.issuer and auth.jwks_url."


@dataclass(frozen=True, slots=True)
class IssuerDocument:
    """A JSON object that an issuer has published.

    Args:
        content: What it says.
        max_age: Seconds for which the issuer says that it is good, if it says so.
    """

    content: Mapping[str, Any]
    max_age: float | None


class IssuerSite:
    """Where an issuer publishes its documents.

    Args:
        http: Fetches them.
        issuer: As tokens name it.
        jwks_url: Where its keys are; empty where its metadata has to tell.

    Raises:
        ConfigurationError: One of the two is no address.
    """

    def __init__(self, http: HttpClient, issuer: str, jwks_url: str = "") -> None:
        self._http = http
        self._issuer = issuer
        self._jwks_url = jwks_url
        self._named = _origin("auth.jwks_url", jwks_url) if jwks_url else _origin("auth.issuer", issuer, "?#")

    async def keys(self) -> IssuerDocument:
        """Return the issuer's key set.

        Raises:
            PortcallError: It cannot be had.
        """
        url = self._jwks_url or await self._discovered()
        document = await self._document(url)
        if document is None:
            raise UpstreamError(f"{_host(url)} has no key set where it should be", hint=_LATER)
        return document

    @property
    def is_plain(self) -> bool:
        """Whether whoever is on the way there could change what it says."""
        return self._named.scheme != "https"

    async def _discovered(self) -> str:
        """Return where the issuer says that its keys are: by OpenID Connect's metadata, or else OAuth's.

        Source: OpenID Connect Discovery 1.0, section 4; RFC 8414, section 3.
        """
        for url in metadata_urls(self._issuer):
            metadata = await self._document(url)
            if metadata is not None:
                return self._checked(metadata.content)
        raise UpstreamError(
            f"{_host(self._issuer)} publishes no metadata that tells where its keys are", hint=_LATER
        )

    def _checked(self, metadata: Mapping[str, Any]) -> str:
        issuer, url = metadata.get("issuer"), metadata.get("jwks_uri")
        if issuer != self._issuer:
            # To the letter: some issuers end in a slash, and so do their tokens.
            other = plain_line(issuer, 200) if isinstance(issuer, str) else "nothing"
            raise UpstreamError(
                f"the metadata of the issuer {self._issuer} names another: {other}",
                hint="Set auth.issuer to what the issuer calls itself.",
            )
        origin = Origin.of(url) if isinstance(url, str) else None
        if not isinstance(url, str) or origin is None or (origin.scheme != "https" and origin != self._named):
            raise UpstreamError(f"the metadata of the issuer {self._issuer} has no jwks_uri by https", hint=_LATER)
        return url

    async def _document(self, url: str) -> IssuerDocument | None:
        """Return the document at ``url``; ``None`` where the issuer says that there is none."""
        origin = _origin("jwks_uri", url)
        # What the operator named may be in his own network; what the issuer's metadata names beside it may not.
        upstream = Upstream(
            origin.netloc, str(origin), listed=True, exempt=frozenset({origin} if origin == self._named else ())
        )
        request = ResourceRequest(
            upstream,
            url,
            accept="application/jwk-set+json, application/json",
            max_bytes=MAX_DOCUMENT_BYTES,
            lifetime=Lifetime.NONE,
            plain=True,
        )
        return read_document(await self._http.fetch(request), origin)


def metadata_urls(issuer: str) -> tuple[str, str]:
    """Return where an issuer's metadata may be: OpenID Connect appends to its path, RFC 8414 inserts before it."""
    base = issuer.rstrip("/")
    path = urlsplit(base).path
    return (
        f"{base}/.well-known/openid-configuration",
        f"{base.removesuffix(path) if path else base}/.well-known/oauth-authorization-server{path}",
    )


def read_document(reply: Reply, origin: Origin) -> IssuerDocument | None:
    """Return the document that ``origin`` answered with; ``None`` for "there is none".

    Raises:
        BlockedError: Somebody else answered.
        UpstreamError: It is no JSON object, or a refusal.
    """
    if Origin.of(reply.url) != origin:
        raise BlockedError(f"{origin.netloc} leads elsewhere for its documents", hint="Name the right address.")
    if reply.status in {404, 410}:
        return None
    if reply.status != 200:
        kind = UnavailableError if reply.status >= 500 else UpstreamError
        raise kind(f"{origin.netloc} answers with status {reply.status}", hint=_LATER)
    try:
        content = json.loads(reply.body)
    except (ValueError, RecursionError):
        content = None
    if not isinstance(content, dict):
        raise UpstreamError(f"{origin.netloc} answers with something that is no JSON object", hint=_LATER)
    told = _MAX_AGE.search(reply.headers.get("cache-control", ""))
    return IssuerDocument(content, float(told[1]) if told else None)


def _origin(key: str, url: str, forbidden: str = "#") -> Origin:
    origin = Origin.of(url)
    if origin is None or any(character in url for character in forbidden):
        raise ConfigurationError(f"{key} is no URL like https://sso.example/realms/acme", hint="Correct it.")
    return origin


def _host(url: str) -> str:
    origin = Origin.of(url)
    return origin.netloc if origin else "the issuer"
