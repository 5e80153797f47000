"""What looks like a browser is refused at ``/api/v1`` without ``X-Requested-With``.

Source: q: endpoints/decorators.py ``require_xhr_from_browser``; hosted state **U**.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.doubles.quay.refusals import aborted

if TYPE_CHECKING:
    from portcall.testing import Reply, Request

_BROWSER = re.compile(r"Mozilla/|\b(?:Chrome|Firefox|Safari|Opera|MSIE|Konqueror|Lynx)\b")


def browser_refusal(request: Request) -> Reply | None:
    """Return 400 for a browser's GET that does not say ``X-Requested-With: XMLHttpRequest``."""
    looks_so = _BROWSER.search(request.headers.get("user-agent", "")) is not None
    if request.method != "GET" or not looks_so or request.headers.get("x-requested-with") == "XMLHttpRequest":
        return None
    return aborted(400, "API calls must be invoked with an X-Requested-With header if called from a browser")
