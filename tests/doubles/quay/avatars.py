"""The coloured square that stands for a user, an organisation or a team.

Source: q: avatars/avatars.py: ``{name, hash, color, kind}``.
"""

from __future__ import annotations

import hashlib

_COLORS = ("#969696", "#aec7e8", "#ff7f0e", "#ffbb78", "#2ca02c", "#98df8a", "#d62728", "#ff9896")


def avatar(name: str, email: str = "", kind: str = "user") -> dict[str, str]:
    """Return the avatar of a ``user``, ``org``, ``team`` or ``robot``."""
    digest = hashlib.md5((email or name).strip().lower().encode()).hexdigest()
    return {"name": name, "hash": digest, "color": _COLORS[int(digest[0], 16) % len(_COLORS)], "kind": kind}
