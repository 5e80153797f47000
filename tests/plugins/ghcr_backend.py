"""GHCR's backend, before a double of ghcr.io, api.github.com and github.com."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.doubles.ghcr import GitHubDouble

from portcall import Portcall
from portcall.deadline import deadline
from portcall.models import DockerImage
from portcall.reference import parse_reference
from portcall.settings import load_settings
from portcall_ghcr import GhcrBackend

_TOKEN = "GH_DOUBLE_TOKEN"


@asynccontextmanager
async def gateway(
    github: GitHubDouble,
    token: str | None = None,
    prefix: str = "ghcr.io",
    *,
    api: str | None = "",
    environ: dict[str, str] | None = None,
    **entry: Any,
) -> AsyncIterator[Portcall]:
    """Yield a gateway for which the double is ``prefix``; whatever it asks has to be known to the real one.

    Args:
        github: The double.
        token: What the entry's ``api_token_env`` holds: ``GITHUB_TOKEN`` is for the real API alone.
        prefix: Of the registry.
        api: Below the double's API, where the configured one is; ``None``: none is configured.
        environ: Other variables.
        entry: What else stands in the configuration.
    """
    with github.serve() as places, TemporaryDirectory() as folder:
        file = Path(folder) / "config.toml"
        file.touch()
        known = {"endpoint": places.registry.url, **({"api_token_env": _TOKEN} if token else {}), **entry}
        if api is not None:
            known["api"] = f"{places.api.url}{api}"
        variables = {
            "PORTCALL_REGISTRIES": json.dumps({prefix: known}),
            "PORTCALL_NETWORK__PROXY": "none",
            "PORTCALL_NETWORK__TIMEOUT": "20",
            **({_TOKEN: token} if token else {}),
            **(environ or {}),
        }
        async with deadline(20), Portcall(load_settings(file, variables)) as pc:
            yield pc
    assert github.violations == []
    assert github.hostile == []
    # Nothing follows a redirect to its pages, or reads them.
    assert github.requests.web == []


@asynccontextmanager
async def backend(
    github: GitHubDouble | None = None, token: str | None = None, prefix: str = "ghcr.io", **more: Any
) -> AsyncIterator[GhcrBackend]:
    """Yield the backend of such a gateway."""
    async with gateway(github or GitHubDouble(), token, prefix, **more) as pc:
        found = pc._router.backend_for(parse_reference(f"{prefix}/any/thing"))
        assert isinstance(found, GhcrBackend)
        yield found


def names(images: Iterable[DockerImage]) -> list[str]:
    return [image.name for image in images]


def asked(github: GitHubDouble) -> list[str]:
    """Return what the API was asked: ``["/users/acme"]``."""
    return [request.path for request in github.requests.api]


def looked_up(github: GitHubDouble) -> list[str]:
    """Return what the token endpoint was asked without credentials: ``["acme/app"]``."""
    return [
        (request.parameter("scope") or "").split(":")[1]
        for request in github.requests.registry
        if request.path == "/token" and "authorization" not in request.headers
    ]
