"""What is set up, as the shell shows it: plugins, registries, cache, toolsets; and what of it has a status."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from portcall.cli.serve import TOOLSETS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.testbed.registry import RealRegistry
    from tests.testbed.shell import Finished, Shell

#: A backend that can be named, and a prefix that it does not get.
HALF_A_PLUGIN = """\
from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl

@hookimpl
def portcall_backends():
    yield BackendRegistration(name="half", factory=RegistryBackend, prefixes=("quay.io",))
"""


def install(folder: Path, name: str, source: str) -> None:
    """Install a plugin as pip would."""
    (folder / f"{name}_plugin.py").write_text(source)
    info = folder / f"portcall_{name}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: portcall-{name}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[portcall.plugins]\nmain = {name}_plugin\n")


def told(done: Finished) -> Any:
    return json.loads(done.out)


class TestPlugins:
    @pytest.fixture
    def environment(self, tmp_path: Path) -> dict[str, str]:
        """Where plugins of this test's are installed."""
        return {"PYTHONPATH": str(tmp_path)}

    def test_they_tell_what_they_add(self, shell: Shell) -> None:
        done = shell.portcall("plugins")
        assert done.status == 0
        assert done.out.splitlines()[0].endswith(" loaded · backends dockerhub")

    def test_one_that_fails_is_status_1_and_told(
        self, shell: Shell, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        install(tmp_path, "broken", "import nosuch")
        done = shell.portcall("plugins", environment=environment)
        assert done.status == 1
        assert "portcall-broken:main 1.0 failed: ModuleNotFoundError: No module named 'nosuch'" in done.out

    def test_one_that_lost_a_part_is_loaded_but(
        self, shell: Shell, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        install(tmp_path, "half", HALF_A_PLUGIN)
        done = shell.portcall("plugins", environment=environment)
        assert done.status == 1
        (line,) = [line for line in done.out.splitlines() if line.startswith("portcall-half:main 1.0 ")]
        assert " 1.0 loaded, but " in line
        assert line.endswith(" · backends half")

    def test_its_state_is_loaded_all_the_same(
        self, shell: Shell, tmp_path: Path, environment: dict[str, str]
    ) -> None:
        install(tmp_path, "half", HALF_A_PLUGIN)
        done = shell.portcall("plugins", "--json", environment=environment)
        (row,) = [row for row in told(done)["plugins"] if row["problems"]]
        assert (done.status, row["state"]) == (1, "loaded")


class TestRegistries:
    def test_one_is_probed_listed_or_not(self, shell: Shell, plain_registry: RealRegistry) -> None:
        (row,) = told(shell.portcall("registries", plain_registry.netloc, "--probe", "--json"))["registries"]
        assert (row["backend"], row["reachable"]) == ("oci", True)

    def test_one_that_was_named_and_does_not_answer_is_status_1(self, shell: Shell) -> None:
        done = shell.portcall("registries", "127.0.0.1:1", "--probe")
        assert done.status == 1
        assert done.out.count("reachable") == 1

    def test_one_that_nobody_named_may_be_out_of_reach(
        self, shell: Shell, configuration: Callable[..., Path]
    ) -> None:
        file = configuration(plugins={"disabled": ["portcall:dockerhub", "portcall:ghcr", "portcall:quay"]})
        file.write_text(f'{file.read_text()}\n[registries."down.test"]\nendpoint = "http://127.0.0.1:1"\n')
        done = shell.portcall("registries", "--probe", "--config", str(file))
        assert done.status == 0
        assert "**not reachable**" in done.out


class TestCache:
    def test_clearing_it_tells_how_much_it_held(self, shell: Shell, plain_registry: RealRegistry) -> None:
        disk = {"PORTCALL_CACHE__URL": "disk://"}
        shell.portcall("inspect", plain_registry.reference("demo/app:1.0"), environment=disk)
        tiers = told(shell.portcall("cache", "info", "--json", environment=disk))["tiers"]
        held = sum(tier["entries"] for tier in tiers)
        assert held > 1
        for count in (held, 0):
            cleared = shell.portcall("cache", "clear", environment=disk)
            assert cleared.out.startswith(f"cleared {count} answers\n")


def test_the_help_of_serve_names_the_toolsets_that_there_are(shell: Shell) -> None:
    refused = shell.portcall("serve", "--toolsets", "nosuch").err
    known = refused.partition("There are ")[2].strip().rstrip(".").split(", ")
    assert sorted(TOOLSETS.split(", ")) == known


def test_a_tool_that_there_is_not_is_named_to_the_person_who_asked(shell: Shell) -> None:
    assert "there is no tool 'get_image' here" in shell.portcall("call", "get_image").err
