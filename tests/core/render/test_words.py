"""What an answer says depends on what was asked, and on what became of it."""

from __future__ import annotations

import pytest
from tests.core.render.answers_supply_chain import SUPPLY_CHAIN

from portcall.models import (
    Answer,
    ComparedImage,
    DockerImage,
    DockerUser,
    ImageComparison,
    ImageList,
    LayerDifference,
    RateLimitInfo,
    RegistryInfo,
    RegistryList,
    SourceStatus,
    Tag,
    TagList,
    UserList,
    ValueDifference,
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


def tag(name: str, digest: str | None = None, **told: str) -> Tag:
    return Tag(name=name, digest=digest and f"sha256:{digest * 64}", **told)


def test_the_tags_of_one_image_are_one_row_in_the_place_of_the_first():
    rows = (tag("1.29.1", "a"), tag("1.29.0", "b"), tag("1.29", "a"), tag("1", "a"))
    text = changed(TAGS, tags=rows, total=4)
    assert "- `1.29.1` · `aaaaaaaaaaaa` · same as `1.29` `1`\n- `1.29.0` · `bbbbbbbbbbbb`" in text
    assert text.count("- `") == 2
    assert "4 tags" in text


def test_a_name_that_the_registry_tells_as_an_alias_too_stands_once_in_its_row():
    rows = (Tag(name="2", digest="sha256:c", aliases=("latest", "two")), Tag(name="latest", digest="sha256:c"))
    assert "same as `latest` `two`" in changed(TAGS, tags=rows)


def test_tags_whose_digest_is_not_told_are_different_images_as_far_as_anyone_knows():
    rows = (tag("2", last_updated="2026-01-02T03:04:05Z"), tag("1", last_updated="2026-01-02T03:04:05Z"))
    assert "- `2` · 2026-01-02\n- `1` · 2026-01-02" in changed(TAGS, tags=rows)


def test_where_no_tag_matches_the_pattern_stands_and_the_way_out():
    text = changed(TAGS, tags=(), total=0, newest_stable=None, tag_pattern="version:>=9")
    assert text == "# nginx: no tag matches `version:>=9`\n\nWithout tag_pattern, all of them."


def test_a_moment_that_is_none_is_shown_as_other_peoples_words():
    assert "`<b>now</b>`" in changed(TAGS, tags=(tag("1", last_updated="<b>now</b>"),))


def test_what_a_person_is_called_twice_is_told_once():
    person = DockerUser(username="acme", full_name="Acme", company="Acme", location="acme", registry="docker.io")
    assert render(UserList(query="a", registry="docker.io", users=(person,))).endswith("- `acme` · `Acme`")


SIDE = ComparedImage(
    name="app", tag="1", registry="docker.io", reference="app@sha256:a", digest="sha256:a", layers=2
)
OTHER = SIDE.model_copy(update={"tag": "2", "digest": "sha256:b", "reference": "app@sha256:b"})
LAYER = LayerDifference(digest="sha256:c", size=1)
USER = ValueDifference(name="user", b="app")


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        ({"config": (USER,)}, "Different: the layers are the same, the configuration is not"),
        ({"layers_added": (LAYER,), "size_change": 1}, "Different: 1 of 2 layers; b is 1 B larger than a"),
        ({"layers_removed": (LAYER,), "size_change": -1}, "Different: b is 1 B smaller than a"),
    ],
)
def test_what_differs_is_said_in_a_word(told: dict[str, object], verdict: str):
    compared = ImageComparison(a=SIDE, b=OTHER, same=False, layers_shared=2, size_change=0)
    assert changed(compared, **told).startswith(f"# {verdict}\n")


def test_what_is_one_image_is_told_once():
    text = render(ImageComparison(a=SIDE, b=SIDE.model_copy(update={"tag": "2"}), same=True, layers_shared=2))
    assert text.endswith("- a: `app:1`\n- b: `app:2` · `sha256:a`")
