"""A gateway that knows one registry, of which it knows no more than that it is one."""

from __future__ import annotations

import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.plugins.conftest import APP

from portcall import Portcall
from portcall.models import DockerImage, Page
from portcall.reference import parse_reference
from portcall.settings import load_settings
from portcall.testing import FakeRegistry, quirks
from portcall.testing.quirks import Quirk
from portcall_oci import OciBackend

USER, PASSWORD = "ada", "canary-Pa55word"


@asynccontextmanager
async def gateway(
    *chosen: Quirk, holding: Sequence[str], password: str = "", **options: Any
) -> AsyncIterator[tuple[Portcall, FakeRegistry]]:
    """Serve a registry, and yield a gateway that knows it as ``reg.test``, with Ada's ``password`` if any."""
    registry = FakeRegistry(quirks=chosen, **options)
    for name in holding:
        registry.push(name, APP, tags=["1"])
    with registry.serve() as address:
        login = {"username": USER, "password_env": "SECRET"} if password else {}
        variables = {
            "PORTCALL_REGISTRIES": json.dumps({"reg.test": {"endpoint": address.url, **login}}),
            "PORTCALL_NETWORK__PROXY": "none",
            "PORTCALL_NETWORK__TIMEOUT": "20",
            "SECRET": password,
        }
        async with Portcall(load_settings(os.devnull, variables)) as pc:
            yield pc, registry


def backend_of(pc: Portcall) -> OciBackend:
    """Return the gateway's backend for the registry."""
    found = pc._router.backend_for(parse_reference("reg.test/any/thing"))
    assert isinstance(found, OciBackend)
    return found


def telling(path: str, document: object, status: int = 200, **headers: str) -> quirks.Answer:
    """Return the quirk of answering a path with a document of the test's own."""
    return quirks.Answer(status, body=json.dumps(document).encode(), headers=headers, path=path)


def names(images: Iterable[DockerImage]) -> list[str]:
    """Return the paths of repositories."""
    return [image.name.removeprefix("reg.test/") for image in images]


async def whole(ask: Callable[[str], Awaitable[Page]], limit: int) -> list[str]:
    """Return the paths on all pages, each asked for by the cursor of the one before."""
    found, cursor = [], ""
    while True:
        page = await ask(cursor)
        assert len(page.rows) <= limit
        found += names(page.rows)
        cursor = page.next_cursor or ""
        if not cursor:
            return found
