"""A layer that the registry lost says nothing of what is in the image."""

from __future__ import annotations

import pytest
from tests.core.images.conftest import HOST

from portcall import Portcall
from portcall.errors import UpstreamError
from portcall.testing import FakeRegistry, image, layer, quirks

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("tool", ["read_file", "list_files"])
async def test_a_layer_that_is_gone_is_no_file_that_is_missing(registry: FakeRegistry, pc: Portcall, tool: str):
    lost = layer({"etc/motd": "hello"})
    registry.push("app", image([lost]), tags=["1"])
    with (
        registry.misbehaving(quirks.Answer(404, path=lost.digest)),
        pytest.raises(UpstreamError, match="layer 1 of 1 is in the manifest, but not in the registry"),
    ):
        await getattr(pc, tool)(f"{HOST}/app:1", "/etc/motd")
