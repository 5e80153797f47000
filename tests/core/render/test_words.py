"""What an answer says depends on what was asked, and on what became of it."""

from __future__ import annotations

import pytest
from tests.core.render.answers_supply_chain import SUPPLY_CHAIN

from portcall.models import (
    Answer,
    DockerImage,
    ImageList,
    RateLimitInfo,
    RegistryInfo,
    RegistryList,
    SourceStatus,
    Tag,
    TagList,
    VulnerabilityList,
)
from portcall.render import render
from portcall.render.registries import allowance

TAGS = TagList(name="nginx", registry="docker.io", tags=(Tag(name="1.27.5"),), newest_stable="1.27.5", total=1)


def changed(answer: Answer, **fields: object) -> str:
    """Return the text of an answer that differs in some fields."""
    return render(answer.model_copy(update=fields))


def test_the_newest_of_all_tags_is_the_newest_stable():
    assert "newest stable: `1.27.5`" in render(TAGS)


def test_the_newest_of_those_that_match_a_pattern_is_said_to_be_just_that():
    assert "newest stable of these: `1.27.5`" in changed(TAGS, tag_pattern="1.27")


def test_of_one_digests_tags_it_is_the_full_version_whatever_the_pattern():
    assert "full version: `1.27.5`" in changed(TAGS, tag_pattern="1.27", digest="sha256:a")


@pytest.mark.parametrize(("severity", "said"), [("critical", "none critical; "), ("high", "none high or worse; ")])
def test_that_nothing_is_as_bad_as_was_asked_for_comes_first(severity: str, said: str):
    few = {"counts": {"low": 2}, "vulnerabilities": (), "total": 0, "severity": severity, "platform": None}
    told = changed(SUPPLY_CHAIN["vulnerabilities"], **few)
    assert told.startswith(f"# quay.io/acme/app: {said}2 vulnerabilities: 2 low")


def test_where_something_is_the_counts_come_first():
    assert "`: 43 vulnerabilities: 1 critical" in render(SUPPLY_CHAIN["vulnerabilities"])


@pytest.mark.parametrize(
    ("status", "said"),
    [
        ("queued", "the scan is `queued`, ask again later"),
        ("failed", "the scan `failed`, start another in the registry"),
        ("not scanned", "it was `not scanned`, start a scan in the registry"),
        ("unsupported", "`unsupported`, the scanner reads no such image"),
        ("[odd](x)", "the scan is `[odd](x)`"),
    ],
)
def test_that_nothing_is_known_has_its_next_step(status: str, said: str):
    unscanned = SUPPLY_CHAIN["vulnerabilities_not_scanned"]
    assert isinstance(unscanned, VulnerabilityList)
    assert f": nothing is known: {said}\n" in changed(unscanned, status=status)


@pytest.mark.parametrize(
    ("remaining", "said"),
    [
        (100, "100 of 100 pulls left per 6 h"),
        (99, "99 of 100 pulls left per 6 h, those spent are back within 6 h"),
    ],
)
def test_pulls_come_back_only_where_some_were_spent(remaining: int, said: str):
    assert allowance(RateLimitInfo(counts="pulls", limit=100, remaining=remaining, window=21600)) == said


@pytest.mark.parametrize(
    ("problem", "said"),
    [
        ("unreachable: the connection was refused", "**not reachable** · the connection was refused"),
        ("timeout: no answer within 10 seconds", "**not reachable** · timeout: no answer within 10 seconds"),
    ],
)
def test_that_a_registry_is_out_of_reach_is_said_once(problem: str, said: str):
    info = RegistryInfo(prefix="x.example", backend="oci", plugin="portcall:oci", reachable=False, problem=problem)
    assert f" · {said}\n" in render(RegistryList(registries=(info,)))


@pytest.mark.parametrize(("total", "said"), [(None, "1 here"), (0, "0 found"), (1234, "1,234 found")])
def test_a_search_tells_how_many_rows_came_of_each_registry(total: int | None, said: str):
    rows = tuple(
        DockerImage(name=f"{host}/a/b", registry=host, reference=f"{host}/a/b") for host in ("quay.io", "ghcr.io")
    )
    sources = (SourceStatus(registry="quay.io", status="ok", total=total),)
    assert f"- quay.io: {said}\n" in render(ImageList(query="a", images=rows, sources=sources))
