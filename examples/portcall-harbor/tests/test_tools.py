"""The plugin's own tool: asked as a function, and as anybody has it, through ``portcall call``."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from portcall.errors import InvalidArgumentError

from harbor_double import HarborDouble, Project
from portcall_harbor.tools import list_harbor_projects, projects_text
from wiring import AMD64, HOST, gateway

pytestmark = pytest.mark.anyio


def called(harbor: HarborDouble, **arguments: Any) -> subprocess.CompletedProcess[str]:
    """Return what ``portcall call`` says, with ``harbor`` configured."""
    with harbor.serve() as address:
        entry = {HOST: {"backend": "harbor", "endpoint": address.url}}
        environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": os.environ.get("PYTHONPATH", ""),
            "PORTCALL_CONFIG": os.devnull,
            "PORTCALL_REGISTRIES": json.dumps(entry),
            "PORTCALL_NETWORK__PROXY": "none",
        }
        given = [f"{name}={value}" for name, value in arguments.items()]
        command = [sys.executable, "-m", "portcall", "call", "list_harbor_projects", *given]
        return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)


async def test_projects_are_told_to_a_model_a_row_each():
    harbor = HarborDouble([Project("library")])
    harbor.push("library/nginx", AMD64, tags=["1.0"])
    async with gateway(harbor) as pc:
        text = projects_text(await list_harbor_projects(pc, HOST))
    assert text == f"# 1 project at {HOST}\n\n- `library` · public · 1 repository"


async def test_a_part_of_the_name_and_a_limit_narrow_them():
    async with gateway(HarborDouble([Project(f"team-{letter}") for letter in "abcd"])) as pc:
        found = await list_harbor_projects(pc, HOST, "team", limit=2)
    assert [project.name for project in found.projects] == ["team-a", "team-b"]
    assert projects_text(found).startswith(f"# 2 of 4 projects at {HOST}")


async def test_what_is_no_harbor_is_refused_and_told_how_to_find_one():
    async with gateway(HarborDouble([])) as pc:
        with pytest.raises(InvalidArgumentError, match="names no Harbor") as refused:
            await list_harbor_projects(pc, "registry.example")
    assert "list_registries" in refused.value.hint


def test_the_shell_has_it_as_any_other_tool():
    done = called(HarborDouble([Project("library")]), registry=HOST)
    assert (done.returncode, done.stderr) == (0, "")
    told = json.loads(done.stdout)
    assert [project["name"] for project in told["projects"]] == ["library"]


def test_its_arguments_are_checked_as_any_others():
    done = called(HarborDouble([]), registry=HOST, limit=0)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["code"] == "invalid_argument"
