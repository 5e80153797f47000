"""The seal on what is private: only who holds the key can read an entry, or tell whose it is."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from typing import TYPE_CHECKING

from portcall.errors import ConfigurationError

if TYPE_CHECKING:
    from pathlib import Path

    from portcall.cipher import Cipher

#: Bytes of a key file.
KEY_BYTES = 32
#: Fewest characters of a key that the operator gives.
MIN_TEXT = 16
_FILE_HINT = "Delete the file to have a new one made; what the old key sealed is then asked for anew."


class Seal:
    """Closes and opens private entries, and names their owners without telling who they are.

    Args:
        key: The secret that all of it rests on; the same for every process that shares a store.
    """

    __slots__ = ("_key", "_loaded")

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._loaded: Cipher | None = None

    @classmethod
    def from_text(cls, text: str) -> Seal:
        """Return the seal for the operator's ``PORTCALL_STORE_KEY``: random text, at least 16 characters.

        Raises:
            ConfigurationError: It is too short; it is not repeated.
        """
        text = text.strip()  # files and secret stores like to add a line's end
        if len(text) < MIN_TEXT:
            raise ConfigurationError(
                f"the store's key has fewer than {MIN_TEXT} characters",
                hint="Make one with: openssl rand -base64 32",
            )
        return cls(text.encode("utf-8", "surrogateescape"))

    @classmethod
    def from_file(cls, path: Path) -> Seal:
        """Return the seal for the key in a file, which is made, for its owner alone, where there is none.

        Raises:
            ConfigurationError: It is not one, or others may read it.
            OSError: It cannot be read or made.
        """
        key = _read_key(path)
        if key is None:
            _make_key(path)
            key = _read_key(path)
        if key is None or len(key) != KEY_BYTES:
            raise ConfigurationError(f"{path} is no key of portcall's", hint=_FILE_HINT)
        return cls(key)

    def partition(self, fingerprint: bytes) -> str:
        """Return the name of whoever has these credentials: the same in every process, and saying nothing."""
        return self._cipher.partition(fingerprint)

    def close(self, name: str, data: bytes) -> bytes:
        """Return ``data`` sealed, to be opened under the same ``name`` alone."""
        return self._cipher.close(name, data)

    def open(self, name: str, data: bytes) -> bytes | None:
        """Return what was sealed under ``name``; ``None`` for what this key did not seal, or not so."""
        return self._cipher.open(name, data)

    def derived(self, purpose: str) -> bytes:
        """Return a key of 32 bytes for something else: its own for each purpose, the same in every process.

        None of them opens an entry, names an owner, or tells of another.

        Args:
            purpose: What it is for, e.g. ``"cookies"``; ours, never what somebody sent.
        """
        return self._cipher.derived(purpose)

    @property
    def _cipher(self) -> Cipher:
        if self._loaded is None:
            from portcall.cipher import Cipher  # late: see there

            self._loaded = Cipher(self._key)
        return self._loaded


def _read_key(path: Path) -> bytes | None:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    except OSError as error:
        if error.errno != errno.ELOOP:
            raise
        raise ConfigurationError(f"{path} is no file", hint=_FILE_HINT) from None
    try:
        status = os.fstat(descriptor)
        if not stat.S_ISREG(status.st_mode):
            raise ConfigurationError(f"{path} is no file", hint=_FILE_HINT)
        if status.st_uid != os.geteuid() or status.st_mode & 0o077:
            raise ConfigurationError(
                f"{path}: the store's key can be read by others, or is somebody else's",
                hint=f"Make it your own alone (chmod 600). {_FILE_HINT}",
            )
        return os.read(descriptor, KEY_BYTES + 1)
    finally:
        os.close(descriptor)


def _make_key(path: Path) -> None:
    """Put a new key at ``path``, whole or not at all; one that another process has put there first stays."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        with open(descriptor, "wb") as file:  # noqa: PTH123 - of a descriptor
            file.write(secrets.token_bytes(KEY_BYTES))
            file.flush()
            os.fsync(descriptor)
        with suppress(FileExistsError):
            path.hardlink_to(draft)  # unlike a rename, it replaces nothing
    finally:
        draft.unlink(missing_ok=True)
