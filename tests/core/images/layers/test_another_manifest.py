"""What one manifest vouches for says nothing of another that has the same layer."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
from tests.core.images.conftest import HOST

from portcall import Portcall
from portcall.models import FileList
from portcall.testing import FakeRegistry, estargz, image

pytestmark = pytest.mark.anyio

#: What the table of contents calls a file that the archive calls otherwise: nobody compares the two.
TOLD, STORED = "/opt/fine", "/opt/evil"


def bent(document: dict[str, Any]) -> dict[str, Any]:
    for entry in document["entries"]:
        entry["name"] = entry["name"].replace("opt/evil", "opt/fine")
    return document


def names(listed: FileList) -> list[str]:
    return [file.path for file in listed.files]


async def test_a_table_of_contents_is_not_believed_where_the_manifest_does_not_vouch_for_it(
    registry: FakeRegistry, pc: Portcall
):
    layer = estargz({"opt/evil": "rm -rf /\n"}, toc=bent)
    registry.push("app", image([layer]), tags=["lazy"])
    registry.push("app", image([dataclasses.replace(layer, annotations=None)]), tags=["plain"])
    assert names(await pc.list_files(f"{HOST}/app:lazy", "/opt")) == [TOLD]
    assert names(await pc.list_files(f"{HOST}/app:plain", "/opt")) == [STORED]
    # What the archive itself tells is true of both.
    assert names(await pc.list_files(f"{HOST}/app:lazy", "/opt")) == [STORED]
