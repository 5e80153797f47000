"""The hooks that a plugin may implement.

A plugin is a module (or an object) named by an entry point in the group ``portcall.plugins``:

.. code-block:: toml

    [project.entry-points."portcall.plugins"]
    harbor = "portcall_harbor"

What is promised: these hooks, and the names in ``portcall.plugin``, ``portcall.models`` and ``portcall.errors``,
which are all that a plugin imports, stay compatible within a major version. So do ``portcall.Portcall``, which its
tools are given, and for its tests ``portcall.settings`` and ``portcall.testing``. New hooks, and new methods and
fields with defaults, may come with a minor one. A plugin that also implements hooks of later versions marks them
with ``@hookimpl(optionalhook=True)``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from portcall.backend import BackendRegistration
    from portcall.call_event import CallFinished
    from portcall.http.upstream import Credentials
    from portcall.plugin_tool import PluginTool
    from portcall.settings import Settings

#: The entry-point group, and pluggy's project name.
GROUP = "portcall.plugins"
PROJECT = "portcall"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)
"""Marks a plugin's function as what implements the hook of its name."""


@hookspec
def portcall_backends(settings: Settings) -> Iterable[BackendRegistration]:
    """Offer kinds of registries.

    Called once, when portcall starts, before any request. A hook that raises, or offers something that is
    no registration, costs its plugin alone: ``portcall plugins`` says why. A prefix that another plugin
    serves is refused, and so is a part of a built-in's (``ghcr.io/acme``), unless the configuration decides
    with ``backend = "…"``. What it prints goes to stderr.

    Example:
        .. code-block:: python

            from portcall.plugin import BackendRegistration, RegistryBackend, hookimpl


            class AcmeBackend(RegistryBackend):
                endpoint = "https://registry.acme.example"

                def web_url(self, repository):
                    return f"https://acme.example/images/{repository}"


            @hookimpl
            def portcall_backends(settings):
                yield BackendRegistration(name="acme", factory=AcmeBackend, prefixes=("registry.acme.example",))

    Args:
        settings: The whole configuration, frozen.

    Returns:
        The registrations; a generator will do.
    """
    raise NotImplementedError


@hookspec
def portcall_credential_hosts(settings: Settings) -> Iterable[str]:
    """Name the registries for which this plugin's ``portcall_credentials`` has credentials.

    Called once, when portcall starts. No other registry is ever asked about: a name that a model made up,
    however alike, gets nothing. A hook that raises, or names hosts too broadly, costs its plugin alone.

    Example:
        .. code-block:: python

            import os

            from portcall.plugin import Credentials, hookimpl


            @hookimpl
            def portcall_credential_hosts():
                return ["*.registry.acme.example"]


            @hookimpl
            def portcall_credentials(registry):
                return Credentials("robot", os.environ["ACME_TOKEN"])

    Args:
        settings: The whole configuration, frozen.

    Returns:
        Hosts, or patterns of hosts (``*`` stands for any characters) whose last two labels are written out.
    """
    raise NotImplementedError


@hookspec
def portcall_credentials(registry: str, repository: str) -> Credentials | Awaitable[Credentials | None] | None:
    """Give the credentials for a registry that ``portcall_credential_hosts`` names.

    Called before the first request to such a registry for which nothing is configured or stored, and again
    shortly before ``expires_at`` (after an hour where that is not known), or when they were refused. A plain
    function runs in a thread, so it may wait for a network; a coroutine function runs on the event loop. A hook
    that raises, or takes longer than ten seconds, costs its plugin alone: the registry is asked anonymously, and
    the answer, or the error, names the plugin.

    Example:
        .. code-block:: python

            import asyncio
            import json

            from portcall.plugin import Credentials, hookimpl


            @hookimpl
            def portcall_credential_hosts():
                return ["*.registry.acme.example"]


            @hookimpl
            async def portcall_credentials(registry, repository):
                asked = await asyncio.create_subprocess_exec(
                    "acme", "token", "--json", registry, stdout=asyncio.subprocess.PIPE
                )
                told, _ = await asked.communicate()
                token = json.loads(told)
                return Credentials(token["user"], token["password"], expires_at=token["ends"])

    Args:
        registry: The registry's name in references, with its port: ``"123.dkr.ecr.eu-west-1.amazonaws.com"``.
        repository: The path that is asked about: ``"team/app"``; empty where it is the registry itself.

    Returns:
        The credentials; ``None`` where there are none, and it is asked anonymously.
    """
    raise NotImplementedError


@hookspec
def portcall_tools(settings: Settings) -> Iterable[PluginTool]:
    """Add tools, for MCP hosts and for ``portcall call``, beside portcall's own.

    Called once, when portcall starts. A hook that raises, or offers no proper tool, costs its plugin alone:
    ``portcall plugins`` says why. So does a tool that takes more than 4 KB of the list of tools, or a seventeenth
    one: every conversation pays for the list. Where portcall or another plugin has a tool of the same name, it is
    offered under its distribution's and its own, and ``portcall plugins`` tells so. Together they are the toolset
    ``plugins``.

    A tool reads, and changes nothing anywhere: hosts may call it without asking. What it raises other than
    :class:`portcall.errors.PortcallError` is answered with ``internal`` and the plugin's name; the log holds the
    rest.

    Example:
        .. code-block:: python

            from typing import Annotated

            from pydantic import Field

            from portcall.models import Answer
            from portcall.plugin import PluginTool, hookimpl


            class TagCount(Answer):
                repository: str
                count: int


            async def acme_count_tags(
                portcall,
                repository: Annotated[str, Field(min_length=1, max_length=255, description="team/app")],
                registry: Annotated[str, Field(description="Where it is")] = "registry.acme.example",
            ) -> TagCount:
                backend = await portcall.backend(registry)
                page = await backend.list_tags(repository)
                return TagCount(repository=repository, count=len(page.tags))


            @hookimpl
            def portcall_tools(settings):
                yield PluginTool(
                    name="acme_count_tags",
                    title="Count tags",
                    description="How many tags the first page of a repository's list holds.",
                    function=acme_count_tags,
                )

    Args:
        settings: The whole configuration, frozen.

    Returns:
        The tools; a generator will do. They are offered in alphabetical order.
    """
    raise NotImplementedError


@hookspec
def portcall_call_finished(event: CallFinished) -> None:
    """Hear of every call of a tool, for audits and metrics.

    Called after each call, also after one that failed or was cancelled, whichever door it came through; in a
    daemon thread of the plugin's own, one event after the other, so that no answer waits for it. It has to be a
    plain function. One that raises costs its plugin alone, and only that event; the log has it. For one that is
    slow, 1,000 events wait; it misses those beyond, which the log tells once a minute. When portcall ends, all
    listeners together have two seconds for what still waits.

    Example:
        .. code-block:: python

            import logging

            from portcall.plugin import hookimpl

            audit = logging.getLogger("acme.audit")


            @hookimpl
            def portcall_call_finished(event):
                audit.warning("%s of %s: %s in %.3f s", event.tool, event.reference, event.outcome, event.seconds)

    Args:
        event: What was called, what came of it, and what it cost; never what was given or answered.

    Returns:
        Nothing.
    """
    raise NotImplementedError
