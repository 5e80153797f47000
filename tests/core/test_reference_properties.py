"""What holds for every text and every reference: totality, round trips, whole path components."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, ParamSpec, TypeVar

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st
from tests.core.reference_cases import DIFFERENT, HEX, PUBLISHED, REFUSED

from portcall.errors import InvalidArgumentError, InvalidReferenceError
from portcall.reference import Prefix, Reference, parse_prefix, parse_reference, with_tag_argument

if TYPE_CHECKING:
    from collections.abc import Callable

    from portcall.errors import PortcallError

P = ParamSpec("P")
T = TypeVar("T")

ALNUM = "abcxyz0189"

# Surrogates included: a text that came through `os.fsdecode` may hold them.
anything = st.text(st.characters(), max_size=80)

# Texts that get past the first checks, because they are made of what references are made of.
SCHEMES = ["docker://", "https://", "://"]
SITES = ["hub.docker.com", "quay.io", "github.com", "ghcr.io", "localhost", "[::1]", ":5000"]
PAGES = [
    "/r/",
    "/_/",
    "/layers/",
    "/repository/",
    "/pkgs/container/",
    "/packages/container/",
    "orgs",
    "?tag=",
    "%2F",
]
NAMES = ["library", "nginx", "FOO", "a", "sha256:", HEX, "latest"]
MARKS = ["-", "_", ".", "/", ":", "@", "#", " ", "\x00", "é"]
pieces = st.sampled_from([*SCHEMES, *SITES, *PAGES, *NAMES, *MARKS])
almost = st.one_of(
    st.lists(pieces, max_size=12).map("".join),
    st.sampled_from([*(case.text for case in PUBLISHED), *REFUSED, *(case.text for case in DIFFERENT)]).flatmap(
        lambda text: st.tuples(st.just(text), st.integers(0, len(text)), st.characters()).map(
            lambda drawn: drawn[0][: drawn[1]] + drawn[2] + drawn[0][drawn[1] :]
        )
    ),
)

words = st.text(ALNUM, min_size=1, max_size=6)
components = st.tuples(
    words, st.lists(st.tuples(st.sampled_from([".", "_", "__", "-", "---"]), words), max_size=2)
).map(lambda drawn: drawn[0] + "".join(separator + word for separator, word in drawn[1]))
paths = st.lists(
    st.one_of(components, st.sampled_from(["library", "localhost", "foo.example", "sha256", HEX])),
    min_size=1,
    max_size=3,
).map("/".join)
labels = st.from_regex(r"[a-zA-Z0-9]([a-zA-Z0-9-]{0,5}[a-zA-Z0-9])?", fullmatch=True)
ports = st.one_of(st.just(""), st.integers(1, 65535).map(lambda port: f":{port}"))
hosts = st.one_of(
    st.tuples(labels, labels, ports).map(lambda drawn: f"{drawn[0]}.{drawn[1]}{drawn[2]}"),
    st.tuples(labels, st.integers(1, 65535)).map(lambda drawn: f"{drawn[0]}:{drawn[1]}"),
    st.tuples(st.ip_addresses(v=6), ports).map(lambda drawn: f"[{drawn[0]}]{drawn[1]}"),
    labels.map(str.upper).filter(lambda label: label != label.lower()),
    st.sampled_from(["localhost", "docker.io", "index.docker.io", "registry-1.docker.io", "Docker.IO"]),
)
tags = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.-]{0,12}", fullmatch=True)
digests = st.one_of(
    st.text("0123456789abcdef", min_size=64, max_size=64).map("sha256:{}".format),
    st.text("0123456789abcdef", min_size=128, max_size=128).map("sha512:{}".format),
)


@st.composite
def references(draw: st.DrawFn) -> str:
    """Texts that are references: a host or none, a path, a tag or none, a digest or none."""
    host = draw(st.one_of(st.just(""), hosts.map("{}/".format)))
    path = draw(paths)
    tag = draw(st.one_of(st.just(""), tags.map(":{}".format)))
    digest = draw(st.one_of(st.just(""), digests.map("@{}".format)))
    # Without a host, a dot before the first slash makes one, which has a grammar of its own.
    assume(host or "/" not in path or "." not in path.partition("/")[0])
    text = f"{host}{path}{tag}{digest}"
    assume(text != HEX)
    return text


def outcome_of(read: Callable[P, T], *arguments: P.args, **options: P.kwargs) -> T | PortcallError:
    """Return what ``read`` returns, or the error of the two documented kinds that it raises."""
    try:
        return read(*arguments, **options)
    except (InvalidArgumentError, InvalidReferenceError) as error:
        return error


@given(st.one_of(anything, almost))
@example("\ud800://")
@example("https://\ud800?tag=\udfff")
@example("[" + ":" * 4000 + "]/a")
def test_any_text_is_a_reference_or_an_invalid_one(text: str):
    """Never another exception; and what can be read can be read back."""
    outcome = outcome_of(parse_reference, text)
    if isinstance(outcome, Reference):
        assert parse_reference(outcome.familiar) == outcome
    else:
        assert isinstance(outcome, InvalidReferenceError)


@given(st.one_of(anything, almost))
def test_every_refusal_has_its_place_and_a_next_step_and_says_nothing_that_deceives(text: str):
    error = outcome_of(parse_reference, text)
    assume(isinstance(error, InvalidReferenceError))
    said = f"{error} {error.hint}"
    assert error.position is not None
    assert 0 <= error.position <= len(text)
    assert error.hint
    assert said.isprintable()
    assert said.replace("…", "").isascii()
    assert len(str(error)) < 200


@given(st.one_of(anything, almost, hosts))
def test_any_text_is_a_prefix_or_an_invalid_one(text: str):
    outcome = outcome_of(parse_prefix, text)
    if isinstance(outcome, Prefix):
        assert parse_prefix(str(outcome)) == outcome
    else:
        assert isinstance(outcome, InvalidReferenceError)


@given(references(), st.one_of(anything, tags, digests))
def test_any_tag_argument_gives_a_reference_or_an_invalid_argument(text: str, tag: str):
    reference = parse_reference(text)
    outcome = outcome_of(with_tag_argument, reference, tag)
    if isinstance(outcome, Reference):
        assert outcome.name == reference.name
        assert with_tag_argument(outcome, tag) == outcome
    else:
        assert isinstance(outcome, InvalidArgumentError)
        assert "`tag`" in outcome.message


@given(references())
def test_reference_comes_back_from_its_familiar_form(text: str):
    reference = parse_reference(text)
    assert parse_reference(reference.familiar) == reference


@given(references())
def test_normalising_twice_changes_nothing(text: str):
    canonical = parse_reference(text).canonical
    assert parse_reference(canonical).canonical == canonical


@given(references(), digests)
def test_pinned_form_is_the_same_repository_by_digest_alone(text: str, digest: str):
    reference = parse_reference(text)
    pinned = parse_reference(reference.pinned(digest))
    assert pinned == Reference(reference.registry, reference.repository, None, digest)


@given(references())
def test_parts_are_safe_to_put_into_a_url(text: str):
    """No part can climb out of its place: no ``.`` or ``..`` component, nothing that needs encoding."""
    reference = parse_reference(text)
    assert re.fullmatch(r"[a-z0-9._-]+(/[a-z0-9._-]+)*", reference.repository)
    assert not {".", ".."} & set(reference.repository.split("/"))
    assert re.fullmatch(r"[a-z0-9.:\[\]-]+", reference.registry)
    assert re.fullmatch(r"[A-Za-z0-9_.:-]+", reference.identifier)


short_paths = st.lists(st.sampled_from(["a", "ab", "b", "a-b"]), min_size=0, max_size=3)


@given(st.sampled_from(["ghcr.io", "quay.io"]), short_paths, st.sampled_from(["ghcr.io", "quay.io"]), short_paths)
def test_prefix_covers_what_begins_with_its_components(
    registry: str, path: list[str], asked_registry: str, repository: list[str]
):
    prefix = Prefix(registry, "/".join(path))
    model = registry == asked_registry and repository[: len(path)] == path
    assert prefix.covers(asked_registry, "/".join(repository)) is model
    assert prefix.depth == len(path)


REPEATED = ["a", "a/", "a-", "-", "__", "a.", ".", ":", "@", "[", "a:", "https://", "%2F", "/tag/a", "?tag=", "\t"]
BEGINNINGS = ["", "ghcr.io/", "https://github.com/a/a/pkgs/container/", "https://quay.io/repository/"]


@pytest.mark.parametrize("repeated", REPEATED)
@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_longest_text_is_answered_like_any_other(beginning: str, repeated: str):
    """Repetitions that would keep a backtracking expression busy for ever, up to the ceiling."""
    text = (beginning + repeated * 4096)[:4095] + "!"
    assert isinstance(outcome_of(parse_reference, text), InvalidReferenceError)


@given(anything)
def test_text_over_the_ceiling_is_refused_for_its_length_alone(text: str):
    with pytest.raises(InvalidReferenceError, match="longer than 4096"):
        parse_reference(text + "nginx:1.27" * 410)
