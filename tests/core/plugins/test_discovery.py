"""Which plugins are found, whatever else is installed beside them."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from tests.core.plugins.conftest import BUILT_IN, Site, backend_module, loaded, report_on


def names() -> tuple[str, ...]:
    return tuple(report.source.qualified for report in loaded().reports)


def test_the_four_built_in_plugins_come_through_entry_points_like_any_other():
    assert names() == BUILT_IN


def test_a_third_party_is_found_after_the_built_in_ones(site: Site):
    site.add("a-portcall-plugin", backend_module())
    assert names() == (*BUILT_IN, "a-portcall-plugin:main")


def test_a_plugin_is_known_by_distribution_and_version(site: Site):
    site.add("Portcall.Harbor_Plugin", backend_module(), version="2.0rc1")
    source = report_on(loaded(), "portcall-harbor-plugin:main").source
    assert (source.version, source.is_built_in) == ("2.0rc1", False)


def test_reusing_a_built_ins_entry_point_name_replaces_nothing(site: Site):
    site.add("portcall-evil", backend_module("evil"), name="dockerhub")
    found = loaded()
    assert report_on(found, "portcall:dockerhub").backends == ("dockerhub",)
    assert report_on(found, "portcall-evil:dockerhub").backends == ("evil",)


def test_other_entry_point_groups_are_none_of_ours(site: Site):
    site.add("pytest-something", entry_points="[pytest11]\nsomething = no.such.module\n")
    assert names() == BUILT_IN


@pytest.mark.parametrize(
    "entry_points",
    ["[portcall.plugins]\nmain stranger_harbor\n", "[portcall.plugins]\nmain = = =\n[broken\n"],
)
def test_a_malformed_entry_points_file_costs_its_own_distribution(site: Site, entry_points: str):
    site.add("portcall-harbor", backend_module(), entry_points=entry_points)
    found = loaded()
    assert [report.source.qualified for report in found.reports if report.state == "loaded"] == list(BUILT_IN)
    (failure,) = found.failures
    assert failure.plugin.startswith("portcall-harbor:")


def test_somebody_elses_malformed_file_hides_no_plugin(site: Site):
    site.add("unrelated", entry_points="[console_scripts]\nno equals sign\n")
    assert names() == BUILT_IN


def test_a_distribution_without_metadata_is_found_all_the_same(site: Site):
    site.add("portcall-harbor", backend_module(), metadata="")
    report = report_on(loaded(), "unknown:main")
    assert (report.state, report.source.version) == ("loaded", "")


def test_a_distribution_without_a_name_is_found_all_the_same(site: Site):
    site.add("portcall-harbor", backend_module(), metadata="Metadata-Version: 2.1\n")
    assert report_on(loaded(), "unknown:main").state == "loaded"


def test_the_first_of_two_installed_versions_counts(site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    site.add("portcall-harbor", backend_module("old"), version="1.0", module="stranger_old")
    first = Site(tmp_path / "first")
    first.folder.mkdir()
    monkeypatch.syspath_prepend(str(first.folder))
    first.add("portcall-harbor", backend_module("new"), version="2.0", module="stranger_new")
    assert [(report.source.version, report.backends) for report in loaded().reports[len(BUILT_IN) :]] == [
        ("2.0", ("new",))
    ]


def test_a_version_that_dropped_its_plugin_shadows_the_older_one(
    site: Site, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    site.add("portcall-harbor", backend_module(), version="1.0")
    first = Site(tmp_path / "first")
    first.folder.mkdir()
    monkeypatch.syspath_prepend(str(first.folder))
    first.add("portcall-harbor", entry_points="[console_scripts]\nharbor = harbor:main\n", version="2.0")
    assert names() == BUILT_IN


# Switching plugins off

WITNESS = "raise RuntimeError('imported though it was switched off')"


@pytest.mark.parametrize(
    "pattern",
    ["portcall-harbor:main", "portcall-harbor", "portcall-harbor:*", "Portcall_Harbor:main", "portcall.*"],
)
def test_a_disabled_plugin_is_not_even_imported(site: Site, pattern: str):
    site.add("portcall-harbor", WITNESS)
    report = report_on(loaded(disabled=[pattern]), "portcall-harbor:main")
    assert (report.state, report.problems) == ("disabled", [])
    assert "stranger_portcall_harbor" not in sys.modules


def test_one_plugin_of_a_distribution_can_be_disabled_alone(site: Site):
    points = "[portcall.plugins]\none = stranger_one\ntwo = stranger_two\n"
    site.add("portcall-pair", backend_module("one"), module="stranger_one", entry_points=points)
    (site.folder / "stranger_two.py").write_text(WITNESS)
    found = loaded(disabled=["portcall-pair:two"])
    assert report_on(found, "portcall-pair:one").state == "loaded"
    assert report_on(found, "portcall-pair:two").state == "disabled"


def test_only_what_is_allowed_is_imported(site: Site):
    site.add("portcall-harbor", WITNESS)
    site.add("portcall-acme", backend_module())
    found = loaded(allow=["portcall:*", "portcall-acme"])
    assert report_on(found, "portcall-harbor:main").state == "disabled"
    assert report_on(found, "portcall-acme:main").state == "loaded"


def test_disabled_outranks_allowed(site: Site):
    site.add("portcall-harbor", WITNESS)
    assert report_on(loaded(allow=["*"], disabled=["portcall-harbor"]), "portcall-harbor:main").state == "disabled"


def test_a_plugin_that_is_switched_off_is_no_failure(site: Site):
    site.add("portcall-harbor", WITNESS)
    assert loaded(disabled=["portcall-harbor"]).failures == ()


def test_a_built_in_can_be_switched_off():
    found = loaded(disabled=["portcall:quay"])
    assert "quay" not in {offer.registration.name for offer in found.offers}
