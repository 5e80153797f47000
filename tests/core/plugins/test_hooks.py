"""Every hook is documented, and does what its documentation says: the example of each is installed and run."""

from __future__ import annotations

import inspect
import json
import logging
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from tests.core.plugins.conftest import Site, loaded, report_on, settings_of

from portcall import Portcall, hookspecs
from portcall.testing import BasicAuth, FakeRegistry, image, layer
from portcall.tools import offered_tools, tool_named

pytestmark = pytest.mark.anyio

HOST = "eu.registry.acme.example"
HOOKS: dict[str, Callable[..., Any]] = {
    name: function
    for name, function in vars(hookspecs).items()
    if inspect.isfunction(function) and hasattr(function, f"{hookspecs.PROJECT}_spec")
}
EVERY_HOOK = pytest.mark.parametrize("name", HOOKS)


def sections(name: str) -> dict[str, str]:
    """Return the parts of a hook's docstring by their titles; what stands before the first is the empty one's."""
    _, *parts = re.split(r"^(Example|Args|Returns):$", f"\n{inspect.getdoc(HOOKS[name])}", flags=re.MULTILINE)
    told = dict(zip(parts[::2], parts[1::2], strict=True))
    return {"": (inspect.getdoc(HOOKS[name]) or "").split("\nExample:")[0]} | told


def example_of(name: str) -> str:
    """Return the example in a hook's docstring, as a module."""
    _, marked, code = sections(name)["Example"].partition(".. code-block:: python\n")
    assert marked
    return dedent(code)


@pytest.fixture
def acme(site: Site, request: pytest.FixtureRequest) -> Site:
    """The example of the hook that the test is named after, installed."""
    name = request.function.__name__.removeprefix("test_")
    site.add("portcall-acme", example_of(name))
    return site


# What is written


def test_every_hook_bears_the_projects_name():
    assert HOOKS
    assert all(name.startswith("portcall_") for name in HOOKS)


@EVERY_HOOK
def test_a_hook_says_what_it_is_for_when_it_is_called_and_what_a_fault_costs(name: str):
    told = sections(name)[""]
    summary, _, rest = told.partition("\n\n")
    assert re.fullmatch(r"[A-Z][^\n]+\.", summary)
    assert rest.startswith("Called ")
    assert "costs its plugin alone" in rest
    assert re.search(r"\braises\b", rest)


@EVERY_HOOK
def test_a_hooks_documented_arguments_are_those_that_it_is_given(name: str):
    documented = re.findall(r"^    (\w+): \S", sections(name)["Args"], re.MULTILINE)
    assert documented == list(inspect.signature(HOOKS[name]).parameters)


@EVERY_HOOK
def test_a_hook_says_what_it_returns(name: str):
    returned = inspect.signature(HOOKS[name]).return_annotation
    assert returned is not inspect.Signature.empty
    assert sections(name)["Returns"].strip().startswith("Nothing") == (returned == "None")


@EVERY_HOOK
def test_a_hooks_example_is_a_plugin_that_loads_and_implements_it(site: Site, name: str):
    site.add("portcall-acme", example_of(name))
    report = report_on(loaded(), "portcall-acme:main")
    assert (report.state, report.problems, report.notes) == ("loaded", [], [])
    assert name in report.hooks


@EVERY_HOOK
def test_a_hooks_example_imports_the_public_face_alone(name: str):
    imported = re.findall(r"^(?:from|import) (portcall\S*)", example_of(name), re.MULTILINE)
    assert set(imported) <= {"portcall.plugin", "portcall.models", "portcall.errors"}


@EVERY_HOOK
def test_a_hook_has_a_test_named_after_it(name: str):
    test = globals().get(f"test_{name}")
    assert test is not None, f"no test runs the example of {name}"
    assert "acme" in inspect.signature(test).parameters


# What is run: one test for each hook, which is named after it


async def test_portcall_backends(acme: Site):
    async with Portcall(settings_of()) as pc:
        (info,) = (await pc.list_registries("registry.acme.example")).registries
        backend = await pc.backend("registry.acme.example")
    assert (info.backend, info.plugin) == ("acme", "portcall-acme:main")
    assert info.endpoint == "https://registry.acme.example"
    assert backend.web_url("team/app") == "https://acme.example/images/team/app"


def guarded(user: str, password: str) -> FakeRegistry:
    registry = FakeRegistry(auth=BasicAuth({user: password}))
    registry.push("team/app", image([layer({"etc/motd": "hello"})]), tags=["1", "2"])
    return registry


def entry(registry: FakeRegistry, user: str) -> dict[str, Any]:
    # The fake registry is at another address than its name: whose credentials it may see has to be said.
    return {HOST: {"endpoint": registry.address.url, "username": user}}


async def test_portcall_credential_hosts(acme: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("ACME_TOKEN", "of the environment")
    registry = guarded("robot", "of the environment")
    with registry.serve():
        async with Portcall(settings_of(entry(registry, "robot"))) as pc:
            assert (await pc.get_image_details(f"{HOST}/team/app:1")).digest


async def test_portcall_credentials(acme: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    token = {"user": "robot", "password": "of the cloud", "ends": 4e9}
    program = tmp_path / "acme"
    asked = tmp_path / "asked"
    program.write_text(
        f"#!{sys.executable}\nimport sys\nopen({str(asked)!r}, 'w').write(' '.join(sys.argv[1:]))\n"
    )
    with program.open("a") as more:
        more.write(f"print({json.dumps(token)!r})\n")
    program.chmod(0o700)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=os.pathsep)
    registry = guarded("robot", "of the cloud")
    with registry.serve():
        async with Portcall(settings_of(entry(registry, "robot"))) as pc:
            assert (await pc.get_image_details(f"{HOST}/team/app:1")).digest
    assert asked.read_text() == f"token --json {HOST}"


async def test_portcall_tools(acme: Site):
    registry = FakeRegistry()
    registry.push("team/app", image([layer({"etc/motd": "hello"})]), tags=["1", "2"])
    with registry.serve():
        settings = settings_of({"registry.acme.example": {"endpoint": registry.address.url}})
        async with Portcall(settings) as pc:
            tool = tool_named("acme_count_tags", offered_tools(pc))
            answer = await tool.run(pc, {"repository": "team/app"})
    assert answer.model_dump() == {"repository": "team/app", "count": 2}


async def test_portcall_call_finished(acme: Site, caplog: pytest.LogCaptureFixture):
    async with Portcall(settings_of()) as pc:
        await pc.list_registries()
    told = [record.getMessage() for record in caplog.records if record.name == "acme.audit"]
    assert [re.sub(r"[0-9.]+ s$", "T s", line) for line in told] == ["list_registries of None: ok in T s"]
    assert logging.getLogger("acme.audit").level == logging.NOTSET
