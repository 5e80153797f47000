"""Content digests: ``algorithm:hex``, as the OCI image specification registers them."""

from __future__ import annotations

import hashlib
import re

#: Registered algorithms and the length of their lower-case hexadecimal form.
ALGORITHMS = {"sha256": 64, "sha512": 128}

_DIGEST = re.compile(r"(?:sha256:[0-9a-f]{64}|sha512:[0-9a-f]{128})\Z")


def is_digest(text: str) -> bool:
    """Tell whether ``text`` is a digest that can be checked: known algorithm, right length, lower case.

    Everything that becomes part of a URL as a digest passes through here first: an unchecked one
    (``sha256:../../v2/x``) turns one request into another (CVE-2024-3727).
    """
    return _DIGEST.match(text) is not None


def digest_of(content: bytes, algorithm: str = "sha256") -> str:
    """Return the digest of ``content``, e.g. ``"sha256:e3b0…"``."""
    return f"{algorithm}:{hashlib.new(algorithm, content).hexdigest()}"


def matches(digest: str, content: bytes) -> bool:
    """Tell whether ``content`` is what ``digest`` names, by the digest's own algorithm."""
    algorithm = digest.partition(":")[0]
    return algorithm in ALGORITHMS and digest_of(content, algorithm) == digest
