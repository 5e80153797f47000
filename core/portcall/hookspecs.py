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
    from collections.abc import Iterable

    from portcall.backend import BackendRegistration
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
