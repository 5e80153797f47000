"""Names of images and registries in headings and sentences."""

from __future__ import annotations

import re

from portcall.render.untrusted import code

#: What registries and repositories are called; a `www.` in front would be made a link.
_PLAIN = re.compile(r"(?!www\.)[a-z0-9][a-z0-9._:/-]{0,299}", re.IGNORECASE)


def name_text(name: str) -> str:
    """Return a name as it is where nothing in it can be live, and as code where something might be."""
    return name if _PLAIN.fullmatch(name) and "://" not in name else code(name)
