"""Entries: the credentials under one key, as tools write them and helpers tell them."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from portcall.http.upstream import Credentials

#: In place of a user name it says that what stands beside it is an identity token (Docker's protocol).
_TOKEN_USER = "<token>"  # noqa: S105 - the absence of a user


class UnfitEntryError(ValueError):
    """What is stored makes no credentials; says what is wrong with it, and repeats nothing of it."""


def read_entry(entry: object, source: str) -> Credentials | None:
    """Return the credentials in an entry of ``auths``; ``None`` for the empty one beside a credentials store.

    Raises:
        UnfitEntryError: It holds something else.
    """
    if not isinstance(entry, dict):
        raise UnfitEntryError("it is no object")
    username, secret = _text(entry, "username"), _text(entry, "password")
    if auth := _text(entry, "auth"):
        username, secret = _decoded(auth)
    token = _text(entry, "identitytoken")
    return make_credentials(username, secret, source, token) if username or secret or token else None


def make_credentials(username: str, secret: str, source: str, identity_token: str = "") -> Credentials:
    """Return credentials that can be sent.

    Raises:
        UnfitEntryError: They could not.
    """
    if username == _TOKEN_USER:
        username, secret, identity_token = "", "", identity_token or secret
    if not username.isprintable():
        raise UnfitEntryError("its user name holds a control character")
    if ":" in username:
        raise UnfitEntryError("its user name holds a colon")
    if not _is_text(secret) or not _is_text(identity_token):
        raise UnfitEntryError("its secret is no text")
    if not secret and not identity_token:
        raise UnfitEntryError("it has no password")
    if not username and not identity_token:
        raise UnfitEntryError("it has no user name")
    return Credentials(username, secret, source, identity_token)


def _text(entry: dict[str, Any], field: str) -> str:
    value = entry.get(field)
    if value is None:
        return ""
    if not isinstance(value, str):
        raise UnfitEntryError(f"{field} is no text")
    return value


def _decoded(auth: str) -> tuple[str, str]:
    # Docker's reader passes over line ends, and takes away the zero bytes that some tools pad with.
    packed = auth.replace("\r", "").replace("\n", "")
    try:
        text = base64.b64decode(packed, validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        raise UnfitEntryError("auth is no base64 of user:password") from None
    username, colon, secret = text.partition(":")
    if not colon:
        raise UnfitEntryError("auth is no base64 of user:password")
    return username, secret.strip("\0")


def _is_text(secret: str) -> bool:
    """Tell whether a secret can be sent: JSON may hold halves of characters."""
    try:
        secret.encode()
    except UnicodeEncodeError:
        return False
    return True
