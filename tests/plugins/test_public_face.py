"""What the four plugins have in common: each is a plugin of the very kind that anybody can write."""

from __future__ import annotations

import inspect
from types import ModuleType

import pytest

import portcall_dockerhub
import portcall_ghcr
import portcall_oci
import portcall_quay
from portcall import hookspecs
from portcall.plugin import BackendRegistration, RegistryBackend

PLUGINS = {
    portcall_dockerhub: ("dockerhub", ("docker.io",)),
    portcall_ghcr: ("ghcr", ("ghcr.io",)),
    portcall_oci: ("oci", ()),
    portcall_quay: ("quay", ("quay.io",)),
}


@pytest.mark.parametrize(("plugin", "offer"), PLUGINS.items(), ids=lambda value: getattr(value, "__name__", None))
def test_each_offers_one_backend(plugin: ModuleType, offer: tuple[str, tuple[str, ...]]):
    (registration,) = plugin.portcall_backends()
    assert isinstance(registration, BackendRegistration)
    assert (registration.name, registration.prefixes) == offer
    assert issubclass(registration.factory, RegistryBackend)  # type: ignore[arg-type]


def test_the_hooks_own_example_is_a_plugin():
    lines = inspect.getdoc(hookspecs.portcall_backends) or ""
    example = lines.partition(".. code-block:: python")[2].partition("Args:")[0]
    module: dict[str, object] = {"__name__": "portcall_acme"}
    exec(inspect.cleandoc(example), module)
    (registration,) = module["portcall_backends"](settings=None)  # type: ignore[operator]
    assert (registration.name, registration.prefixes) == ("acme", ("registry.acme.example",))


@pytest.mark.parametrize("name", [name for name in vars(hookspecs) if name.startswith("portcall_")])
def test_every_hook_says_when_it_is_called_what_it_returns_and_what_a_fault_costs(name: str):
    told = inspect.getdoc(getattr(hookspecs, name)) or ""
    for part in ("Called", "Example:", "Args:", "Returns:", "costs its plugin alone"):
        assert part in told
