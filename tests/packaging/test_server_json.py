"""``server.json``, by which the MCP registry knows portcall: true, and valid by the registry's own validator."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from typing import TYPE_CHECKING, Any

import pytest
from pydantic import SecretStr
from tests.testbed.go_tool import go_tool
from tests.testbed.trust import of_the_system
from typer.testing import CliRunner

from portcall import __version__
from portcall.cli.app import app
from portcall.settings import load_settings
from portcall.settings.login_environment import LoginEnvironment

if TYPE_CHECKING:
    from pathlib import Path

#: The validator looks at the examples of its own documentation, and wants to find as many as it has itself.
EXAMPLES = 17


@pytest.fixture(scope="module")
def server(root: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads((root / "server.json").read_text())
    return read


@pytest.fixture(scope="module")
def package(server: dict[str, Any]) -> dict[str, Any]:
    (only,) = server["packages"]
    assert isinstance(only, dict)
    return only


def test_it_tells_of_this_version_and_of_the_distribution(
    server: dict[str, Any], package: dict[str, Any], root: Path
) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert (server["version"], package["version"]) == (__version__, __version__)
    assert (package["registryType"], package["identifier"]) == ("pypi", project["name"])
    assert server["description"] == project["description"]
    assert len(server["description"]) <= 100, "the registry takes no more"


def test_the_readme_has_the_mark_by_which_the_registry_knows_whose_the_package_is(
    server: dict[str, Any], root: Path
) -> None:
    """PyPI shows the README; the registry looks there for the name, on a line of its own."""
    marks = re.findall(r"^<!-- mcp-name: (\S+) -->$", (root / "README.md").read_text(), re.MULTILINE)
    assert marks == [server["name"]]


def test_its_arguments_are_those_of_a_server_on_stdio(package: dict[str, Any]) -> None:
    words = [argument["value"] for argument in package["packageArguments"]]
    assert package["transport"] == {"type": "stdio"}
    assert words == ["serve"]
    assert CliRunner().invoke(app, [*words, "--help"]).exit_code == 0


def test_its_variables_are_read_and_what_is_secret_is_called_so(package: dict[str, Any], tmp_path: Path) -> None:
    nothing = LoginEnvironment.of({})
    for variable in package["environmentVariables"]:
        name = variable["name"]
        if name == "PORTCALL_CONFIG":
            (tmp_path / "own.toml").write_text("default_platform = 'linux/arm64'\n")
            assert load_settings(environ={name: str(tmp_path / "own.toml")}).default_platform == "linux/arm64"
            continue
        read = LoginEnvironment.of({name: "x"})
        (field,) = (f for f in read.__slots__ if f != "variables" and getattr(read, f) != getattr(nothing, f))
        assert isinstance(getattr(read, field), SecretStr) == variable.get("isSecret", False), name


@pytest.fixture(scope="module")
def validator(root: Path) -> tuple[str, Path]:
    """The registry's validator, and the folder of its source, which has the schemas."""
    source = root / "tests" / "testbed" / "mcp_registry"
    module = "github.com/modelcontextprotocol/registry"
    program = go_tool(source, f"{module}/tools/validate-examples")
    go = shutil.which("go")
    if go is None:
        pytest.skip("the schemas come with the validator's source, which Go has")
    command = [go, "mod", "download", "-json", module]
    done = subprocess.run(command, cwd=source, env=of_the_system(), capture_output=True, check=True, timeout=60)
    return program, root.__class__(json.loads(done.stdout)["Dir"])


def validated(
    validator: tuple[str, Path], server: dict[str, Any], folder: Path
) -> subprocess.CompletedProcess[str]:
    """Run the validator on a folder that looks like its documentation, each of whose examples is ours."""
    program, source = validator
    docs = folder / "docs"
    schema = docs / "reference" / "server-json" / "draft" / "server.schema.json"
    schema.parent.mkdir(parents=True)
    version = server["$schema"].split("/")[-2]
    shutil.copy(source / "internal" / "validators" / "schemas" / f"{version}.json", schema)
    example = f"```json\n{json.dumps(server)}\n```\n"
    (schema.parent.parent / "generic-server-json.md").write_text(example * EXAMPLES)
    (docs / "modelcontextprotocol-io").mkdir()
    for page in ("package-types", "quickstart", "remote-servers"):
        (docs / "modelcontextprotocol-io" / f"{page}.mdx").write_text(example)
    return subprocess.run([program], cwd=folder, env={}, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.slow
def test_the_registrys_own_validator_finds_nothing(
    validator: tuple[str, Path], server: dict[str, Any], tmp_path: Path
) -> None:
    """Its schema of today and its further rules, without a network once it is built."""
    done = validated(validator, server, tmp_path)
    assert done.returncode == 0, done.stderr
    assert "All validations passed" in done.stderr


@pytest.mark.slow
@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "portcall"},
        {"version": "latest"},
        {"description": "x" * 101},
        {"$schema": "https://static.modelcontextprotocol.io/schemas/2025-07-09/server.schema.json"},
        {"packages": [{"registryType": "pypi", "identifier": "port call", "transport": {"type": "stdio"}}]},
    ],
    ids=["name", "version", "description", "old schema", "identifier"],
)
def test_the_registrys_own_validator_would_find_a_mistake(
    validator: tuple[str, Path], server: dict[str, Any], wrong: dict[str, Any], tmp_path: Path
) -> None:
    assert validated(validator, {**server, **wrong}, tmp_path).returncode != 0
