"""A plain HTTP client for a double, as its own tests use it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
from tests.doubles.quay.double import QuayDouble

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def asking(quay: QuayDouble | None = None, **options: Any) -> Iterator[httpx.Client]:
    """Serve a double, a new one with these options where none is given, and yield a client of it."""
    with (
        (quay or QuayDouble(**options)).serve() as address,
        httpx.Client(base_url=address.url, trust_env=False) as client,
    ):
        yield client


def bearer(token: str) -> dict[str, str]:
    """Return the header that carries a token."""
    return {"Authorization": f"Bearer {token}"}
