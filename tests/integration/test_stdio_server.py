"""``portcall serve`` as MCP hosts start it, asked by the SDK's own client in both eras of the protocol."""

from __future__ import annotations

import json
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING, Any

import anyio
import pytest
from mcp.shared.exceptions import MCPError
from tests.testbed.configuration import registry_entry, write_configuration
from tests.testbed.hostile import control_characters, push_hostile_image
from tests.testbed.raw import APP
from tests.testbed.shell import Shell
from tests.testbed.stalled import StalledRegistry
from tests.testbed.stdio import PATIENCE, connected, error_of, text_of
from tests.testbed.tags import MANY_TAGS, REPOSITORY

from portcall import __version__
from portcall.testing import image, layer, quirks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from mcp.client.client import Client
    from tests.testbed.push import Push
    from tests.testbed.registry import RealRegistry

    from portcall.testing import FakeRegistry

pytestmark = pytest.mark.anyio

ERAS = {"2026": "auto", "2025": "legacy"}
PROMPTLY = 5.0  #: Seconds in which what takes no time is done, on a busy machine too.
BUDGET = 20_000  #: Characters of an answer's text.
INVALID_PARAMS, INTERNAL_ERROR = -32602, -32603


@pytest.fixture(scope="module")
async def clients(
    tmp_path_factory: pytest.TempPathFactory, plain_registry: RealRegistry
) -> AsyncIterator[dict[str, Client]]:
    """A session of each era, each with a server of its own; their stderr stays empty."""
    folder = tmp_path_factory.mktemp("stdio")
    entries = {plain_registry.netloc: registry_entry(plain_registry, folder)}
    config = str(write_configuration(folder / "portcall.toml", entries))
    shell = Shell(folder)
    async with AsyncExitStack() as stack:
        yield {
            era: await stack.enter_async_context(
                connected(shell, folder / f"{era}.log", "--config", config, mode=mode)
            )
            for era, mode in ERAS.items()
        }
    assert [(folder / f"{era}.log").read_text() for era in ERAS] == ["", ""]


@pytest.fixture(params=list(ERAS))
def client(clients: dict[str, Client], request: pytest.FixtureRequest) -> Client:
    """Each of the two sessions in turn."""
    return clients[request.param]


class TestBothEras:
    async def test_each_speaks_its_own_protocol(self, clients: dict[str, Client]) -> None:
        for era, client in clients.items():
            assert client.protocol_version.startswith(era)
            assert client.server_info is not None
            assert (client.server_info.name, client.server_info.version) == ("portcall", __version__)
            assert client.instructions

    async def test_both_offer_the_same_tools(self, clients: dict[str, Client]) -> None:
        listed = {
            era: [tool.model_dump(mode="json", by_alias=True) for tool in (await client.list_tools()).tools]
            for era, client in clients.items()
        }
        assert listed["2025"] == listed["2026"]
        assert {"list_registries", "search_tags", "get_image_details", "get_manifest", "check_images"} <= {
            tool["name"] for tool in listed["2026"]
        }
        assert all(tool["annotations"]["readOnlyHint"] for tool in listed["2026"])

    @pytest.mark.parametrize(
        ("tool", "arguments"),
        [
            ("list_registries", {}),
            ("search_tags", {"image_name": "HOST/demo/tags", "limit": 3}),
            ("search_tags", {"image_name": "HOST/demo/app:latest"}),
            ("get_image_details", {"image_name": "HOST/demo/app:1.0", "platform": "linux/arm64"}),
            ("get_manifest", {"image_name": "HOST/demo/chart:0.1.0"}),
            ("check_images", {"content": "FROM HOST/demo/app:1.0\nRUN x\nFROM HOST/demo/app:absent\n"}),
            ("get_image_details", {"image_name": "HOST/demo/app:absent"}),
            ("get_image_details", {"image_name": "Not A Reference"}),
            ("get_image_details", {"image_name": "HOST/demo/app:1.0", "tag": "latest2"}),
            ("search_tags", {"image_name": "HOST/demo/tags", "limit": 0}),
            ("no_such_tool", {}),
        ],
    )
    async def test_both_give_the_same_answers(
        self, clients: dict[str, Client], plain_registry: RealRegistry, tool: str, arguments: dict[str, Any]
    ) -> None:
        placed = {
            name: value.replace("HOST", plain_registry.netloc) if isinstance(value, str) else value
            for name, value in arguments.items()
        }
        answers = [await client.call_tool(tool, placed) for client in clients.values()]
        first, second = [(one.is_error, one.structured_content, text_of(one)) for one in answers]
        assert first == second
        assert first[1]
        assert first[2]


