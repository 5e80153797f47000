"""Errors: each says what failed, where, and the next step; an outage is never an absence."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from tests.core.images.conftest import HOST, asked, settings_for

from portcall import Portcall
from portcall.errors import PortcallError
from portcall.testing import FakeRegistry, image, layer, quirks

pytestmark = pytest.mark.anyio

APP = image([layer({"srv/app": "app\n"})])
NAME = f"{HOST}/shop/api"
QUESTIONS: dict[str, Callable[[Portcall], Awaitable[object]]] = {
    "details": lambda pc: pc.get_image_details(f"{NAME}:1.0"),
    "manifest": lambda pc: pc.get_manifest(f"{NAME}:1.0"),
    "tags": lambda pc: pc.search_tags(NAME),
    "same digest": lambda pc: pc.search_tags(f"{NAME}:1.0"),
}


@pytest.fixture(autouse=True)
def _stocked(registry: FakeRegistry) -> None:
    registry.push("shop/api", APP, tags=["1.0"])


async def failure(pc: Portcall, question: str) -> PortcallError:
    with pytest.raises(PortcallError) as failed:
        await QUESTIONS[question](pc)
    error = failed.value
    assert error.registry == HOST
    assert error.reference in {NAME, f"{NAME}:1.0"}
    assert error.hint
    return error


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    ("quirk", "code"),
    [
        (quirks.Answer(400), "upstream_error"),
        (quirks.Answer(403), "forbidden"),
        (quirks.Answer(429, retry_after=600), "rate_limited"),
        (quirks.Answer(503, retry_after=600), "upstream_error"),
        (quirks.HtmlPage(), "upstream_error"),
        (quirks.Answer(200, body=b'{"schemaVersion": 2, "manif'), "upstream_error"),
    ],
    ids=["400", "403", "429", "503", "html", "garbage"],
)
async def test_an_outage_is_named_as_what_it_is(
    pc: Portcall, registry: FakeRegistry, question: str, quirk: quirks.Quirk, code: str
):
    registry.add(quirk)
    assert (await failure(pc, question)).code == code


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_limit_says_when_to_come_back(pc: Portcall, registry: FakeRegistry, question: str):
    registry.add(quirks.Answer(429, retry_after=600))
    assert (await failure(pc, question)).retry_after == 600


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_registry_that_is_down_is_unreachable(question: str):
    async with Portcall(settings_for({HOST: {"endpoint": "http://127.0.0.1:1"}}, network={"timeout": 1.5})) as pc:
        assert (await failure(pc, question)).code == "unreachable"


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_registry_that_keeps_us_waiting_is_a_timeout(registry: FakeRegistry, question: str):
    registry.add(quirks.Stall())
    settings = settings_for({HOST: {"endpoint": registry.address.url}}, network={"timeout": 0.3})
    async with Portcall(settings) as pc:
        assert (await failure(pc, question)).code == "timeout"


@pytest.mark.parametrize("question", QUESTIONS)
async def test_a_denied_registry_is_blocked_before_anything_is_asked(registry: FakeRegistry, question: str):
    settings = settings_for({HOST: {"endpoint": registry.address.url}}, network={"deny_hosts": [HOST]})
    async with Portcall(settings) as pc:
        assert (await failure(pc, question)).code == "blocked"
    assert asked(registry) == []


@pytest.mark.parametrize("question", [name for name in QUESTIONS if name != "tags"])
async def test_a_failure_to_look_for_near_tags_is_not_the_answer(
    pc: Portcall, registry: FakeRegistry, question: str
):
    registry.delete_tag("shop/api", "1.0")
    registry.add(quirks.Answer(403, path="/tags/list"))
    error = await failure(pc, question)
    assert (error.code, error.candidates) == ("not_found", ())


async def test_an_invalid_reference_is_refused_before_anything_is_asked(pc: Portcall, registry: FakeRegistry):
    with pytest.raises(PortcallError) as refused:
        await pc.get_image_details(f"{HOST}/shop/Api:1.0")
    assert (refused.value.code, asked(registry)) == ("invalid_reference", [])
