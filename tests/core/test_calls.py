"""Every call leaves a line in the log that says what it cost, and nothing that is anybody's business."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any

import pytest
from tests.core.http.asking import REPOSITORY, asking, entry, refused, serving

from portcall.answering import shape
from portcall.call import aside, call_at_hand, calling
from portcall.testing import quirks
from portcall.tools import tool_named

if TYPE_CHECKING:
    from portcall.testing import FakeRegistry

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> pytest.LogCaptureFixture:
    caplog.set_level(logging.DEBUG, "portcall")
    return caplog


def events(log: pytest.LogCaptureFixture, name: str) -> list[dict[str, Any]]:
    return [vars(record) for record in log.records if record.getMessage() == name]


def image(registry: FakeRegistry, tag: str = "1") -> str:
    return f"{registry.address.netloc}/{REPOSITORY}:{tag}"


async def test_call_tells_what_it_was_about_and_what_it_cost(log: pytest.LogCaptureFixture):
    with serving() as registry:
        async with asking(entry(registry.address)) as gateway:
            await gateway.get_image_details(image(registry))
        host = registry.address.netloc
    (told,) = events(log, "tool_called")
    assert told["tool"] == "get_image_details"
    assert told["outcome"] == "ok"
    assert told["registry"] == host
    assert told["requests"] == len(registry.requests) == 2
    assert told["bytes"] > 0
    assert told["looked_up"] == {"upstream": 2}
    assert 0 < told["seconds"] < 30


async def test_second_call_tells_that_it_cost_nothing(log: pytest.LogCaptureFixture):
    with serving() as registry:
        async with asking(entry(registry.address)) as gateway:
            await gateway.get_image_details(image(registry))
            await gateway.get_image_details(image(registry))
    _, told = events(log, "tool_called")
    assert told["requests"] == 0
    assert set(told["looked_up"]) == {"memory"}


async def test_requests_bear_the_id_of_their_call(log: pytest.LogCaptureFixture):
    with serving() as registry:
        async with asking(entry(registry.address)) as gateway:
            await gateway.get_image_details(image(registry))
            await gateway.search_tags(f"{registry.address.netloc}/{REPOSITORY}")
        host = registry.address.netloc
    first, second = (told["request_id"] for told in events(log, "tool_called"))
    assert first != second
    sent = events(log, "upstream_request")
    assert [told["request_id"] for told in sent] == [first, first, second]
    assert {(told["host"], told["method"], told["status"]) for told in sent} == {(host, "GET", 200)}


async def test_resource_tells_how_often_it_was_tried(log: pytest.LogCaptureFixture):
    with serving(quirks.Answer(503, times=2)) as registry:
        async with asking(entry(registry.address)) as gateway:
            await gateway.get_manifest(image(registry))
    (told,) = events(log, "resource_fetched")
    assert (told["status"], told["attempts"]) == (200, 3)


async def test_failure_tells_its_code(log: pytest.LogCaptureFixture):
    with serving() as registry:
        async with asking(entry(registry.address)) as gateway:
            with refused("not_found"):
                await gateway.get_manifest(image(registry, "no-such-tag"))
            with refused("invalid_reference"):
                await gateway.get_manifest("nginx:no tag")
    assert [told["outcome"] for told in events(log, "tool_called")] == ["not_found", "invalid_reference"]


async def test_arguments_are_told_by_their_shapes_alone(log: pytest.LogCaptureFixture):
    with serving() as registry:
        async with asking(entry(registry.address)) as gateway:
            given = {"images": [image(registry), "canary-name:canary-tag"], "content": "FROM canary-content\n"}
            await tool_named("check_images").run(gateway, given)
    (told,) = events(log, "tool_called")
    assert told["arguments"]["images"] == "list[2]"
    assert told["arguments"]["content"] == "str[20]"
    assert "canary" not in log.text + "".join(repr(vars(record)) for record in log.records)


async def test_arguments_that_do_not_fit_are_told_as_ever(log: pytest.LogCaptureFixture):
    async with asking() as gateway:
        with refused("internal"):
            await gateway.get_manifest("nginx", "1", "linux/amd64", "one too many")
    (told,) = events(log, "tool_called")
    assert (told["outcome"], told["arguments"]) == ("internal", {})


def test_a_shape_says_kind_and_length():
    assert [shape(value) for value in ("abc", 7, True, None, ["a"], {"a": 1})] == [
        "str[3]",
        "int",
        "bool",
        "NoneType",
        "list[1]",
        "dict[1]",
    ]


def test_what_concerns_one_row_is_not_told_of_all():
    with calling("check_images") as call:
        with aside() as row:
            call_at_hand().warn("of this row")
            call_at_hand().rely_on(5.0)
            call_at_hand().requests += 2
        call_at_hand().warn("of all")
    assert list(row.warnings) == ["of this row"]
    assert row.as_of == 5.0
    assert (list(call.warnings), call.as_of, call.requests) == (["of all"], None, 2)


def test_outside_of_a_call_nothing_is_held():
    call_at_hand().warn("unheard")
    assert not call_at_hand().warnings
