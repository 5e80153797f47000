"""A client on stdin and stdout hears when a tag moves, as one over HTTP does."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest
from mcp.shared.exceptions import MCPError
from tests.testbed.shell import Shell
from tests.testbed.stdio import connected

from portcall.testing import FakeRegistry, image, layer

pytestmark = pytest.mark.anyio

HOST = "registry.test"


async def test_tag_that_moves_is_heard_of(tmp_path: Path):
    registry = FakeRegistry()
    registry.push("team/api", image([layer({"etc/motd": "one"})]), tags=["1.0"])
    with registry.serve() as address:
        environment = {
            "PORTCALL_REGISTRIES": json.dumps({HOST: {"endpoint": address.url}}),
            "PORTCALL_SERVER__WATCH_INTERVAL": "0.2",
        }
        shell = Shell(tmp_path)
        async with connected(shell, tmp_path / "log", environment=environment) as client:
            uri = f"docker://image/{HOST}/team/api/1.0"
            async with client.listen(resource_subscriptions=[uri]) as events:
                digest = registry.push("team/api", image([layer({"etc/motd": "two"})]), tags=["1.0"])
                event = await asyncio.wait_for(anext(aiter(events)), 10)
                page = await client.read_resource(uri)
            with pytest.raises(MCPError, match="listed and well-known"):
                async with client.listen(resource_subscriptions=["docker://image/elsewhere.example/app/1"]):
                    pass
    assert event.uri == uri
    assert digest in page.contents[0].text
