"""What an answer says depends on what was asked, and on what became of it."""

from __future__ import annotations

import pytest
from tests.core.render.answers_inside import APP, INSIDE
from tests.core.render.answers_supply_chain import SUPPLY_CHAIN

from portcall.models import (
    Answer,
    BaseImageCheck,
    ComparedImage,
    DockerImage,
    DockerUser,
    FileDifference,
    FileList,
    ImageComparison,
    ImageFile,
    ImageList,
    LayerAnalysis,
    LayerDifference,
    LayerShare,
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
        (99, "99 of 100 pulls left per 6 h, those spent are back within 6 h (no hour is told)"),
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


@pytest.mark.parametrize(("total", "said"), [(None, "1 shown"), (0, "0 found"), (1234, "1,234 found")])
def test_a_search_tells_how_many_rows_came_of_each_registry(total: int | None, said: str):
    rows = tuple(
        DockerImage(name=f"{host}/a/b", registry=host, reference=f"{host}/a/b") for host in ("quay.io", "ghcr.io")
    )
    sources = (SourceStatus(registry="quay.io", status="ok", total=total),)
    assert f"- quay.io: {said}\n" in render(ImageList(query="a", images=rows, sources=sources))


def hub(name: str, **told: object) -> DockerImage:
    return DockerImage.model_validate(
        {"name": name, "registry": "docker.io", "reference": f"docker.io/{name}", **told}
    )


@pytest.mark.parametrize(
    ("badges", "is_said"), [((False, False), True), ((False, True), False), ((False, None), False), ((), False)]
)
def test_that_nothing_is_official_is_said_where_docker_hub_told_it_of_each(
    badges: tuple[bool | None, ...], is_said: bool
):
    other = DockerImage(name="quay.io/a/b", registry="quay.io", reference="quay.io/a/b")
    rows = (other, *(hub(f"a/b{number}", is_official=badge) for number, badge in enumerate(badges)))
    assert ("None of these is a Docker Official Image." in render(ImageList(query="b", images=rows))) is is_said


def test_stars_that_nobody_gave_are_not_counted():
    assert "star" not in render(ImageList(query="b", images=(hub("a/b", stars=0, pulls=0),)))


@pytest.mark.parametrize(("readme", "is_said"), [("", True), (None, False), ("# Hello", False)])
def test_that_a_repository_has_no_readme_is_said_where_it_was_asked_for(readme: str | None, is_said: bool):
    assert ("\n- it has no README" in render(hub("a/b", readme=readme))) is is_said


@pytest.mark.parametrize(
    ("credentials", "counts", "is_said"),
    [("none", "pulls", True), ("environment", "pulls", False), ("none", "requests", False)],
)
def test_that_a_login_has_more_pulls_is_said_to_those_without(credentials: str, counts: str, is_said: bool):
    limit = RateLimitInfo(counts=counts, limit=100, remaining=100, window=21600)
    info = RegistryInfo(prefix="x", backend="x", plugin="x:x", credentials=credentials, rate_limit=limit)
    assert (
        f"100 of 100 {counts} left per 6 h, a login gets more" in render(RegistryList(registries=(info,)))
    ) is (is_said)


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


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        ({"layers_added": (LAYER,)}, "of all platforms `linux/amd64` alone, no files (files=true compares them)"),
        ({"layers_added": (LAYER,), "bytes_fetched": 0}, "of all platforms `linux/amd64` alone"),
        ({"platforms_changed": ()}, "`linux/amd64`"),
        ({"platforms_changed": ("linux/amd64",)}, "`linux/amd64`"),
        ({"platforms_changed": (), "platforms_added": ("linux/arm64",)}, "of all platforms `linux/amd64` alone"),
    ],
)
def test_what_was_compared_and_what_was_not_stands_in_the_head(fields: dict[str, object], told: str):
    sides = [side.model_copy(update={"platform": "linux/amd64"}) for side in (SIDE, OTHER)]
    changed_ones = {"platforms_changed": ("linux/amd64", "linux/arm64"), "layers_shared": 1}
    compared = ImageComparison(a=sides[0], b=sides[1], same=False, **changed_ones)
    text = changed(compared, **fields)
    assert f"\n- compared: {told}\n" in f"{text}\n"
    assert "· `linux/amd64`" not in text


def test_platforms_that_differ_stand_with_their_images():
    sides = (
        SIDE.model_copy(update={"platform": "linux/amd64"}),
        OTHER.model_copy(update={"platform": "linux/arm64"}),
    )
    text = render(ImageComparison(a=sides[0], b=sides[1], same=False, layers_shared=0, layers_added=(LAYER,)))
    assert "· `linux/amd64`" in text
    assert "\n- compared: no files (files=true compares them)\n" in text


@pytest.mark.parametrize(
    ("platform", "value", "rows"),
    [
        ("linux/amd64", USER, "- user: none is set, so root\n+ user: app\n"),
        ("linux/amd64", ValueDifference(name="user", a="app"), "- user: app\n+ user: none is set, so root\n"),
        ("windows/amd64", USER, "- user: none is set\n+ user: app\n"),
        ("linux/amd64", ValueDifference(name="cmd", b="app"), "diff\n+ cmd: app\n"),
    ],
)
def test_a_user_that_is_not_set_is_root(platform: str, value: ValueDifference, rows: str):
    sides = [side.model_copy(update={"platform": platform}) for side in (SIDE, OTHER)]
    assert rows in render(ImageComparison(a=sides[0], b=sides[1], same=False, config=(value,)))


