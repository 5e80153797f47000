"""The answers' models: frozen, strict, and quiet only about what nobody asked for."""

from __future__ import annotations

import inspect
import json
from typing import Any

import pytest
from pydantic import ValidationError

import portcall.models
from portcall.errors import NotFoundError, RateLimitedError
from portcall.models import (
    Answer,
    ErrorInfo,
    ImageCheck,
    ImageChecks,
    ImageDetail,
    ManifestDetail,
    Model,
    Page,
    RegistryInfo,
    RegistryList,
    Tag,
    TagList,
)

DIGEST = f"sha256:{'0' * 64}"
MODELS: list[type[Model]] = [
    each
    for each in vars(portcall.models).values()
    if inspect.isclass(each) and issubclass(each, Model) and each not in {Model, Answer, Page}
]
LEAST: dict[type[Model], dict[str, Any]] = {
    TagList: {"name": "nginx", "registry": "docker.io"},
    ImageDetail: {
        "name": "nginx", "registry": "docker.io", "digest": DIGEST, "reference": f"nginx@{DIGEST}",
        "platform_digest": DIGEST, "media_type": "application/vnd.oci.image.manifest.v1+json",
    },
    ManifestDetail: {
        "name": "nginx", "registry": "docker.io", "reference": f"nginx@{DIGEST}", "digest": DIGEST, "size": 7,
        "media_type": "application/vnd.oci.image.manifest.v1+json",
    },
    ImageChecks: {},
    RegistryList: {},
}  # fmt: skip


def told(answer: Model) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(answer.model_dump_json())
    return document


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_takes_no_field_that_it_does_not_know(model: type[Model]):
    with pytest.raises(ValidationError, match="extra_forbidden"):
        model.model_validate({"invented": 1})


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model.__name__)
def test_a_model_says_what_it_is(model: type[Model]):
    assert model.__doc__


@pytest.mark.parametrize(("model", "least"), LEAST.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_an_answer_cannot_be_changed(model: type[Model], least: dict[str, Any]):
    answer = model.model_validate(least)
    with pytest.raises(ValidationError, match="frozen"):
        answer.warnings = ("x",)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("model", "least"), LEAST.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_an_answer_is_json_to_the_last_field(model: type[Model], least: dict[str, Any]):
    answer = model.model_validate(least)
    assert told(answer) == answer.model_dump(mode="json")


@pytest.mark.parametrize(("model", "least"), LEAST.items(), ids=lambda value: getattr(value, "__name__", ""))
def test_what_nobody_asked_for_is_left_out(model: type[Model], least: dict[str, Any]):
    assert not {"warnings", "stale", "as_of"} & told(model.model_validate(least)).keys()


def test_what_a_registry_does_not_tell_is_null():
    assert told(Tag(name="1.27")) == {
        "name": "1.27", "digest": None, "last_updated": None, "size": None, "platforms": [], "aliases": [],
    }  # fmt: skip


@pytest.mark.parametrize("complete", [True, False])
def test_whether_all_tags_were_checked_is_told_either_way(complete: bool):
    page = TagList(name="nginx", registry="docker.io", digest=DIGEST, complete=complete)
    assert told(page)["complete"] is complete


def test_a_plain_list_of_tags_says_nothing_of_digests():
    assert not {"complete", "digest"} & told(TagList(name="nginx", registry="docker.io")).keys()


def test_a_platform_that_is_not_there_is_told():
    assert told(ImageCheck(image="x", exists=True, platform_available=False))["platform_available"] is False
    assert "platform_available" not in told(ImageCheck(image="x", exists=True))


def test_a_registry_that_does_not_answer_is_told():
    info = RegistryInfo(prefix="x", backend="oci", plugin="portcall:oci", reachable=False)
    assert told(info)["reachable"] is False


def test_a_stale_answer_says_so():
    answer = RegistryList(stale=True, as_of="2024-05-01T12:00:00Z")
    assert {"stale": True, "as_of": "2024-05-01T12:00:00Z"}.items() <= told(answer).items()


def test_warnings_are_added_to_a_copy():
    answer = RegistryList(warnings=("one",))
    assert answer.with_warnings("two").warnings == ("one", "two")
    assert answer.warnings == ("one",)


# Pages


def page(rows: int) -> TagList:
    tags = tuple(Tag(name=str(number)) for number in range(rows))
    taught = TagList(name="nginx", registry="docker.io", tags=tags, next_cursor="end", total=99)
    return taught.paged_by(lambda row: f"row {row}")


def test_a_page_that_is_cut_goes_on_at_the_first_row_left_out():
    cut = page(5).first(2)
    assert ([tag.name for tag in cut.tags], cut.next_cursor, cut.total) == (["0", "1"], "row 2", 99)


@pytest.mark.parametrize("count", [5, 6])
def test_a_page_that_fits_keeps_its_own_cursor(count: int):
    assert page(5).first(count).next_cursor == "end"


def test_a_page_can_be_cut_again():
    assert page(5).first(4).first(1).next_cursor == "row 1"


def test_a_page_that_cannot_go_on_says_so_rather_than_skip_rows():
    checks = ImageChecks(checks=(ImageCheck(image="a"), ImageCheck(image="b")))
    assert checks.first(1).next_cursor is None
    assert not checks.goes_on


# Errors


def test_an_error_is_told_in_full():
    error = NotFoundError(
        "no such tag", hint="Look.", registry="docker.io", reference="nginx:1", candidates=["1.27"]
    )
    assert told(ErrorInfo.of(error)) == {
        "code": "not_found",
        "message": "no such tag",
        "hint": "Look.",
        "registry": "docker.io",
        "reference": "nginx:1",
        "retry_after": None,
        "candidates": ["1.27"],
    }


def test_a_pause_is_told_in_seconds():
    assert ErrorInfo.of(RateLimitedError("slow", retry_after=12.5)).retry_after == 12.5
    assert ErrorInfo.of(RateLimitedError("slow", retry_after=float("inf"))).retry_after is None
