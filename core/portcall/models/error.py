"""An error as answers carry it."""

from __future__ import annotations

import math

from portcall.errors import ErrorCode, PortcallError
from portcall.models.base import Model


class ErrorInfo(Model):
    """The structured form of a :class:`portcall.errors.PortcallError`."""

    code: ErrorCode
    message: str
    hint: str = ""
    registry: str | None = None
    reference: str | None = None
    retry_after: float | None = None
    """Seconds until another try makes sense."""
    candidates: tuple[str, ...] = ()

    @classmethod
    def of(cls, error: PortcallError) -> ErrorInfo:
        """Return ``error`` as a model."""
        return cls(
            code=error.code,
            message=error.message,
            hint=error.hint,
            registry=error.registry,
            reference=error.reference,
            retry_after=_finite(error.retry_after),
            candidates=error.candidates,
        )


def _finite(seconds: float | None) -> float | None:
    # JSON has no infinity, and nobody waits that long.
    return seconds if seconds is not None and math.isfinite(seconds) else None
