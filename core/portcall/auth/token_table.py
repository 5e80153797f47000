"""Tokens of the operator's own: whose they are, found by their hashes."""

from __future__ import annotations

import hmac
import re
import secrets
from typing import TYPE_CHECKING

from portcall.auth.token_line import MAX_TOKEN_CHARACTERS, TokenLine, digest_of
from portcall.auth.tokens_file import TokensFile
from portcall.caller import SCOPES
from portcall.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path
    from typing import Self

    from portcall.caller import Caller

#: Fewest characters of a token that the operator chose.
MIN_SINGLE = 16
#: Most lines of the file, comments included.
MAX_LINES = 10_000

_MAKE_ONE = "Make one with: portcall token NAME"
#: What can stand in a header, without the spaces.
_SENDABLE = re.compile(r"[\x21-\x7e]+\Z")


class TokenTable:
    """Who may come in, by token.

    Args:
        lines: Names and hashes, each once.
    """

    __slots__ = ("_callers", "_key", "lines")

    def __init__(self, lines: Iterable[TokenLine]) -> None:
        self.lines = tuple(lines)
        self._key = secrets.token_bytes(32)
        self._callers: Mapping[bytes, Caller] = {self._place(line.digest): line.caller for line in self.lines}

    @classmethod
    def read(cls, path: str | Path) -> Self:
        """Return the table in a file.

        Raises:
            ConfigurationError: It cannot be read, or used, or is empty; the message names file, line and reason.
        """
        file = TokensFile(path)
        return cls.parse(file.read().text, file.where).required(file.where)

    @classmethod
    def parse(cls, text: str, where: str) -> Self:
        """Return the table that ``text`` is: ``name scopes hash`` a line, empty ones and comments (``#``) aside.

        Args:
            text: What a file holds.
            where: Which, for messages.

        Raises:
            ConfigurationError: A line cannot be used; nothing of it is repeated.
        """
        rows = text.removesuffix("\n").split("\n")
        if len(rows) > MAX_LINES:
            raise ConfigurationError(f"{where} has more than {MAX_LINES} lines", hint="Remove some.")
        lines: list[TokenLine] = []
        seen: dict[str | bytes, int] = {}
        for number, row in enumerate(rows, 1):
            told = row.partition("#")[0]
            if not told or told.isspace():
                continue
            try:
                line = TokenLine.parse(told)
                _note(seen, line, number)
            except ValueError as error:
                raise ConfigurationError(f"{where}, line {number}: {error}", hint=_MAKE_ONE) from None
            lines.append(line)
        return cls(lines)

    @classmethod
    def of_single(cls, token: str) -> Self:
        """Return the table for ``PORTCALL_AUTH_TOKEN`` alone: it is good for everything, by the name ``default``.

        Raises:
            ConfigurationError: It is too short or too long, or cannot be sent; it is not repeated.
        """
        token = token.strip()  # files and secret stores like to add a line's end
        hint = "Make one with: openssl rand -hex 32"
        if not MIN_SINGLE <= len(token) <= MAX_TOKEN_CHARACTERS:
            raise ConfigurationError(
                f"PORTCALL_AUTH_TOKEN is not {MIN_SINGLE} to {MAX_TOKEN_CHARACTERS} characters long",
                hint=hint,
            )
        if not _SENDABLE.match(token):
            raise ConfigurationError(
                "PORTCALL_AUTH_TOKEN has characters that no client can send: spaces, or others beyond ASCII",
                hint=hint,
            )
        return cls([TokenLine.of("default", SCOPES, token)])

    def within(self, text: str) -> Self:
        """Return the table of those lines whose hashes still stand somewhere in ``text``."""
        return type(self)(line for line in self.lines if line.digest.hex() in text.lower())

    def required(self, where: str) -> Self:
        """Return this table, which has to let somebody in.

        Raises:
            ConfigurationError: It lists no token.
        """
        if not self.lines:
            raise ConfigurationError(f"{where} lists no token", hint=_MAKE_ONE)
        return self

    def find(self, token: str) -> Caller | None:
        """Return whose token it is, if anybody's.

        How long that takes says nothing of the hashes that are held: what is looked up is the digest of a digest
        under a key of this table alone, which nobody outside can work out, so that being nearly right is nothing
        that anybody could find out, or work towards. Comparing with each of ten thousand in constant time would
        say no less, and take milliseconds.
        """
        if not 0 < len(token) <= MAX_TOKEN_CHARACTERS:
            return None
        return self._callers.get(self._place(digest_of(token)))

    def _place(self, digest: bytes) -> bytes:
        return hmac.digest(self._key, digest, "sha256")


def _note(seen: dict[str | bytes, int], line: TokenLine, number: int) -> None:
    """Note a line's name and hash.

    Raises:
        ValueError: Another line has one of them.
    """
    for what, kept in (("name", line.name), ("hash", line.digest)):
        before = seen.setdefault(kept, number)
        if before != number:
            raise ValueError(f"the {what} is that of line {before}")