def test_a_file_with_other_contents_has_both_sizes_and_one_with_another_mode_its_own():
    files = tuple(
        FileDifference(path=f"/{what}", change="changed", size_a=18, size_b=18, what=(what,))
        for what in ("content", "mode")
    )
    text = changed(INSIDE["comparison"], files=files)
    assert "! 18 B → 18 B /content (content)" in text
    assert "!      18 B /mode (mode)" in text


@pytest.mark.parametrize(
    ("number", "command", "advice"),
    [
        (2, "RUN /bin/sh -c make # buildkit", "delete it in that same RUN, or do not write it"),
        (2, "/bin/sh -c make", "delete it in that same RUN, or do not write it"),
        (3, "COPY . /srv # buildkit", "copy less there, or exclude it by .dockerignore"),
        (1, "COPY . /srv # buildkit", "copy less there, or exclude it by .dockerignore"),
        (3, "/bin/sh -c #(nop) ADD dir:1e2d3c in /srv ", "copy less there, or exclude it by .dockerignore"),
        (1, "ADD alpine-minirootfs-3.21.3-x86_64.tar.gz / # buildkit", "a newer or smaller base may not have it"),
        (1, "# debian.sh --arch 'amd64' out/ 'bookworm' '@1'", "a newer or smaller base may not have it"),
        (2, None, "leave it out of that step"),
    ],
)
def test_what_to_do_about_waste_depends_on_the_step_that_makes_it(number: int, command: str | None, advice: str):
    share = LayerShare(number=number, digest="sha256:a", size=9, command=command, wasted=8)
    told = LayerAnalysis(
        **APP, deep=True, total_size=9, layers=(share,), uncompressed_size=9, reclaimable=8, verified=True
    )
    said = f"next: 8 B of it is in layer {number}, and deleted or overwritten later: {advice}\n"
    assert said in render(told)


LABELLED = BaseImageCheck(
    **APP,
    base="debian:12",
    base_digest="sha256:old",
    found_by="labels",
    confidence="guess",
    current_digest="sha256:new",
    outdated=True,
    shared_layers=1,
)
DOUBT = "perhaps based on `debian:12` (the image's labels say so, its layers do not match)"


@pytest.mark.parametrize(
    ("fields", "headline"),
    [
        ({}, f"{DOUBT}, whose tag has moved on since"),
        ({"outdated": False}, f"{DOUBT}, whose tag has not moved since"),
        ({"outdated": None}, f"{DOUBT}; whether that has moved on is not known"),
        (
            {"found_by": "history", "outdated": None},
            "perhaps based on `debian:12` (its history reads like it); whether that has moved on is not known",
        ),
        ({"confidence": "likely"}, "probably based on `debian:12`, **which has moved on since**"),
        ({"confidence": "certain"}, "based on `debian:12`, **which has moved on since**"),
        ({"confidence": "certain", "outdated": False}, "based on `debian:12`, up to date"),
    ],
)
def test_how_sure_a_base_is_stands_in_the_headline(fields: dict[str, object], headline: str):
    assert changed(LABELLED, **fields).partition("\n")[0].endswith(f": {headline}")


def test_of_a_guess_the_base_is_to_be_looked_for_before_anything_is_built():
    text = changed(LABELLED)
    assert "- base that is named: `sha256:old`\n- base now: `sha256:new`, the lowest layer in common\n" in text
    assert "next: make sure of the base first (get_dockerfile, where it is no reconstruction)" in text
    sure = changed(LABELLED, confidence="certain", shared_layers=0)
    assert "- base when it was built: `sha256:old`\n- base now: `sha256:new`, no layer in common\n" in sure
    assert "next: build the image anew on the base as it is now" in sure


def link(name: str, *, dangling: bool | None) -> ImageFile:
    told = {"kind": "symlink", "size": 0, "mode": "lrwxrwxrwx", "owner": "0:0", "target": "x", "layer": 1}
    return ImageFile.model_validate({"path": f"/{name}", "dangling": dangling, **told})


@pytest.mark.parametrize(("dangling", "is_known"), [(False, True), (True, True), (None, False)])
def test_a_link_is_there_unless_it_is_marked_where_that_is_known(dangling: bool | None, is_known: bool):
    text = render(
        FileList(**APP, path="/", files=(link("a", dangling=False), link("b", dangling=dangling)), total=2)
    )
    assert " a -> x\n" in text
    assert (" b -> x (dangling)\n" in text) is (dangling is True)
    assert (" path -> target, there unless (dangling)\n" in text) is is_known


def test_bases_that_their_rows_tell_of_are_counted_as_bases_and_other_findings_as_they_are_listed():
    first = render(INSIDE["dockerfile_analysis"]).partition("\n")[0]
    assert first.endswith(": 1 base not pinned, 1 base with a newer version, 1 error, 2 warnings, 1 note")


def test_of_a_repository_of_which_nothing_is_told_it_is_said_that_nothing_is():
    """That it is there is all that the distribution protocol tells: what is missing would look like a fault."""
    known = DockerImage(name="r.example/a", registry="r.example", reference="r.example/a")
    note = "it is there: this registry tells no more of a repository"
    assert f"- {note}" in render(known)
    assert f"- {note}\n- web page: " in changed(known, web_url="https://r.example/a")
    for fields in ({"pulls": 0}, {"description": "x"}, {"readme": ""}, {"warnings": ("the API does not tell",)}):
        assert note not in changed(known, **fields)
