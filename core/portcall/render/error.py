"""An error as text, with what some hosts would otherwise not show, and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.render.prose import sentence
from portcall.render.untrusted import code, plain_line

if TYPE_CHECKING:
    from portcall.models import ErrorInfo

#: Most names that are suggested, and the longest: a digest of SHA-512 and a platform.
_CANDIDATES = 20
_LONGEST_CANDIDATE = 200
_LONGEST_TEXT = 500


def error_text(error: ErrorInfo) -> str:
    """Return one line: ``code: what failed, where. Next step.``."""
    return f"{error.code}: {explained(error)}"


def explained(error: ErrorInfo) -> str:
    """Return what failed, the next step, the pause, and the candidates that neither of them named yet."""
    names = error.candidates[:_CANDIDATES]
    told = " ".join(sentence(text, _LONGEST_TEXT, names) for text in (error.message, error.hint) if text)
    if error.retry_after is not None:
        pause = f"{error.retry_after:.0f} second{'' if round(error.retry_after) == 1 else 's'}"
        told += "" if f" {pause}" in told else f" Retry after {pause}."
    unnamed = [name for name in (code(name, _LONGEST_CANDIDATE) for name in names) if name not in told]
    return f"{told} Candidates: {', '.join(unnamed)}." if unnamed else told


def bounded(error: ErrorInfo, most: int = _CANDIDATES) -> ErrorInfo:
    """Return the error with ``most`` candidates, its texts cleaned, and none longer than its Markdown shows."""
    kept = error.candidates[: min(most, _CANDIDATES)]
    return error.model_copy(
        update={
            "message": plain_line(error.message, _LONGEST_TEXT),
            "hint": plain_line(error.hint, _LONGEST_TEXT),
            "candidates": tuple(plain_line(name, _LONGEST_CANDIDATE) for name in kept),
            "registry": plain_line(error.registry or "", _LONGEST_TEXT) or None,
            "reference": plain_line(error.reference or "", _LONGEST_TEXT) or None,
        }
    )
