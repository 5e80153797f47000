"""The hooks that a plugin may implement.

A plugin is a module (or an object) named by an entry point in the group ``portcall.plugins``:

.. code-block:: toml

    [project.entry-points."portcall.plugins"]
    harbor = "portcall_harbor"

**Provisional:** until the hosted registries' own APIs and the first third-party plugin have used this face,
it may still change in a minor release; the changelog will say so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Iterable

    from portcall.backend import BackendRegistration
    from portcall.http.upstream import Credentials
    from portcall.settings import Settings

#: The entry-point group, and pluggy's project name.
GROUP = "portcall.plugins"
PROJECT = "portcall"

hookspec = pluggy.HookspecMarker(PROJECT)
hookimpl = pluggy.HookimplMarker(PROJECT)


@hookspec
def portcall_backends(settings: Settings) -> Iterable[BackendRegistration]:
    """Offer kinds of registries.

    Called once, when portcall starts, before any request. A hook that raises, or offers something that is
    no registration, costs its plugin alone: ``portcall plugins`` says why. A prefix that another plugin
    serves is refused, and so is a part of a built-in's (``ghcr.io/acme``), unless the configuration decides
    with ``backend = "…"``. A plugin that also implements hooks of later versions marks them with
    ``@hookimpl(optionalhook=True)``. What it prints goes to stderr.

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

            @hookimpl
            def portcall_credential_hosts():
                return ["*.dkr.ecr.*.amazonaws.com"]

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

            from portcall.plugin import Credentials, hookimpl


            @hookimpl
            async def portcall_credentials(registry, repository):
                password, ends = await short_lived_password(registry)
                return Credentials("AWS", password, expires_at=ends)

    Args:
        registry: The registry's name in references, with its port: ``"123.dkr.ecr.eu-west-1.amazonaws.com"``.
        repository: The path that is asked about: ``"team/app"``; empty where it is the registry itself.

    Returns:
        The credentials; ``None`` where there are none, and it is asked anonymously.
    """
    raise NotImplementedError
