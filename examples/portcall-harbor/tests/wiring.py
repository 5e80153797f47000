"""A gateway for which a Harbor is at :data:`HOST`: one entry in the configuration, as its users write it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from portcall import Portcall
from portcall.settings import load_settings
from portcall.testing import image, index, layer

from harbor_double import Account, HarborDouble
from portcall_harbor import HarborBackend

HOST = "harbor.corp.example"
AMD64 = image([layer({"srv/app": "one\n"})])
ARM64 = image([layer({"srv/app": "two\n"})], platform="linux/arm64")
BOTH = index([AMD64, ARM64])


@asynccontextmanager
async def gateway(
    harbor: HarborDouble, robot: Account | None = None, *, environ: Mapping[str, str] | None = None, **entry: Any
) -> AsyncIterator[Portcall]:
    """Serve ``harbor``, and yield a gateway that knows it; neither may do anything that Harbor does not."""
    with harbor.serve() as address, TemporaryDirectory() as folder:
        known = {"backend": "harbor", "endpoint": address.url, **entry}
        if robot is not None:
            known |= {"username": robot.name, "password_env": "HARBOR_SECRET"}
        file = Path(folder) / "config.toml"
        file.touch()
        variables = {
            "PORTCALL_REGISTRIES": json.dumps({HOST: known}),
            "PORTCALL_NETWORK__PROXY": "none",
            "PORTCALL_NETWORK__TIMEOUT": "10",
            "HARBOR_SECRET": robot.secret if robot else "",
            **(environ or {}),
        }
        async with Portcall(load_settings(file, variables)) as pc:
            yield pc
    assert harbor.violations == []


@asynccontextmanager
async def backend(
    harbor: HarborDouble, robot: Account | None = None, **entry: Any
) -> AsyncIterator[HarborBackend]:
    """Yield the backend of such a gateway, for what it has beyond the tools."""
    async with gateway(harbor, robot, **entry) as pc:
        found = await pc.backend(HOST)
        assert isinstance(found, HarborBackend)
        yield found
