"""What a seal does with its key: loaded with the first private reply, for it takes long."""

from __future__ import annotations

import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_NONCE_BYTES = 12
_KEY_BYTES = 32


class Cipher:
    """Closes and opens private entries, and names their owners.

    Args:
        key: The secret that all of it rests on.
    """

    def __init__(self, key: bytes) -> None:
        self._key = key
        self._box = AESGCM(_derived(key, b"portcall store 1: entries"))
        self._owners = _derived(key, b"portcall store 1: owners")

    def partition(self, fingerprint: bytes) -> str:
        """Return the name of whoever has these credentials."""
        return hmac.new(self._owners, fingerprint, hashlib.sha256).hexdigest()

    def close(self, name: str, data: bytes) -> bytes:
        """Return ``data`` sealed, under a ``name``."""
        nonce = os.urandom(_NONCE_BYTES)
        return nonce + self._box.encrypt(nonce, data, name.encode())

    def open(self, name: str, data: bytes) -> bytes | None:
        """Return what was sealed under ``name``; ``None`` for what was not."""
        nonce, sealed = data[:_NONCE_BYTES], data[_NONCE_BYTES:]
        try:
            return self._box.decrypt(nonce, sealed, name.encode())
        except (InvalidTag, ValueError):
            return None

    def derived(self, purpose: str) -> bytes:
        """Return a key for something else."""
        return _derived(self._key, b"portcall key 1: " + purpose.encode())


def _derived(key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=_KEY_BYTES, salt=None, info=purpose).derive(key)
