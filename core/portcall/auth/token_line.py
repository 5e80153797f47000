"""A line of the tokens file: a name, what its token is good for, and the token's hash."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, cast

from portcall.caller import SCOPES, Caller

if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Self

    from portcall.caller import Scope

#: What our own tokens begin with: people, and programs that look for leaked secrets, know them by it.
TOKEN_PREFIX = "pc_"  # noqa: S105 - of which tokens are made
#: Longest token that is looked at; ours have 46 characters.
MAX_TOKEN_CHARACTERS = 4096

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}\Z")
_HASH = re.compile(r"sha256:([0-9a-fA-F]{64})\Z")
_NOTHING = hashlib.sha256(b"").digest()


@dataclass(frozen=True, slots=True)
class TokenLine:
    """Somebody with a token: ``ci read,write sha256:…``.

    Args:
        name: What they are called in the log.
        scopes: What the token is good for.
        digest: The token's SHA-256. Such tokens are long and random: nobody finds one by trying, so that a slow
            hash with a salt, as for passwords, would cost time alone.
    """

    name: str
    scopes: frozenset[Scope]
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, name: str, scopes: Iterable[Scope], token: str) -> Self:
        """Return the line that lets ``token`` in."""
        return cls(name, frozenset(scopes), digest_of(token))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return what a line says.

        Raises:
            ValueError: What is wrong with it; nothing of it is repeated, for it may be a token that was pasted.
        """
        words = text.split()
        if len(words) != 3:
            raise ValueError(f'there are three words, "name scopes hash", not {len(words)}')
        name, scopes, digest = words
        check_name(name)
        told = frozenset(scopes.split(","))
        if not told.issubset(SCOPES):
            raise ValueError(f"there is an unknown scope; those that there are: {', '.join(SCOPES)}")
        return cls(name, cast("frozenset[Scope]", told), _parsed_digest(digest))

    @property
    def caller(self) -> Caller:
        """Whoever shows the token. A new token under the same name is the same caller."""
        return Caller(f"token:{self.name}", self.name, frozenset(self.scopes))

    def __str__(self) -> str:
        scopes = ",".join(scope for scope in SCOPES if scope in self.scopes)
        return f"{self.name} {scopes} sha256:{self.digest.hex()}"


def check_name(name: str) -> None:
    """Let a name pass that can stand in a line, and in the log.

    Raises:
        ValueError: It cannot; the message does not repeat it.
    """
    if not _NAME.match(name):
        raise ValueError(
            "a name has 1-64 letters, digits and . _ @ + - (ASCII), and begins with one of the first two"
        )
    if name.startswith(TOKEN_PREFIX):
        raise ValueError(f"a name does not begin with {TOKEN_PREFIX}: it would be taken for a token")


def digest_of(token: str) -> bytes:
    """Return a token's SHA-256."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def _parsed_digest(text: str) -> bytes:
    found = _HASH.match(text)
    if found is None:
        raise ValueError("the hash is not written sha256:<64 hexadecimal digits>")
    digest = bytes.fromhex(found[1])
    if digest == _NOTHING:
        raise ValueError("the hash is that of an empty token")
    return digest
