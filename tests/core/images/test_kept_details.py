"""Details that are kept ready: small ones, for whoever asked."""

from __future__ import annotations

import pytest
from tests.core.http.asking import settings

from portcall import Portcall
from portcall.testing import FakeRegistry, image, layer

pytestmark = pytest.mark.anyio

HOST = "registry.test"


@pytest.mark.parametrize(("characters", "kept"), [(1000, True), (1_000_000, False)])
async def test_details_of_megabytes_are_put_together_each_time(characters: int, kept: bool):
    """Of small ones whoever asks again is given the very same; hostile ones would fill the memory."""
    registry = FakeRegistry()
    registry.push("team/api", image([layer({"a": "b"})], labels={"note": "x" * characters}), tags=["1"])
    with registry.serve() as address:
        async with Portcall(settings({HOST: {"endpoint": address.url}}), local=False) as portcall:
            first = await portcall.get_image_details(f"{HOST}/team/api:1")
            again = await portcall.get_image_details(f"{HOST}/team/api:1")
    assert first == again
    assert (first is again) == kept
    assert first.comes_again == kept
