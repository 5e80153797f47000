"""What every page of ours tells the browser: nothing from elsewhere, no frames, no traces."""

from __future__ import annotations

_COMMON = {
    "Cache-Control": "no-store",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    # Not `no-referrer`: with that, browsers send `Origin: null` with our own form (Fetch, "append a request
    # Origin header"), and it is by `Origin` that we know it. Nobody else is told anything by either.
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}


def page_headers(*form_action: str) -> dict[str, str]:
    """Return a page's headers.

    Args:
        form_action: Where its form may lead, redirects included; nowhere where there is no form.
    """
    targets = " ".join(form_action) or "'none'"
    policy = (
        "default-src 'none'",
        "style-src 'self'",
        f"form-action {targets}",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
    return _COMMON | {"Content-Security-Policy": "; ".join(policy)}
