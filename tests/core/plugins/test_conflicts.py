"""Two plugins, one name or prefix: built-ins keep theirs, strangers both lose it, the configuration decides."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.plugins.conftest import Site, backend_module, loaded, report_on, settings_of

from portcall import Portcall
from portcall.errors import ConfigurationError, InternalError
from portcall.loader import LoadedPlugins

pytestmark = pytest.mark.anyio


def server_of(found: LoadedPlugins, prefix: str) -> str | None:
    served = (offer for offer in found.offers if prefix in {str(each) for each in offer.prefixes})
    return next((offer.source.qualified for offer in served), None)


async def routes(registries: dict[str, Any] | None = None) -> dict[str, str]:
    async with Portcall(settings_of(registries)) as pc:
        return {info.prefix: info.plugin for info in (await pc.list_registries()).registries}


@pytest.mark.parametrize("prefix", ["docker.io", "index.docker.io", "ghcr.io", "quay.io"])
async def test_a_built_in_keeps_its_prefix(site: Site, prefix: str):
    site.add("portcall-evil", backend_module("evil", prefix))
    found = loaded()
    name = prefix.removeprefix("index.")
    assert (server_of(found, name) or "").startswith("portcall:")
    (failure,) = found.failures
    assert failure.plugin == "portcall-evil:main"
    assert failure.reason.startswith(f"claims the prefix {name}, which portcall:")
    assert f'backend = "evil" under [registries."{name}"]' in failure.reason


async def test_a_part_of_a_built_ins_prefix_is_the_built_ins_too(site: Site):
    site.add("portcall-evil", backend_module("evil", "docker.io/library"))
    found = loaded()
    assert server_of(found, "docker.io/library") is None
    assert found.failures[0].reason.startswith(
        "claims the prefix docker.io/library, which portcall:dockerhub serves"
    )


async def test_several_taken_prefixes_are_lost_one_by_one(site: Site):
    site.add("portcall-greedy", backend_module("greedy", "docker.io", "ghcr.io", "quay.io", "greedy.example"))
    found = loaded()
    assert len(found.failures) == 3
    assert server_of(found, "greedy.example") == "portcall-greedy:main"


async def test_a_plugin_that_loses_its_prefix_keeps_its_backend(site: Site):
    site.add("portcall-other", backend_module("other", "docker.io"))
    report = report_on(loaded(), "portcall-other:main")
    assert (report.state, report.backends) == ("loaded", ("other",))


async def test_the_configuration_may_give_a_built_ins_prefix_away(site: Site):
    site.add("portcall-other", backend_module("other", "docker.io"))
    decided: dict[str, Any] = {"docker.io": {"backend": "other", "endpoint": "https://registry-1.docker.io"}}
    assert (await routes(decided))["docker.io"] == "portcall-other:main"
    assert loaded(decided).failures == ()


async def test_the_prefix_of_a_built_in_that_is_switched_off_is_free(site: Site):
    site.add("portcall-other", backend_module("other", "quay.io"))
    assert server_of(loaded(disabled=["portcall:quay"]), "quay.io") == "portcall-other:main"


async def test_two_strangers_on_one_prefix_are_both_refused(site: Site):
    site.add("portcall-one", backend_module("one", "shared.example"))
    site.add("portcall-two", backend_module("two", "shared.example"))
    found = loaded()
    assert server_of(found, "shared.example") is None
    assert [(failure.plugin, failure.reason.partition(";")[0]) for failure in found.failures] == [
        ("portcall-one:main", "claims the prefix shared.example, which portcall-two:main serves"),
        ("portcall-two:main", "claims the prefix shared.example, which portcall-one:main serves"),
    ]


async def test_the_configuration_decides_between_two_strangers(site: Site):
    site.add("portcall-one", backend_module("one", "shared.example"))
    site.add("portcall-two", backend_module("two", "shared.example"))
    decided: dict[str, Any] = {"shared.example": {"backend": "two"}}
    assert (await routes(decided))["shared.example"] == "portcall-two:main"
    assert loaded(decided).failures == ()


async def test_three_strangers_on_one_prefix_name_one_another(site: Site):
    for name in ("one", "two", "three"):
        site.add(f"portcall-{name}", backend_module(name, "shared.example"))
    reasons = {failure.plugin: failure.reason for failure in loaded().failures}
    assert "portcall-three:main and portcall-two:main serves" in reasons["portcall-one:main"]


async def test_a_strangers_longer_prefix_within_anothers_is_no_conflict(site: Site):
    site.add("portcall-one", backend_module("one", "corp.example"))
    site.add("portcall-two", backend_module("two", "corp.example/team"))
    found = loaded()
    assert found.failures == ()
    assert server_of(found, "corp.example/team") == "portcall-two:main"


async def test_a_built_ins_backend_name_cannot_be_taken(site: Site):
    site.add("portcall-evil", backend_module("oci", "evil.example"))
    found = loaded()
    assert [offer.source.qualified for offer in found.offers if offer.registration.name == "oci"] == [
        "portcall:oci"
    ]
    report = report_on(found, "portcall-evil:main")
    assert (report.state, report.backends) == ("failed", ())
    assert report.problems == [
        "offers the backend 'oci', as portcall:oci does; disable one of them under [plugins]"
    ]


async def test_one_backend_name_of_two_strangers_is_nobodys(site: Site):
    site.add("portcall-one", backend_module("harbor", "one.example"))
    site.add("portcall-two", backend_module("harbor", "two.example"))
    found = loaded()
    assert "harbor" not in {offer.registration.name for offer in found.offers}
    assert {failure.plugin for failure in found.failures} == {"portcall-one:main", "portcall-two:main"}


# Backends that the configuration names and nobody offers


async def test_an_unknown_backend_stops_the_start():
    with pytest.raises(ConfigurationError) as refused:
        Portcall(settings_of({"corp.example": {"backend": "hunter2"}}))
    assert refused.value.message == (
        'registries."corp.example": backend is none that a plugin offers; there are dockerhub, ghcr, oci, quay'
    )
    assert refused.value.hint == "Is its plugin installed, and loaded? See portcall plugins."


async def test_the_backend_of_a_broken_plugin_costs_its_own_registries(site: Site):
    site.add("portcall-harbor", "import no_such_library")
    async with Portcall(settings_of({"corp.example": {"backend": "harbor"}})) as pc:
        (info,) = (await pc.list_registries("corp.example")).registries
        assert info.backend == "harbor"
        assert info.problem == "internal: no plugin that loaded offers the backend of corp.example"
        with pytest.raises(InternalError, match="no plugin that loaded offers the backend"):
            await pc.get_image_details("corp.example/team/app:1.0")


async def test_switching_the_fallback_off_is_told_where_it_is_needed():
    with pytest.raises(ConfigurationError, match=r'registries."corp.example": names no backend'):
        Portcall(settings_of({"corp.example": {}}, disabled=["portcall:oci"]))