class TestAnswers:
    async def test_an_answer_comes_as_text_and_as_structure(
        self, client: Client, plain_registry: RealRegistry
    ) -> None:
        name = plain_registry.reference("demo/app")
        result = await client.call_tool("get_image_details", {"image_name": f"{name}:1.0"})
        assert not result.is_error
        detail = result.structured_content
        assert detail is not None
        assert (detail["digest"], detail["reference"]) == (APP.digest, f"{name}@{APP.digest}")
        assert detail["platforms"] == ["linux/amd64", "linux/arm64/v8"]
        assert f"{name}@{APP.digest}" in text_of(result)
        assert not text_of(result).lstrip().startswith("{")

    @pytest.mark.parametrize(
        ("image", "code"),
        [
            ("HOST/demo/app:absent", "not_found"),
            ("HOST/demo/absent", "not_found"),
            ("HOST/Demo/App", "invalid_reference"),
            ("127.0.0.1:1/demo/app", "unreachable"),
            ("169.254.169.254/demo/app", "blocked"),
        ],
    )
    async def test_an_error_is_an_answer_with_its_code_and_next_step(
        self, client: Client, plain_registry: RealRegistry, image: str, code: str
    ) -> None:
        reference = image.replace("HOST", plain_registry.netloc)
        error = error_of(await client.call_tool("get_image_details", {"image_name": reference}))
        assert error["code"] == code
        assert error["hint"]

    async def test_near_tags_are_told_twice(self, client: Client, plain_registry: RealRegistry) -> None:
        arguments = {"image_name": plain_registry.reference("demo/tags:1.0.00")}
        result = await client.call_tool("get_image_details", arguments)
        assert "1.0.0" in error_of(result)["candidates"]
        assert "1.0.0" in text_of(result)

    async def test_an_unknown_argument_is_named_and_its_value_is_not_told(self, client: Client) -> None:
        arguments = {"image_name": "nginx", "passwort": "swordfish"}
        result = await client.call_tool("get_image_details", arguments)
        assert error_of(result)["code"] == "invalid_argument"
        assert "passwort" in text_of(result)
        assert "swordfish" not in result.model_dump_json()

    @pytest.mark.parametrize(
        "arguments", [{}, {"image_name": ["swordfish"]}, {"image_name": "nginx", "limit": "swordfish"}]
    )
    async def test_a_wrong_argument_is_named_and_its_value_is_not_told(
        self, client: Client, arguments: dict[str, Any]
    ) -> None:
        result = await client.call_tool("search_tags", arguments)
        assert error_of(result)["code"] == "invalid_argument"
        assert "limit" in text_of(result) if "limit" in arguments else "image_name" in text_of(result)
        assert "swordfish" not in result.model_dump_json()

    async def test_an_unknown_tool_is_answered_with_those_that_there_are(self, client: Client) -> None:
        result = await client.call_tool("get_image_detail", {})
        assert error_of(result)["candidates"][0] == "get_image_details"
        assert "search_tags" in text_of(result)

    async def test_hostile_words_of_a_publisher_stand_as_text(
        self, client: Client, plain_registry: RealRegistry, push: Push
    ) -> None:
        digest = push_hostile_image(push(plain_registry), "scratch/hostile")
        arguments = {"image_name": plain_registry.reference(f"scratch/hostile@{digest}")}
        text = text_of(await client.call_tool("get_image_details", arguments))
        assert "pwned" in text
        assert control_characters(text) == set()
        assert "\n# Heading" not in text
        assert "\n| row | forged |" not in text

    async def test_a_long_list_is_cut_at_a_whole_row_and_goes_on_there(
        self, client: Client, registry_with_3000_tags: RealRegistry
    ) -> None:
        arguments = {"image_name": registry_with_3000_tags.reference(REPOSITORY), "limit": 1000}
        names: list[str] = []
        cursor = ""
        while True:
            result = await client.call_tool("search_tags", arguments | {"cursor": cursor})
            page = result.structured_content
            assert page is not None
            assert len(text_of(result)) <= BUDGET
            assert len(json.dumps(page)) <= 2 * BUDGET
            names += [tag["name"] for tag in page["tags"]]
            assert page["tags"][-1]["name"] in text_of(result)
            if not page.get("next_cursor"):
                break
            cursor = page["next_cursor"]
        assert names == list(reversed(MANY_TAGS))


