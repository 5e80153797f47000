"""What every page of ours tells the browser: nothing from elsewhere, no frames, no traces."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_POLICY = (
    "default-src 'none'",
    "style-src 'self'",
    # Nowhere else, the client's own place included: Chromium holds a form to this on the whole chain of redirects
    # that answers it, and the client may send people further. That is why no redirect answers ours.
    "form-action 'self'",
    "frame-ancestors 'none'",
    "base-uri 'none'",
)

#: The headers of a page.
PAGE_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Content-Security-Policy": "; ".join(_POLICY),
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        # Not `no-referrer`: with that, browsers send `Origin: null` with our own form (Fetch, "append a request
        # Origin header"), and it is by `Origin` that we know it. Nobody else is told anything by either.
        "Referrer-Policy": "same-origin",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
    }
)
