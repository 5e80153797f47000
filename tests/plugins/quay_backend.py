"""The Quay backend, asked directly, with the double behind it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.doubles.quay import QuayDouble

from portcall import Portcall
from portcall.reference import parse_reference
from portcall.settings import load_settings
from portcall_quay import QuayBackend


@asynccontextmanager
async def gateway(
    quay: QuayDouble,
    prefix: str = "quay.io",
    *,
    names_api: bool | None = None,
    token: str = "",
    environ: dict[str, str] | None = None,
    **entry: Any,
) -> AsyncIterator[Portcall]:
    """Serve ``quay`` at ``prefix``, and yield a gateway; it may do nothing wrong.

    Its API is on the same host; for quay.io, where another is known, the configuration says so. ``token`` is for
    the API alone.
    """
    with quay.serve() as address, TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        file.touch()
        named = prefix == "quay.io" if names_api is None else names_api
        known = {"endpoint": address.url, **({"api": address.url} if named else {}), **entry}
        known |= {"api_token_env": "API_TOKEN"} if token else {}
        variables = {
            "PORTCALL_REGISTRIES": json.dumps({prefix: known}),
            "PORTCALL_NETWORK__PROXY": "none",
            "API_TOKEN": token,
            **(environ or {}),
        }
        async with Portcall(load_settings(file, variables)) as pc:
            yield pc
    assert quay.violations == []
    assert quay.hostile == []


@asynccontextmanager
async def backend(
    quay: QuayDouble | None = None, prefix: str = "quay.io", **more: Any
) -> AsyncIterator[QuayBackend]:
    """Yield the backend of a gateway that knows ``quay``."""
    async with gateway(quay or QuayDouble(), prefix, **more) as pc:
        found = await pc._backend_for(parse_reference(f"{prefix}/any/thing"))
        assert isinstance(found, QuayBackend)
        yield found