class TestProgress:
    async def test_checking_images_tells_how_far_it_has_come(
        self, client: Client, plain_registry: RealRegistry
    ) -> None:
        told: list[tuple[float, float | None]] = []

        async def note(done: float, total: float | None, message: str | None) -> None:
            assert message
            told.append((done, total))

        images = [plain_registry.reference(f"demo/tags:{tag}") for tag in ("edge", "latest", "1.0.0", "absent")]
        await client.call_tool("check_images", {"images": images}, progress_callback=note)
        assert told == [(1, 4), (2, 4), (3, 4), (4, 4)]

    async def test_a_long_list_of_tags_tells_how_far_it_has_come(
        self, client: Client, fake_registry: FakeRegistry
    ) -> None:
        fake_registry.push("shop/api", image([layer({"a": "b"})]), tags=[f"1.{number}" for number in range(9)])
        fake_registry.add(quirks.ShortPages(2))
        told: list[float] = []

        async def note(done: float, total: float | None, message: str | None) -> None:
            assert total is None
            assert message
            told.append(done)

        arguments = {"image_name": f"{fake_registry.address.netloc}/shop/api"}
        result = await client.call_tool("search_tags", arguments, progress_callback=note)
        assert result.structured_content is not None
        assert result.structured_content["total"] == 9
        assert told == sorted(told)
        assert len(told) == 4


class TestPatience:
    async def test_a_call_that_is_cancelled_lets_go_of_its_registry_and_the_next_is_answered(
        self, client: Client, stalled: StalledRegistry, plain_registry: RealRegistry
    ) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "get_image_details", {"image_name": f"{stalled.netloc}/a/b"})
            with anyio.fail_after(PATIENCE):
                await stalled.asked.wait()
            group.cancel_scope.cancel()
        with anyio.fail_after(PROMPTLY):
            await stalled.left.wait()
        arguments = {"image_name": plain_registry.reference("demo/app:1.0")}
        assert not (await client.call_tool("get_image_details", arguments)).is_error

    async def test_a_registry_that_does_not_answer_keeps_nobody_else_waiting(
        self, client: Client, stalled: StalledRegistry, plain_registry: RealRegistry
    ) -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "search_tags", {"image_name": f"{stalled.netloc}/a/b"})
            with anyio.fail_after(PATIENCE):
                await stalled.asked.wait()
            arguments = {"image_name": plain_registry.reference("demo/zstd:1.0")}
            with anyio.fail_after(PROMPTLY):
                assert not (await client.call_tool("get_image_details", arguments)).is_error
            assert not stalled.left.is_set()
            group.cancel_scope.cancel()


class TestResources:
    async def test_there_is_an_image_template(self, client: Client) -> None:
        templates = (await client.list_resource_templates()).resource_templates
        assert "docker://image/{+name}/{tag}" in [template.uri_template for template in templates]
        assert {template.mime_type for template in templates} == {"text/markdown"}
        await client.list_resources()

    @pytest.mark.parametrize("slash", ["/", "%2F"])
    @pytest.mark.parametrize("colon", [":", "%3A"])
    async def test_an_image_is_read_by_its_name_however_it_is_escaped(
        self, client: Client, plain_registry: RealRegistry, slash: str, colon: str
    ) -> None:
        name = plain_registry.reference("demo/app")
        arguments = {"image_name": f"{name}:1.0"}
        escaped = name.replace(":", colon).replace("/", slash)
        (content,) = (await client.read_resource(f"docker://image/{escaped}/1.0")).contents
        assert content.mime_type == "text/markdown"
        told = text_of(await client.call_tool("get_image_details", arguments))
        assert getattr(content, "text", "") == told

    async def test_an_image_is_read_by_its_digest(self, client: Client, plain_registry: RealRegistry) -> None:
        name = plain_registry.reference("demo/app")
        (content,) = (await client.read_resource(f"docker://image/{name}/{APP.digest}")).contents
        assert f"{name}@{APP.digest}" in getattr(content, "text", "")

    @pytest.mark.parametrize(
        ("address", "code", "words"),
        [
            ("docker://image/HOST/demo/app/absent", INVALID_PARAMS, "not_found: "),
            ("docker://image/HOST/Demo/1.0", INVALID_PARAMS, "invalid_reference: "),
            ("docker://image/169.254.169.254/demo/app/1.0", INTERNAL_ERROR, "blocked: "),
            ("docker://nothing/of/the/kind", INVALID_PARAMS, "there is no such resource here"),
        ],
    )
    async def test_what_can_not_be_read_is_an_error_with_its_reason(
        self, client: Client, plain_registry: RealRegistry, address: str, code: int, words: str
    ) -> None:
        with pytest.raises(MCPError) as refused:
            await client.read_resource(address.replace("HOST", plain_registry.netloc))
        assert refused.value.code == code
        assert words in str(refused.value)
