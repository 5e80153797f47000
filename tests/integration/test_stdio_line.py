"""The process behind ``portcall serve``: its stdin, whatever comes in, its stdout, its start and its end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import pytest
from tests.testbed.configuration import registry_entry, write_configuration
from tests.testbed.raw import APP
from tests.testbed.shell import Shell
from tests.testbed.stalled import StalledRegistry
from tests.testbed.stdio import PATIENCE, RawServer, connected, error_of, popen
from tests.testbed.third_party import BROKEN, NOISY, install_plugin

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from tests.testbed.registry import RealRegistry


pytestmark = pytest.mark.anyio

PROMPTLY = 5.0  #: Seconds in which a process without work ends, on a busy machine too.


@pytest.fixture
def config(configuration: Callable[..., Path], plain_registry: RealRegistry) -> str:
    """A configuration file that lists ``plain_registry``."""
    return str(configuration(plain_registry))


@pytest.fixture
async def server(shell: Shell, tmp_path: Path, config: str) -> AsyncIterator[RawServer]:
    """A server to talk to byte by byte, not yet greeted."""
    async with RawServer.started(shell, tmp_path / "server.log", "--config", config) as running:
        yield running


class TestTheLine:
    """What reaches stdin, and what may leave by stdout."""

    async def test_closing_stdin_ends_the_server_at_once_and_in_silence(self, server: RawServer) -> None:
        await server.greet()
        assert await server.hang_up(PROMPTLY) == 0
        assert server.log.read_text() == ""

    async def test_closing_stdin_before_a_word_was_said_is_no_error(self, server: RawServer) -> None:
        assert await server.hang_up() == 0
        assert server.log.read_text() == ""

    async def test_what_was_asked_before_stdin_was_closed_is_still_answered(
        self, server: RawServer, plain_registry: RealRegistry
    ) -> None:
        await server.greet()
        arguments = {"image_name": plain_registry.reference("demo/app:1.0")}
        number = await server.send("tools/call", {"name": "get_image_details", "arguments": arguments})
        server.stdin.close()
        answer = await server.receive()
        assert answer["id"] == number
        assert answer["result"]["structuredContent"]["digest"] == APP.digest
        assert await server.hang_up() == 0

    async def test_a_host_that_is_gone_amid_a_question_ends_the_server_at_once(
        self, server: RawServer, stalled: StalledRegistry
    ) -> None:
        await server.greet()
        arguments = {"image_name": f"{stalled.netloc}/a/b"}
        await server.send("tools/call", {"name": "get_image_details", "arguments": arguments})
        with anyio.fail_after(PATIENCE):
            await stalled.asked.wait()
        server.stop_listening()
        assert await server.hang_up(PROMPTLY) == 0
        with anyio.fail_after(PROMPTLY):
            await stalled.left.wait()
        assert "Traceback" not in server.log.read_text()

    async def test_a_cancelled_request_is_not_answered_and_the_next_one_is(
        self, server: RawServer, stalled: StalledRegistry
    ) -> None:
        await server.greet()
        arguments = {"image_name": f"{stalled.netloc}/a/b"}
        number = await server.send("tools/call", {"name": "get_image_details", "arguments": arguments})
        with anyio.fail_after(PATIENCE):
            await stalled.asked.wait()
        await server.tell("notifications/cancelled", {"requestId": number, "reason": "enough"})
        with anyio.fail_after(PROMPTLY):
            await stalled.left.wait()
        assert "result" in await server.ask("ping")
        assert "Traceback" not in server.log.read_text()

    async def test_a_line_that_is_no_request_does_no_harm(self, server: RawServer) -> None:
        await server.greet()
        for garbage in (
            b"{not json}",
            b"",
            b"\xff\xfe\x00",
            b'"a text"',
            b"[]",
            b'{"jsonrpc": "2.0"}',
            b'{"jsonrpc": "2.0", "id": 1007, "method": "no/such/method"}',
            b'{"jsonrpc": "2.0", "id": 1008, "method": "tools/call", "params": [1, 2]}',
            b'{"jsonrpc": "2.0", "id": 1009, "method": "tools/call", "params": {"name": 3}}',
            b"[" * 100_000,
        ):
            await server.write(garbage + b"\n")
            answer = await server.ask("tools/list")
            assert answer["result"]["tools"], garbage[:40]
        assert await server.hang_up() == 0

    async def test_a_line_of_20_mebibytes_does_no_harm(self, server: RawServer) -> None:
        await server.greet()
        async with anyio.create_task_group() as group:
            group.start_soon(server.write, b"x" * (20 << 20) + b"\n")
            answer = await server.ask("tools/list")
        assert answer["result"]["tools"]
        assert await server.hang_up() == 0

    async def test_what_a_plugin_prints_never_reaches_stdout(
        self, shell: Shell, tmp_path: Path, plain_registry: RealRegistry
    ) -> None:
        entry = registry_entry(plain_registry, tmp_path) | {"backend": "noisy"}
        config = write_configuration(tmp_path / "portcall.toml", {plain_registry.netloc: entry})
        path = str(install_plugin(tmp_path / "site", "noisy", NOISY))
        log = tmp_path / "server.log"
        loud = {"PYTHONPATH": path}
        async with RawServer.started(shell, log, "--config", str(config), environment=loud) as server:
            await server.greet()
            arguments = {"image_name": plain_registry.reference("demo/app:1.0")}
            for _ in range(2):
                answer = await server.ask("tools/call", {"name": "get_image_details", "arguments": arguments})
                assert answer["result"]["structuredContent"]["digest"] == APP.digest
            assert await server.hang_up() == 0
        assert "a stray print" in log.read_text()
        assert "a program's print while importing" in log.read_text()


class TestStarting:
    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ("[network]\ntimeout = 'soon'\n", ["network.timeout"]),
            ("[network]\ntimeuot = 3\n", ["network.timeuot", "unknown key"]),
            ('[registries."x.example"]\npassword = "swordfish"\n', ["password", "password_env"]),
            (
                '[registries."x.example"]\nbackend = "nosuch"\n',
                ["backend", "dockerhub, ghcr"],
            ),
            ("[network\n", ["TOML"]),
        ],
    )
    def test_a_broken_configuration_ends_it_with_file_key_and_reason(
        self, shell: Shell, tmp_path: Path, text: str, words: list[str]
    ) -> None:
        file = tmp_path / "broken.toml"
        file.write_text(text)
        done = shell.portcall("serve", "--config", str(file))
        assert (done.status, done.out) == (2, "")
        assert [word for word in (*words, str(file)) if word not in done.err] == []
        assert "swordfish" not in done.err
        assert "Traceback" not in done.err

    async def test_only_the_toolsets_that_were_asked_for_are_offered(self, shell: Shell, tmp_path: Path) -> None:
        async with connected(shell, tmp_path / "log", "--toolsets", "discovery") as client:
            names = [tool.name for tool in (await client.list_tools()).tools]
            assert "list_registries" in names
            assert not {"search_tags", "get_image_details", "get_manifest", "check_images"} & set(names)
            hidden = await client.call_tool("search_tags", {"image_name": "127.0.0.1:1/a"})
            assert error_of(hidden)["code"] == "invalid_argument"

    def test_a_missing_configuration_ends_it_too(self, shell: Shell, tmp_path: Path) -> None:
        done = shell.portcall("serve", environment={"PORTCALL_CONFIG": str(tmp_path / "none.toml")})
        assert (done.status, done.out) == (2, "")
        assert str(tmp_path / "none.toml") in done.err

    def test_a_wrong_variable_is_named(self, shell: Shell) -> None:
        done = shell.portcall("serve", environment={"PORTCALL_NETWORK__TIMEOUT": "soon"})
        assert (done.status, done.out) == (2, "")
        assert "PORTCALL_NETWORK__TIMEOUT" in done.err

    def test_a_broken_plugin_is_logged_as_a_line_of_json_and_costs_itself_only(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        path = str(install_plugin(tmp_path / "site", "broken", BROKEN))
        done = shell.portcall("serve", environment={"PYTHONPATH": path})
        assert (done.status, done.out) == (0, "")
        lines = [json.loads(line) for line in done.err.splitlines()]
        (line,) = [line for line in lines if "portcall-broken" in json.dumps(line)]
        assert line["level"] == "warning"
        assert line["timestamp"]
        assert "a part is missing" in json.dumps(line)

    @pytest.mark.parametrize("stdout", ["file", "null"])
    @pytest.mark.parametrize("stdin", ["file", "null"])
    def test_files_and_dev_null_will_do_for_stdin_and_stdout(
        self, shell: Shell, tmp_path: Path, stdin: str, stdout: str
    ) -> None:
        null, requests, answers = "/dev/null", tmp_path / "requests", tmp_path / "answers"
        requests.write_text(json.dumps({"jsonrpc": "2.0", "id": 1, "method": "ping"}) + "\n")
        source, sink = (requests if stdin == "file" else null), (answers if stdout == "file" else null)
        with (
            Path(source).open("rb") as incoming,
            Path(sink).open("wb") as outgoing,
            popen(shell, incoming, outgoing) as process,
        ):
            _, err = process.communicate(timeout=PATIENCE)
        assert (process.returncode, err) == (0, b"")
        if stdout == "file":
            assert [json.loads(line)["id"] for line in answers.read_text().splitlines()] in ([], [1])
