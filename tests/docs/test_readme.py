"""What the README shows is what happens."""

from __future__ import annotations

import json
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.blocks import ROOT, Block, blocks_of
from tests.testbed.certificates import write_server_certificate

from portcall.settings import Settings, load_settings
from portcall.testing import demo_registry
from portcall.tools import TOOLS

#: Commands that install, build or never end; the packaging tests and the continuous integration run them.
NOT_HERE = ("make ", "pipx ", "pip ", "uv ")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """Where the demo's registry is served in place of the README's port 5000."""
    with demo_registry().serve() as address:
        yield address.port


def run(command: list[str], folder: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PORTCALL_")}
    environment |= {"PORTCALL_CONFIG": os.devnull}
    return subprocess.run(
        command, capture_output=True, text=True, timeout=60, env=environment, cwd=folder, check=False
    )


def serves(arguments: list[str]) -> None:
    """Start a server, at a port that is free, and end it once it says where it is."""
    command = [sys.executable, "-m", "portcall", *arguments, "--port", "0"]
    environment = {**os.environ, "PORTCALL_CONFIG": os.devnull}
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, env=environment) as server:
        assert server.stderr is not None
        assert any("/mcp (auth: none" in line for line in server.stderr)
        server.terminate()
        assert server.wait(10) == 0


@pytest.mark.parametrize("block", blocks_of("README.md", "console"), ids=str)
def test_shell_examples_print_what_the_readme_shows(block: Block, port: int):
    first, *shown = block.text.splitlines()
    command = first.removeprefix("$ ")
    if command.startswith(NOT_HERE):
        pytest.skip(f"{command!r} is run by the packaging tests and by `make`")
    _, *arguments = shlex.split(command.replace("localhost:5000", f"localhost:{port}"))
    if arguments[0] == "serve":
        serves(arguments)
        return
    result = run([sys.executable, "-m", "portcall", *arguments])
    assert result.returncode in {0, 1}, result.stderr
    if shown:
        assert result.stdout.replace(f"localhost:{port}", "localhost:5000").splitlines() == shown


def test_the_python_example_runs(port: int, tmp_path: Path):
    (block,) = blocks_of("README.md", "python")
    script = tmp_path / "example.py"
    script.write_text(block.text.replace("localhost:5000", f"localhost:{port}"))
    result = run([sys.executable, str(script)], tmp_path)
    assert result.returncode == 0, result.stderr
    assert f"localhost:{port}/shop/api@sha256:" in result.stdout


def test_the_configuration_example_loads(tmp_path: Path):
    block, _ = blocks_of("README.md", "toml")
    pem, secret = write_server_certificate(tmp_path / "pki").ca, tmp_path / "team"
    secret.write_text("a secret\n")
    text = block.text.replace("/etc/ssl/corp.pem", str(pem)).replace("/run/secrets/team", str(secret))
    file = tmp_path / "config.toml"
    file.write_text(text)
    settings = load_settings(file, {"CORP_TOKEN": "another"})
    assert set(settings.registries) == {
        "registry.corp.example",
        "registry.corp.example/team",
        "quay.corp.example",
    }


def test_the_headings_for_a_proxy_list_their_registries(tmp_path: Path):
    _, block = blocks_of("README.md", "toml")
    file = tmp_path / "config.toml"
    file.write_text(block.text)
    assert list(load_settings(file, {}).registries) == ["docker.io", "ghcr.io"]


def test_the_host_configuration_is_json():
    (block,) = blocks_of("README.md", "json")
    assert json.loads(block.text)["mcpServers"]["portcall"] == {"command": "portcall", "args": ["serve"]}


def test_every_tool_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    missing = [tool.name for tool in TOOLS if f"`{tool.name}`" not in text]
    assert not missing


def test_every_setting_is_in_the_readme():
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    later = {"server", "auth"}
    for name, field in Settings.model_fields.items():
        inner = getattr(field.annotation, "model_fields", {})
        assert f"[{name}" in text or name in text
        missing = [key for key in inner if name not in later and f"`{key}" not in text]
        assert not missing, f"[{name}]: {missing}"


def test_every_command_is_in_the_readme():
    listed = run([sys.executable, "-m", "portcall", "--help"]).stdout
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for command in ("serve", "tags", "inspect", "check", "registries", "plugins", "call", "demo"):
        assert command in listed
        assert f"`portcall {command}" in text
