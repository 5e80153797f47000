"""No answer is larger than a model can bear; both forms are cut at the same whole row, and say so."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.render.answers import ANSWERS, ERRORS, IMAGE, A, B
from tests.core.render.texts import unhurried

from portcall.errors import NotFoundError, TooLargeError
from portcall.models import (
    ErrorInfo,
    HistoryStep,
    ImageCheck,
    ImageChecks,
    ImageLayer,
    ManifestChild,
    ManifestDetail,
    RegistryInfo,
    RegistryList,
    Tag,
    TagList,
)
from portcall.render import Fitted, fitted, fitted_error
from portcall.render.budget import BUDGET
from portcall.render.trim import MEASURES, trimmed

if TYPE_CHECKING:
    from portcall.models import Answer


def size(structured: dict[str, Any]) -> int:
    return len(json.dumps(structured, ensure_ascii=False, separators=(",", ":")))


def assert_within(forms: Fitted, budget: int = BUDGET) -> None:
    assert len(forms.text) <= budget
    assert size(forms.structured) <= budget


def tag_page(tags: list[Tag], **more: Any) -> TagList:
    page = TagList(name="nginx", registry="docker.io", tags=tuple(tags), total=len(tags), **more)
    return page.paged_by(lambda row: f"row-{row}")


def plain_tags(count: int) -> list[Tag]:
    return [Tag(name=f"1.{number}.0-alpine") for number in range(count)]


#: Answers that hold characters that hide.
WITH_WHAT_HIDES = {"manifest_of_one_platform", "files", "file", "dockerfile"}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_ordinary_answer_is_left_alone(name: str):
    forms = fitted(ANSWERS[name])
    assert "to stay readable" not in forms.text
    if name not in WITH_WHAT_HIDES:
        assert forms.structured == ANSWERS[name].model_dump(mode="json")


def test_a_page_is_cut_at_the_same_row_in_both_forms():
    forms = fitted(tag_page(plain_tags(1000)))
    assert_within(forms)
    rows = forms.structured["tags"]
    assert 150 < len(rows) < 1000
    shown = [tag for tag in re.findall(r"`([^`]+)`", forms.text) if tag.startswith("1.")]
    assert shown == [row["name"] for row in rows]
    assert forms.structured["next_cursor"] == f"row-{len(rows)}"
    assert f"cursor `row-{len(rows)}`" in forms.text
    assert f"cut to {len(rows)} rows" in forms.text
    assert forms.structured["total"] == 1000


def test_a_page_is_cut_as_late_as_possible():
    tags = plain_tags(1000)
    told = fitted(tag_page(tags)).structured
    count, note = len(told["tags"]), told["warnings"][0]
    one_more = tag_page(tags).first(count + 1).with_warnings(note.replace(str(count), str(count + 1)))
    assert size(one_more.model_dump(mode="json")) > BUDGET


def test_walking_a_cut_page_loses_nothing():
    tags = [
        Tag(name=f"v{number}", digest=A, platforms=("linux/amd64",) * (number % 40), aliases=("x" * 100,) * 3)
        for number in range(300)
    ]
    walked: list[str] = []
    while True:
        forms = fitted(TagList(name="n", registry="r", tags=tuple(tags[len(walked) :])).paged_by(str))
        assert_within(forms)
        walked += [row["name"] for row in forms.structured["tags"]]
        if forms.structured["next_cursor"] is None:
            break
    assert walked == [tag.name for tag in tags]


def test_a_page_that_cannot_be_cut_by_cursor_names_none():
    page = TagList(name="nginx", registry="docker.io", tags=tuple(plain_tags(1000)), next_cursor="after-1000")
    forms = fitted(page)
    assert_within(forms)
    assert forms.structured["next_cursor"] is None
    assert "ask for fewer at a time" in forms.text


def test_one_row_too_large_for_a_page_is_shortened_and_the_next_is_not_lost():
    monster = Tag(name="monster", platforms=tuple(f"linux/{'x' * 60}{number}" for number in range(1000)))
    forms = fitted(tag_page([monster, Tag(name="next")]))
    assert_within(forms)
    assert [row["name"] for row in forms.structured["tags"]] == ["monster"]
    assert forms.structured["next_cursor"] == "row-1"
    assert "shortened to stay readable" in forms.text


def check(number: int, **more: Any) -> ImageCheck:
    image = f"registry.corp.example/team/service-{number}:2025.07.{number}"
    reference = f"registry.corp.example/team/service-{number}@{A}"
    found: dict[str, Any] = {"image": image, "exists": True, "reference": reference, "digest": A}
    return ImageCheck(**found | more)


def test_fifty_ordinary_checks_fit():
    checks = tuple(check(number, platforms=("linux/amd64", "linux/arm64/v8"), line=number) for number in range(50))
    forms = fitted(ImageChecks(checks=checks, ok=50, total=50))
    assert_within(forms)
    assert len(forms.structured["checks"]) == 50
    assert "to stay readable" not in forms.text


@pytest.mark.parametrize(
    "more",
    [
        {"platforms": tuple(f"linux/arm/v{number}" for number in range(16))},
        {
            "exists": False,
            "reference": None,
            "digest": None,
            "error": ErrorInfo.of(
                NotFoundError(
                    "registry.corp.example/team/service has no tag '2025.07.1' among its 1,234",
                    hint="Did you mean one of these? search_tags lists them all.",
                    registry="registry.corp.example",
                    reference="registry.corp.example/team/service:2025.07.1",
                    candidates=[f"2025.07.{number}-alpine3.20-amd64" for number in range(5)],
                )
            ),
        },
    ],
    ids=["many platforms", "errors"],
)
def test_fifty_larger_checks_are_shortened_and_all_there(more: dict[str, Any]):
    forms = fitted(ImageChecks(checks=tuple(check(number, **more) for number in range(50)), total=50))
    assert_within(forms)
    assert len(forms.structured["checks"]) == 50
    assert [row["image"] for row in forms.structured["checks"]] == [check(number).image for number in range(50)]
    assert forms.text.count("\n- ") == 50
    assert "shortened to stay readable" in forms.text


def test_checks_beyond_all_shortening_are_cut_and_say_so():
    error = ErrorInfo.of(NotFoundError("m" * 900, hint="h" * 900, candidates=["c" * 300] * 30))
    forms = fitted(
        ImageChecks(checks=tuple(check(number, error=error) for number in range(50)), failed=50, total=50)
    )
    assert_within(forms)
    rows = len(forms.structured["checks"])
    assert 10 < rows < 50
    assert forms.text.count("\n- ") == rows
    assert f"cut to {rows} of 50 rows" in forms.text
    assert forms.structured["failed"] == 50


def test_a_huge_image_is_shortened_and_keeps_its_names_whole():
    image = IMAGE.model_copy(
        update={
            "layers": tuple(
                ImageLayer(digest=B, size=1, diff_id=A, command="RUN " + "x" * 300) for _ in range(200)
            ),
            "history": tuple(HistoryStep(command="RUN " + "x" * 300) for _ in range(400)),
            "labels": {f"label-{number}": "y" * 10_000 for number in range(30)},
            "env": tuple(f"NAME_{number}=" + "z" * 50 for number in range(500)),
        }
    )
    forms = fitted(image)
    assert_within(forms)
    told = forms.structured
    assert told["reference"] == image.reference
    assert all(layer["digest"] == B and layer["diff_id"] == A for layer in told["layers"])
    assert 20 <= len(told["layers"]) < 200
    assert told["total_size"] == image.total_size
    note = told["warnings"][-1]
    for name, count in (("layers", 200), ("history", 400), ("env", 500)):
        assert f"{len(told[name])} of {count} {name}" in note
    assert len(re.findall(r"^ +\d+ +1 B ", forms.text, re.MULTILINE)) == len(told["layers"])


def test_texts_are_shortened_before_lists_are():
    image = IMAGE.model_copy(update={"labels": {f"label-{number}": "y" * 10_000 for number in range(30)}})
    told = fitted(image).structured
    assert len(told["labels"]) == 30
    assert told["layers"] == IMAGE.model_dump(mode="json")["layers"]


def test_a_manifest_over_the_budget_is_an_error_with_its_entries():
    children = tuple(
        ManifestChild(digest=A, media_type="m", size=1, platform=f"linux/arm/v{number}") for number in range(999)
    )
    detail = ManifestDetail(
        name="nginx",
        registry="docker.io",
        reference=f"nginx@{B}",
        media_type="m",
        digest=B,
        size=99_999,
        children=children,
        manifest={"manifests": [{"digest": A}] * 999},
    )
    with pytest.raises(TooLargeError, match=f"{B} is over 20,000 characters; it lists 999 others") as caught:
        fitted(detail)
    forms = fitted_error(caught.value)
    assert_within(forms)
    assert forms.structured["error"]["candidates"][:2] == [f"{A} linux/arm/v0", f"{A} linux/arm/v1"]
    assert f"`{A} linux/arm/v19`" in forms.text
    assert "linux/arm/v20" not in forms.text


@pytest.mark.parametrize("depth", [65, 300, 900])
def test_a_manifest_that_no_serialiser_would_write_is_an_error(depth: int):
    document = json.loads('{"a":' * depth + "1" + "}" * depth)
    detail = ManifestDetail(
        name="n", registry="r", reference=f"n@{A}", media_type="m", digest=A, size=1, manifest=document
    )
    with pytest.raises(TooLargeError, match="nested too deeply"):
        fitted(detail)


def test_many_registries_are_cut_and_counted():
    infos = tuple(
        RegistryInfo(prefix=f"registry-{number}.corp.example/team", backend="oci", plugin="portcall:oci")
        for number in range(300)
    )
    forms = fitted(RegistryList(registries=infos))
    assert_within(forms)
    assert re.search(r"\d+ of 300 registries", forms.text)


@pytest.mark.parametrize("code", ERRORS)
def test_an_error_is_bounded_whatever_it_carries(code: str):
    error = type(ERRORS[code])("m" * 1_000_000)
    error.hint, error.candidates = "h" * 1_000_000, ("\U0001f40b" * 1_000_000,) * 50
    error.registry = error.reference = "r" * 1_000_000
    error.retry_after = float("inf")
    forms = fitted_error(error)
    assert_within(forms)
    assert forms.structured["error"]["code"] == code
    assert forms.structured["error"]["retry_after"] is None


@given(
    lengths=st.lists(st.integers(min_value=1, max_value=120), min_size=1, max_size=60),
    budget=st.integers(min_value=700, max_value=4000),
)
@unhurried
def test_every_page_fits_every_budget_and_goes_on_where_it_ended(lengths: list[int], budget: int):
    tags = [Tag(name=f"{number}{'x' * length}") for number, length in enumerate(lengths)]
    forms = fitted(tag_page(tags), budget)
    assert_within(forms, budget)
    rows = [row["name"] for row in forms.structured["tags"]]
    assert rows
    assert rows == [tag.name for tag in tags[: len(rows)]]
    expected = f"row-{len(rows)}" if len(rows) < len(tags) else None
    assert forms.structured["next_cursor"] == expected


def test_what_fits_is_rendered_once(monkeypatch: pytest.MonkeyPatch):
    rendered: list[Answer] = []

    def render(answer: Answer) -> str:
        rendered.append(answer)
        return ""

    monkeypatch.setattr("portcall.render.budget.render", render)
    fitted(IMAGE)
    assert len(rendered) == 1


def test_which_version_a_tag_is_now_is_told_whole_however_little_is_told():
    moving = {"latest": f"1.{'0' * 90}"}
    page = TagList(name="nginx", registry="docker.io", moving=moving)
    assert trimmed(page, MEASURES[-1]).moving == moving
