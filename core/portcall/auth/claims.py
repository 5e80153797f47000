"""Whom a verified token speaks of: its claims as a caller."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from portcall.caller import SCOPES, Caller
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

#: Longest identity that is kept as it is.
_MAX_IDENTITY = 200
_MAX_NAME = 80
#: How issuers write our scopes: as they are, or under the name of the API.
_PREFIXES = ("", "portcall:", "portcall.")


def caller_of(claims: Mapping[str, Any], issuer: str) -> Caller:
    """Return the caller that a token's claims tell of.

    Args:
        claims: Verified; ``sub`` is a text that is not empty.
        issuer: Who vouches for them.
    """
    identity = _bounded(f"jwt:{issuer}:{claims['sub']}")
    return Caller(identity, _name(claims) or identity, frozenset(_scopes(claims)))


def client_of(claims: Mapping[str, Any], identity: str) -> str:
    """Return the OAuth client that the token was issued to; ``identity`` where it does not say."""
    for claim in ("client_id", "azp"):
        told = claims.get(claim)
        if isinstance(told, str) and told:
            return _bounded(told)
    return identity


def _bounded(text: str) -> str:
    """Return ``text``, or its hash where it is long or odd: it becomes a part of names in stores and logs."""
    if len(text) <= _MAX_IDENTITY and text.isascii() and text.isprintable():
        return text
    return f"jwt:sha256:{hashlib.sha256(text.encode('utf-8', 'surrogatepass')).hexdigest()}"


def _name(claims: Mapping[str, Any]) -> str:
    """Return what people call the caller; empty where nothing of it can be shown.

    The subject is always in it, for many issuers let people choose their other names, and so be somebody else's.
    """
    told = [_shown(claims, claim) for claim in ("preferred_username", "email", "sub")]
    name = next((each for each in told if each), "")
    subject = told[-1]
    return name if name == subject or not subject else f"{name} ({subject})"


def _shown(claims: Mapping[str, Any], claim: str) -> str:
    value = claims.get(claim)
    return plain_line(value, _MAX_NAME) if isinstance(value, str) else ""


def _scopes(claims: Mapping[str, Any]) -> Iterator[str]:
    """Yield those of our scopes that the token grants: RFC 8693's ``scope``, or ``scp`` as others have it."""
    granted = {word for claim in ("scope", "scp") for word in _words(claims.get(claim))}
    for scope in SCOPES:
        if any(f"{prefix}{scope}" in granted for prefix in _PREFIXES):
            yield scope


def _words(told: object) -> list[str]:
    if isinstance(told, str):
        return told.split()
    return [word for word in told if isinstance(word, str)] if isinstance(told, list) else []
