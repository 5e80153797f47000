"""Names of images and registries in headings and sentences."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from portcall.render.untrusted import code

if TYPE_CHECKING:
    from portcall.models import OfImage

#: What registries and repositories are called; a `www.` in front would be made a link.
_PLAIN = re.compile(r"(?!www\.)[a-z0-9][a-z0-9._:/-]{0,299}", re.IGNORECASE)


def name_text(name: str) -> str:
    """Return a name as it is where nothing in it can be live, and as code where something might be."""
    return name if _PLAIN.fullmatch(name) and "://" not in name else code(name)


def image_name(answer: OfImage) -> str:
    """Return which image an answer is about, for a heading: ``"debian:12 `linux/amd64`"``."""
    platform = f" {code(answer.platform)}" if answer.platform else ""
    return f"{answer.name}{':' + answer.tag if answer.tag else ''}{platform}"
