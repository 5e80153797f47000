"""Third-party plugins, installed for one test: a folder on ``sys.path`` with hand-made ``.dist-info`` folders."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest

from portcall import Portcall
from portcall.loader import LoadedPlugins, PluginReport, load_plugins
from portcall.settings import Settings


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@dataclass(frozen=True)
class Site:
    """A folder of installed distributions."""

    folder: Path

    def add(
        self,
        distribution: str,
        source: str | None = None,
        *,
        name: str = "main",
        module: str | None = None,
        version: str = "1.2.3",
        entry_points: str | None = None,
        metadata: str | None = None,
    ) -> None:
        """Install a distribution with one plugin, whose module holds ``source``."""
        module = module or f"stranger_{distribution.lower().replace('-', '_').replace('.', '_')}"
        if source is not None:
            (self.folder / f"{module}.py").write_text(dedent(source), encoding="utf-8")
        info = self.folder / f"{distribution.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        told = (
            f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n" if metadata is None else metadata
        )
        if told:
            (info / "METADATA").write_text(told, encoding="utf-8")
        points = f"[portcall.plugins]\n{name} = {module}\n" if entry_points is None else entry_points
        (info / "entry_points.txt").write_text(points, encoding="utf-8")
        importlib.invalidate_caches()


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    folder = tmp_path / "site-packages"
    folder.mkdir()
    monkeypatch.syspath_prepend(str(folder))
    before = set(sys.modules)
    yield Site(folder)
    for name in set(sys.modules) - before:
        if name.startswith("stranger_"):
            del sys.modules[name]


#: A plugin with a backend of its own, by name and prefixes.
def backend_module(name: str = "acme", *prefixes: str) -> str:
    return f"""
        from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl

        class Backend(RegistryBackend):
            def web_url(self, repository):
                return f"https://{name}.example/{{repository}}"

        @hookimpl
        def portcall_backends(settings):
            yield BackendRegistration({name!r}, Backend, {prefixes!r})
    """


#: A plugin with one tool, which says hello.
def tool_module(name: str = "greet", body: str = "return Greeting(text=f'hello {name}')") -> str:
    return f"""
        from portcall.models import Answer
        from portcall.plugin import PluginTool, hookimpl

        class Greeting(Answer):
            text: str

        async def greet(portcall, name: str = "you") -> Greeting:
            {body}

        @hookimpl
        def portcall_tools():
            yield PluginTool({name!r}, "Greet", "Says hello.", greet)
    """


def settings_of(
    registries: dict[str, Any] | None = None, network: dict[str, Any] | None = None, **plugins: list[str]
) -> Settings:
    """Return settings with these sections; everything else is the default, and nothing this machine's."""
    reached = {"proxy": "none", "timeout": 5, **(network or {})}
    return Settings.model_validate({"registries": registries or {}, "plugins": plugins, "network": reached})


def loaded(registries: dict[str, Any] | None = None, **plugins: list[str]) -> LoadedPlugins:
    """Return what loads, and make sure that a gateway starts with it."""
    settings = settings_of(registries, None, **plugins)
    Portcall(settings)
    return load_plugins(settings)


def report_on(found: LoadedPlugins, qualified: str) -> PluginReport:
    return next(report for report in found.reports if report.source.qualified == qualified)


BUILT_IN = ("portcall:dockerhub", "portcall:ghcr", "portcall:oci", "portcall:quay")
