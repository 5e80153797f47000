"""New tokens: made here, shown once, and kept by nobody but whoever they are for."""

from __future__ import annotations

import base64
import fcntl
import os
import secrets
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.auth.token_line import TOKEN_PREFIX, TokenLine, check_name
from portcall.auth.token_table import TokenTable
from portcall.auth.tokens_file import TokensFile
from portcall.draft import draft
from portcall.errors import ConfigurationError, InvalidArgumentError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from portcall.caller import Scope

_RANDOM_BYTES = 32


@dataclass(frozen=True, slots=True)
class MintedToken:
    """A new token.

    Args:
        token: What its owner sends; in no ``repr``, and nowhere else.
        line: What the tokens file has of it.
    """

    token: str = field(repr=False)
    line: TokenLine


def mint(name: str, scopes: Iterable[Scope]) -> MintedToken:
    """Return a new token: ``pc_`` and 256 random bits.

    Raises:
        InvalidArgumentError: The name cannot be one.
    """
    try:
        check_name(name)
    except ValueError as error:
        raise InvalidArgumentError(
            str(error), hint="Name who the token is for, like ci or ada@acme.example."
        ) from None
    random = base64.urlsafe_b64encode(secrets.token_bytes(_RANDOM_BYTES)).rstrip(b"=").decode("ascii")
    token = f"{TOKEN_PREFIX}{random}"
    return MintedToken(token, TokenLine.of(name, scopes, token))


def append(line: TokenLine, path: str | Path) -> None:
    """Add a line to a tokens file, which is made, for its owner alone, where there is none.

    Whoever reads the file meanwhile finds it as it was or as it is then, nothing in between; its mode and owner
    stay.

    Raises:
        InvalidArgumentError: The name is taken.
        ConfigurationError: The file cannot be used as it is, or not be written.
    """
    file = TokensFile(path, where=str(path))
    try:
        target = file.path.resolve()  # a link stays one
        with _locked(target.parent):
            text = _with_line(file.read().text if target.exists() else "", line, file.where)
            with draft(target, text.encode()) as written:
                written.replace(target)
    except (OSError, RuntimeError) as error:
        reason = getattr(error, "strerror", None) or "there is no such path"
        raise ConfigurationError(
            f"{file.where} cannot be written: {reason}", hint="Check path and mode."
        ) from None


def _with_line(text: str, line: TokenLine, where: str) -> str:
    """Return the text with one more line, that of a new name.

    Raises:
        InvalidArgumentError: The name is taken.
        ConfigurationError: The file could not be used before, or could not be then.
    """
    if any(line.name == other.name for other in TokenTable.parse(text, where).lines):
        raise InvalidArgumentError(
            f"{where} has a token of that name", hint="Choose another, or remove its line first."
        )
    if text and not text.endswith("\n"):
        text += "\n"
    text += f"{line}\n"
    TokenTable.parse(text, where)
    return text


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Let nobody else add a line to a file in this folder meanwhile: the later one would take away the first's."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
