"""The Dockerfile: linted, and held to what a hardened platform asks of an image.

No engine builds it here: what its steps would do is done without one, as far as that goes.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.packaging.conftest import run
from tests.packaging.deploy.conftest import DEPLOY
from tests.packaging.deploy.replica import Replica
from tests.testbed.process import require_binary
from tests.testbed.shell import Shell

from portcall.documents.dockerfile_stages import Stage, read_dockerfile

if TYPE_CHECKING:
    from tests.packaging.conftest import Built

DOCKERFILE = DEPLOY / "Dockerfile"
IGNORED = DEPLOY / "Dockerfile.dockerignore"


@pytest.fixture(scope="module")
def shipped() -> Stage:
    """The last stage: what ends up in the image."""
    return read_dockerfile(DOCKERFILE.read_text()).stages[-1]


def arguments(stage: Stage, keyword: str) -> list[str]:
    """Return what follows each ``keyword`` in a stage."""
    return [instruction.arguments for instruction in stage.instructions if instruction.keyword == keyword]


def test_hadolint_finds_nothing(shell: Shell):
    hadolint = Path(sys.executable).parent / "hadolint"
    done = shell.run([str(hadolint), "--no-color", "--failure-threshold", "style", str(DOCKERFILE)])
    assert (done.status, done.out) == (0, "")


def test_it_runs_as_a_numbered_nobody(shipped: Stage):
    (user,) = arguments(shipped, "USER")
    assert re.fullmatch(r"[1-9]\d{4}:[1-9]\d{4}", user)


def test_the_image_is_made_by_copying_alone(shipped: Stage):
    """Whatever builds, downloads and caches stays in the first stage."""
    assert arguments(shipped, "RUN") == arguments(shipped, "ADD") == []
    assert [instruction.flag("from") for instruction in shipped.instructions if instruction.keyword == "COPY"] == [
        "build"
    ]


def test_nothing_in_it_is_started_by_a_shell(shipped: Stage):
    (entrypoint,), (command,) = arguments(shipped, "ENTRYPOINT"), arguments(shipped, "CMD")
    assert json.loads(entrypoint) == ["portcall"]
    assert json.loads(command) == ["serve", "--transport", "http", "--host", "0.0.0.0", "--port", "8000"]
    assert arguments(shipped, "EXPOSE") == ["8000"]


def test_both_stages_are_of_one_base_whose_tag_says_which():
    text = DOCKERFILE.read_text()
    (base,) = re.findall(r"^ARG PYTHON=(\S+)$", text, re.MULTILINE)
    assert re.fullmatch(r"python:3\.\d+-slim-[a-z]+", base)
    assert re.findall(r"^FROM (\S+)", text, re.MULTILINE) == ["${PYTHON}", "${PYTHON}"]


def test_its_health_check_tells_a_living_server_from_none(shipped: Stage):
    (check,) = arguments(shipped, "HEALTHCHECK")
    program = json.loads(check.partition("CMD ")[2])
    assert program[0] == "python"
    with Replica() as server:
        asked = [word.replace("8000", str(server.server_port)) for word in program[1:]]
        command = [sys.executable, *asked]
        assert subprocess.run(command, check=False).returncode == 0
        assert [heard.path for heard in server.heard] == ["/healthz"]
        elsewhere = [word.replace("/healthz", "/mcp?die") for word in command]
        assert subprocess.run(elsewhere, check=False, capture_output=True).returncode != 0
        unready = [word.replace("/healthz", "/readyz") for word in command]
        assert subprocess.run(unready, check=False).returncode == 1
    assert subprocess.run(command, check=False, capture_output=True).returncode != 0


def test_what_the_builder_is_sent_is_enough_for_the_whole_wheel(root: Path, built: Built, tmp_path: Path):
    rules = [line for line in IGNORED.read_text().splitlines() if line and not line.startswith("#")]
    assert rules[0] == "*"
    context = tmp_path / "context"
    context.mkdir()
    for name in (rule.removeprefix("!") for rule in rules if rule.startswith("!")):
        if (root / name).is_dir():
            shutil.copytree(root / name, context / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(root / name, context / name)
    run(
        [
            sys.executable,
            "-m",
            "build",
            "--no-isolation",
            "--wheel",
            "--outdir",
            str(tmp_path / "dist"),
            str(context),
        ]
    )
    (wheel,) = (tmp_path / "dist").iterdir()
    assert _members(wheel) == _members(built.wheel)


def _members(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return set(archive.namelist())


def test_the_extras_that_it_installs_are_there(root: Path):
    (extras,) = re.findall(r'"\$\{wheel\}\[([a-z,]+)\]"', DOCKERFILE.read_text())
    project = tomllib.loads((root / "pyproject.toml").read_text())["project"]
    assert set(extras.split(",")) <= project["optional-dependencies"].keys()


def test_what_its_steps_run_is_shell_that_parses(shell: Shell):
    (build, _) = read_dockerfile(DOCKERFILE.read_text()).stages
    for script in arguments(build, "RUN"):
        assert shell.run([require_binary("sh"), "-n"], stdin=script).status == 0
