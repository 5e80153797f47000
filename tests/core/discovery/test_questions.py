"""Questions that are badly put: every tool that takes words, a limit or a cursor refuses one that is none itself.

No plugin ever hears of them; what plugins have to refuse is in ``portcall.testing.contract``.
"""

from __future__ import annotations

from typing import Any

import pytest

from portcall import Portcall
from portcall.discovery.question import goes_on
from portcall.errors import InvalidArgumentError
from portcall.testing import FakeRegistry
from portcall.tools import TOOLS

pytestmark = pytest.mark.anyio

HOST = "registry.test"
#: What each tool may be asked, one of those that it takes.
SOUND: dict[str, Any] = {"image_name": f"{HOST}/team/app", "query": "app", "namespace": "team", "registry": HOST}


def tools_with(argument: str) -> list[str]:
    return [spec.name for spec in TOOLS if argument in spec.arguments.model_fields]


async def ask(pc: Portcall, tool: str, **badly: Any) -> None:
    (spec,) = (spec for spec in TOOLS if spec.name == tool)
    sound = {name: value for name, value in SOUND.items() if name in spec.arguments.model_fields}
    await getattr(pc, tool)(**{**sound, **badly})


@pytest.mark.parametrize("limit", [0, -1, 1001, 10**6])
@pytest.mark.parametrize("tool", tools_with("limit"))
async def test_a_limit_out_of_range(pc: Portcall, registry: FakeRegistry, tool: str, limit: int):
    with pytest.raises(InvalidArgumentError, match="`limit` is not from 1 to 1000"):
        await ask(pc, tool, limit=limit)
    assert registry.requests == []


@pytest.mark.parametrize("query", ["", "   ", "x" * 257, "x" * 10_000])
@pytest.mark.parametrize("tool", tools_with("query"))
async def test_words_that_are_none_or_too_many(pc: Portcall, registry: FakeRegistry, tool: str, query: str):
    with pytest.raises(InvalidArgumentError):
        await ask(pc, tool, query=query)
    assert registry.requests == []


@pytest.mark.parametrize("cursor", ["x", "W10", "WyJhYmMiLDFd", "9" * 5000, "\ud800", "é"])
# What these page takes a scanner, or an image: their cursors are forged in tests/core/images.
@pytest.mark.parametrize("tool", sorted({*tools_with("cursor")} - {"get_vulnerabilities", "list_files"}))
async def test_a_forged_cursor(pc: Portcall, tool: str, cursor: str):
    with pytest.raises(InvalidArgumentError, match="`cursor` is no cursor of this list"):
        await ask(pc, tool, cursor=cursor)


@pytest.mark.parametrize(("limit", "higher"), [(10, True), (999, True), (1000, False)])
def test_a_list_that_stopped_tells_no_step_that_would_be_refused(limit: int, higher: bool):
    (warning,) = goes_on(range(limit), limit)
    assert ("a higher limit" in warning) is higher
    assert goes_on(range(limit - 1), limit) == ()
