"""The discovery contract: a plugin that keeps it passes, and none that lies does."""

from __future__ import annotations

import pytest
from tests.contract.acme import Acme, AcmeSuite
from tests.contract.liars import LIARS

pytest_plugins = ["pytester"]
pytestmark = pytest.mark.usefixtures("acme_is_installed")

SUITE = """
from tests.contract import acme, liars


class TestLiar(acme.AcmeSuite):
    backend = {module}.{liar}
"""


class TestAcme(AcmeSuite):
    """Every test passes where nobody lies."""


def test_the_truth_is_taken_for_no_lie(pytester: pytest.Pytester):
    pytester.makepyfile(SUITE.format(module="acme", liar="Acme"))
    result = pytester.runpytest_inprocess("-k", " or ".join([*LIARS.values()][-4:]))
    assert result.parseoutcomes().keys() <= {"passed", "deselected"}


@pytest.mark.parametrize(("liar", "notices"), LIARS.items(), ids=[liar.__name__ for liar in LIARS])
def test_a_lie_is_noticed(pytester: pytest.Pytester, liar: type[Acme], notices: str):
    pytester.makepyfile(SUITE.format(module="liars", liar=liar.__name__))
    outcomes = pytester.runpytest_inprocess("-k", notices).parseoutcomes()
    assert outcomes.get("failed", 0) + outcomes.get("errors", 0) > 0


def test_a_suite_that_is_not_filled_in_fails_once_and_says_what_to_write(pytester: pytest.Pytester):
    pytester.makepyfile("""
        from portcall.testing.contract import DiscoveryContract

        class TestAcme(DiscoveryContract):
            host = "registry.acme.example"
            unsupported = frozenset({"users", "dockerfiles", "vulnerabilities"})
    """)
    result = pytester.runpytest_inprocess()
    assert (result.parseoutcomes()["failed"], result.parseoutcomes().get("errors", 0)) == (1, 0)
    result.stdout.fnmatch_lines(["TestAcme lacks serve(), repository, query, namespace: see the example in *"])
