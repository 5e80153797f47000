"""portcall's protocol, as the official conformance suite sees it.

The suite asks for tools, prompts and resources of its own. So it is run twice: against portcall's own app with
these added, where nothing may fail that a stateless server can do; and against the server as it is shipped, where
the baseline names what fails for want of them, check by check.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.conformance.serving import FIXTURE, SHIPPED, STATEFUL
from tests.conformance.suite import HERE, entries

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.conformance.suite import Report, Suite

BASELINES = HERE / "baselines"
SERVERS = {"fixture": FIXTURE, "shipped": SHIPPED}
#: How many scenarios each of them requires.
REVISIONS = {"2026-07-28": 37, "2025-11-25": 30}
#: What has to pass whatever a baseline says. A few of these the suite runs without counting them: on headers that
#: are checked against the body, and on schemas. Other scenarios the shipped server passes for a wrong reason: to
#: the suite any text is a text, and any error an error.
SHOWN = {
    ("fixture", "2026-07-28"): {
        "server-stateless",
        "http-header-validation",
        "http-custom-header-server-validation",
        "json-schema-2020-12",
    },
    ("fixture", "2025-11-25"): {"server-initialize", "tools-call-with-progress", "dns-rebinding-protection"},
    ("shipped", "2026-07-28"): {
        "tools-list",
        "resources-list",
        "prompts-list",
        "caching",
        "sep-2164-resource-not-found",
        "server-sse-multiple-streams",
        "dns-rebinding-protection",
        "http-header-validation",
    },
    ("shipped", "2025-11-25"): {
        "server-initialize",
        "ping",
        "tools-list",
        "resources-list",
        "prompts-list",
        "dns-rebinding-protection",
    },
}


@pytest.mark.parametrize("revision", REVISIONS)
@pytest.mark.parametrize("named", SERVERS)
def test_all_that_a_revision_requires_works_but_what_the_baseline_names(
    suite: Suite, serve: Callable[..., str], named: str, revision: str
) -> None:
    """An entry of the baseline that passes, or does not run, fails the test, like a failure without one."""
    baseline = BASELINES / f"{named}-{revision}.yaml"
    required = suite.required(revision)
    report = suite.server(serve(SERVERS[named]), revision, baseline)
    assert len(required) == REVISIONS[revision]
    assert required - report.scenarios == set(), report.output
    failures = report.failures(required)
    assert failures.keys() == entries(baseline), _difference(report, failures, entries(baseline))
    assert SHOWN[named, revision] - report.passed() == set(), report.output
    assert report.status == 0, report.output


def test_the_fixture_fails_nothing_for_2026() -> None:
    assert entries(BASELINES / "fixture-2026-07-28.yaml") == frozenset()


def test_what_the_baseline_forgives_for_2025_works_with_sessions(suite: Suite, serve: Callable[..., str]) -> None:
    """So it is due to statelessness, and not to how the items were written."""
    report = suite.server(serve(STATEFUL), "2025-11-25", BASELINES / "none.yaml")
    assert report.failures(suite.required("2025-11-25")) == {}, report.output
    forgiven = {entry.partition(":")[0] for entry in entries(BASELINES / "fixture-2025-11-25.yaml")}
    assert forgiven <= report.passed()


def _difference(report: Report, failures: dict[str, str], expected: frozenset[str]) -> str:
    lines = [f"failed: {name}: {message}" for name, message in sorted(failures.items()) if name not in expected]
    lines += [f"in the baseline, but passed or did not run: {name}" for name in sorted(expected - failures.keys())]
    return "\n".join([*lines, f"passed: {', '.join(sorted(report.passed()))}"])
