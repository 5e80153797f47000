"""What an example's README shows of its output."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN = re.compile(r"(?<=^prints\n\n```text\n).*?(?=^```$)", re.MULTILINE | re.DOTALL)


def shown_in(readme: Path, printed: str) -> str:
    """Return what the README shows; with ``PORTCALL_UPDATE_SNAPSHOTS`` set, it shows ``printed`` from now on.

    Args:
        readme: The file.
        printed: What the example has printed, as the README is to have it.
    """
    text = readme.read_text(encoding="utf-8")
    if os.environ.get("PORTCALL_UPDATE_SNAPSHOTS"):
        text = _SHOWN.sub(lambda _: printed, text, count=1)
        readme.write_text(text, encoding="utf-8")
    found = _SHOWN.search(text)
    assert found is not None, f"{readme} shows no output"
    return found[0]
