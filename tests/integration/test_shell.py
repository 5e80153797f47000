"""``portcall`` at the shell: statuses, streams, files, pipes, terminals."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from tests.testbed.hostile import control_characters, push_hostile_image, undrawn
from tests.testbed.raw import APP
from tests.testbed.shapes import PUSHED_TAGS
from tests.testbed.shell import PATIENCE

from portcall import __version__

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.testbed.push import Push
    from tests.testbed.registry import RealRegistry
    from tests.testbed.shell import Finished, Shell

COMPOSE = """\
services:
  app:
    image: HOST/demo/app:1.0
  sidecar:
    image: "HOST/demo/docker:list"
"""
BROKEN_COMPOSE = COMPOSE + "  gone:\n    image: HOST/demo/app:1.00\n"
NEWEST_FIRST = ["1.10.0", "1.2.0", "1.0.0"]


@pytest.fixture
def app(plain_registry: RealRegistry) -> str:
    """An image of two platforms."""
    return plain_registry.reference("demo/app:1.0")


def answer(done: Finished, status: int = 0) -> Any:
    """Return the JSON on stdout: all of it, and nothing else, whatever the status."""
    assert done.status == status, done.err
    return json.loads(done.out)


class TestCommands:
    def test_version_is_one_line(self, shell: Shell) -> None:
        done = shell.portcall("--version")
        assert (done.status, done.out, done.err) == (0, f"portcall {__version__}\n", "")

    def test_help_names_every_command(self, shell: Shell) -> None:
        done = shell.portcall("--help")
        assert done.status == 0
        for command in (
            *("serve", "search", "tags", "inspect", "check"),
            *("registries", "plugins", "doctor", "cache", "call", "demo"),
        ):
            assert command in done.out

    def test_inspect_tells_the_same_as_json_and_as_markdown(self, shell: Shell, app: str) -> None:
        as_json, as_markdown = shell.portcall("inspect", app, "--json"), shell.portcall("inspect", app)
        assert answer(as_json)["digest"] == APP.digest
        assert as_json.err == as_markdown.err == ""
        assert as_markdown.status == 0
        assert as_markdown.out.startswith(f"# {app}")
        assert APP.digest in as_markdown.out

    def test_inspect_shows_a_platform_or_the_raw_manifest(self, shell: Shell, app: str) -> None:
        chosen = answer(shell.portcall("inspect", app, "--platform", "linux/arm64", "--json"))
        assert (chosen["architecture"], chosen["digest"]) == ("arm64", APP.digest)
        raw = answer(shell.portcall("inspect", app, "--raw"))
        assert chosen["platform_digest"] in [child["digest"] for child in raw["manifests"]]

    def test_tags_go_on_where_the_page_before_ended(self, shell: Shell, plain_registry: RealRegistry) -> None:
        repository, names, cursor = plain_registry.reference("demo/tags"), [], ""
        for _ in range(2):
            page = answer(shell.portcall("tags", repository, "--limit", "5", "--cursor", cursor, "--json"))
            names += [tag["name"] for tag in page["tags"]]
            cursor = page["next_cursor"]
        assert sorted(names) == sorted(PUSHED_TAGS)
        assert cursor is None
        assert page["newest_stable"] == "1.10.0"

    def test_no_tag_that_matches_is_told(self, shell: Shell, plain_registry: RealRegistry) -> None:
        done = shell.portcall_on_terminal("tags", plain_registry.reference("demo/tags"), "nosuch")
        assert done.status == 0
        assert "no tag matches" in undrawn(done.out)

    def test_tags_take_a_pattern(self, shell: Shell, plain_registry: RealRegistry) -> None:
        done = shell.portcall("tags", plain_registry.reference("demo/tags"), "version:>=1 <2", "--json")
        assert [tag["name"] for tag in answer(done)["tags"] if "-" not in tag["name"]] == NEWEST_FIRST

    def test_plugins_are_the_four_that_are_built_in(self, shell: Shell) -> None:
        done = shell.portcall("plugins", "--json")
        states = {row["plugin"]: row["state"] for row in answer(done)["plugins"]}
        assert states == dict.fromkeys(
            ("portcall:dockerhub", "portcall:ghcr", "portcall:oci", "portcall:quay"), "loaded"
        )

    def test_registries_show_the_credentials_source_and_nothing_of_them(
        self, shell: Shell, basic_registry: RealRegistry, configuration: Callable[..., Path]
    ) -> None:
        config = str(configuration(basic_registry))
        done = shell.portcall("registries", basic_registry.netloc, "--probe", "--json", "--config", config)
        (row,) = answer(done)["registries"]
        assert (row["configured"], row["credentials"], row["reachable"]) == (True, "configuration", True)
        assert str(basic_registry.password) not in done.out + done.err

    def test_call_takes_pairs_or_json(self, shell: Shell, app: str) -> None:
        pairs = shell.portcall("call", "get_image_details", f"image_name={app}", "platform=linux/arm64")
        one = json.dumps({"image_name": app, "platform": "linux/arm64"})
        assert answer(pairs) == answer(shell.portcall("call", "get_image_details", one))
        assert answer(pairs)["architecture"] == "arm64"

    def test_a_key_given_twice_makes_a_list(self, shell: Shell, app: str) -> None:
        done = shell.portcall("call", "check_images", f"images={app}", "images=127.0.0.1:1/x/y")
        assert [check["exists"] for check in answer(done)["checks"]] == [True, None]


class TestCheck:
    @pytest.fixture
    def write(self, tmp_path: Path, plain_registry: RealRegistry) -> Callable[[str], str]:
        def written(text: str) -> str:
            file = tmp_path / "docker-compose.yml"
            file.write_text(text.replace("HOST", plain_registry.netloc))
            return str(file)

        return written

    def test_a_compose_file_whose_images_exist_passes(self, shell: Shell, write: Callable[[str], str]) -> None:
        found = answer(shell.portcall("check", "-f", write(COMPOSE), "--platform", "linux/arm64", "--json"))
        assert (found["ok"], found["failed"], found["content_kind"]) == (2, 0, "compose")
        assert [check["line"] for check in found["checks"]] == [3, 5]

    def test_one_image_that_is_missing_fails_it_and_is_told_with_its_line(
        self, shell: Shell, write: Callable[[str], str]
    ) -> None:
        found = answer(shell.portcall("check", "-f", write(BROKEN_COMPOSE), "--json"), status=1)
        assert [check["exists"] for check in found["checks"]] == [True, True, False]
        assert found["checks"][2]["line"] == 7
        assert "1.0" in found["checks"][2]["error"]["candidates"]

    def test_a_dockerfile_may_come_by_stdin(self, shell: Shell, app: str) -> None:
        dockerfile = f"FROM {app} AS build\nRUN true\nFROM build\nCOPY --from={app} / /\n"
        found = answer(shell.portcall("check", "-f", "-", "--json", stdin=dockerfile))
        assert {check["line"] for check in found["checks"]} == {1, 4}

    def test_a_file_that_is_not_there_is_bad_usage(self, shell: Shell, tmp_path: Path) -> None:
        done = shell.portcall("check", "-f", str(tmp_path / "none.yml"))
        assert (done.status, done.out) == (2, "")
        assert "none.yml" in done.err


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "code"),
        [
            (["inspect", "HOST/demo/app:absent"], "not_found"),
            (["tags", "HOST/demo/absent"], "not_found"),
            (["inspect", "HOST/Demo"], "invalid_reference"),
            (["call", "search_tags", "image_name=HOST/demo/app", "limit=0"], "invalid_argument"),
            (["call", "search_tags", "image_name=HOST/demo/app", "nosuch=swordfish"], "invalid_argument"),
        ],
    )
    def test_an_error_is_told_on_stderr_and_as_json_and_is_status_1(
        self, shell: Shell, plain_registry: RealRegistry, arguments: list[str], code: str
    ) -> None:
        placed = [argument.replace("HOST", plain_registry.netloc) for argument in arguments]
        done = shell.portcall(*placed, *(["--json"] if arguments[0] != "call" else []))
        assert answer(done, status=1)["error"]["code"] == code
        assert done.err.startswith(f"{code}: ")
        assert len(done.err.splitlines()) == 1
        assert "swordfish" not in done.out + done.err

    def test_without_json_stdout_stays_empty(self, shell: Shell, plain_registry: RealRegistry) -> None:
        done = shell.portcall("inspect", plain_registry.reference("demo/app:absent"))
        assert (done.status, done.out) == (1, "")
        assert done.err.startswith("not_found: ")

    @pytest.mark.parametrize(
        "arguments",
        [
            ["nosuch"],
            ["inspect"],
            ["tags", "nginx", "--limit", "0"],
            ["serve", "--toolsets", "nosuch"],
            ["inspect", "nginx", "--config", "/nonexistent.toml"],
        ],
        ids=" ".join,
    )
    def test_bad_usage_is_status_2_and_explained_on_stderr(self, shell: Shell, arguments: list[str]) -> None:
        done = shell.portcall(*arguments)
        assert (done.status, done.out) == (2, "")
        assert done.err
        assert "Traceback" not in done.err

    @pytest.mark.parametrize("command", ["inspect", "serve"])
    def test_ctrl_c_ends_it_without_a_traceback(
        self, shell: Shell, tmp_path: Path, stalled_port: socket.socket, command: str
    ) -> None:
        netloc = f"127.0.0.1:{stalled_port.getsockname()[1]}"
        arguments = [command] if command == "serve" else [command, f"{netloc}/a/b"]
        with subprocess.Popen(
            [sys.executable, "-m", "portcall", *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=shell.environment(),
            cwd=tmp_path,
        ) as child:
            if command == "serve":
                assert child.stdin is not None
                assert child.stdout is not None
                call = {"name": "get_image_details", "arguments": {"image_name": f"{netloc}/a/b"}}
                hello = {"protocolVersion": "2025-06-18", "capabilities": {}}
                hello |= {"clientInfo": {"name": "test", "version": "1"}}
                for number, (method, parameters) in enumerate([("initialize", hello), ("tools/call", call)]):
                    request = {"jsonrpc": "2.0", "id": number, "method": method, "params": parameters}
                    child.stdin.write(json.dumps(request).encode() + b"\n")
                    child.stdin.flush()
            asked, _ = stalled_port.accept()
            with asked:
                child.send_signal(signal.SIGINT)
                _, err = child.communicate(timeout=PATIENCE)
        assert child.returncode == 130
        assert b"Traceback" not in err

    @pytest.fixture
    def stalled_port(self) -> Any:
        """A port where connections are taken, and nothing is said."""
        with socket.create_server(("127.0.0.1", 0)) as listening:
            listening.settimeout(PATIENCE)
            yield listening


class TestCompletion:
    def test_bash_is_given_its_script(self, shell: Shell) -> None:
        script = f"{sys.executable} -m portcall --show-completion; exit $?"
        done = shell.run(["bash", "-c", script], environment={"SHELL": "/bin/bash"})
        assert done.status == 0
        assert "complete " in done.out
        checked = shell.run(["bash", "-n"], stdin=done.out)
        assert (checked.status, checked.err) == (0, "")

    @pytest.mark.parametrize(
        ("words", "expected"), [("portcall in", "inspect"), ("portcall call get_im", "get_image_details")]
    )
    def test_commands_and_tools_are_completed(self, shell: Shell, words: str, expected: str) -> None:
        variables = {
            "_PORTCALL_COMPLETE": "complete_bash",
            "COMP_WORDS": words,
            "COMP_CWORD": str(len(words.split()) - 1),
        }
        assert shell.portcall(environment=variables).out.split() == [expected]


class TestHostileWords:
    """What a publisher wrote moves no cursor, sets no title and turns no line round."""

    @pytest.fixture
    def image(self, plain_registry: RealRegistry, push: Push, scratch_repository: str) -> str:
        push_hostile_image(push(plain_registry), scratch_repository)
        return plain_registry.reference(f"{scratch_repository}:1")

    def test_on_a_terminal(self, shell: Shell, image: str) -> None:
        done = shell.portcall_on_terminal("inspect", image)
        assert done.status == 0
        assert "\x1b[" in done.out  # it is drawn, in colours
        assert "█" in done.out
        assert "hostile" in done.out
        assert control_characters(undrawn(done.out)) == set()
        assert "\x1b[5m" not in done.out
        assert "\n| row | forged |" not in undrawn(done.out)

    def test_in_a_pipe(self, shell: Shell, image: str) -> None:
        done = shell.portcall("inspect", image)
        assert done.status == 0
        assert control_characters(done.out + done.err) == set()
        assert "\n| row | forged |" not in done.out
        assert "\n# Heading" not in done.out

    def test_as_json(self, shell: Shell, image: str) -> None:
        done = shell.portcall("inspect", image, "--json")
        assert "hostile" in answer(done)["labels"]
        assert control_characters(done.out) == set()


class TestTerminal:
    def test_tags_are_drawn_with_the_newest_stable(self, shell: Shell, plain_registry: RealRegistry) -> None:
        done = shell.portcall_on_terminal("tags", plain_registry.reference("demo/tags"))
        assert done.status == 0
        assert "\x1b[" in done.out
        plain = undrawn(done.out)
        assert "newest stable 1.10.0" in plain
        assert set(PUSHED_TAGS) <= set(plain.split())

    def test_checks_are_drawn_with_marks(self, shell: Shell, app: str) -> None:
        done = shell.portcall_on_terminal("check", app, f"{app}0")
        assert done.status == 1
        plain = undrawn(done.out)
        assert "✓" in plain
        assert "✗" in plain
        assert "1 fine, 1 failed" in plain

    def test_registries_tell_what_each_can(self, shell: Shell) -> None:
        plain = undrawn(shell.portcall_on_terminal("registries", columns=200).out)
        assert "all can: tags, manifests, details, repository" in plain
        assert "CAN ALSO" in plain

    @pytest.mark.parametrize(
        ("words", "status", "code"),
        [
            (("get_image_details", "image_name=No Such"), 1, "invalid_reference"),
            (("nosuch",), 2, "invalid_argument"),
        ],
    )
    def test_an_error_of_a_call_is_told_once(
        self, shell: Shell, words: tuple[str, ...], status: int, code: str
    ) -> None:
        """And on lines of its own: the spinner beside which it was looked for is gone."""
        done = shell.portcall_on_terminal("call", *words)
        assert done.status == status
        assert done.out.count(code) == 1
        assert json.loads(undrawn(done.out).rpartition("━")[2])["error"]["code"] == code

    def test_an_error_is_one_red_line(self, shell: Shell) -> None:
        done = shell.portcall_on_terminal("inspect", "No Such")
        assert done.status == 1
        assert "\x1b[1;31minvalid_reference" in done.out
