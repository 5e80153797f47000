"""Names and places: nothing of what a stranger wrote ever leaves its place in a path or in a list."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from portcall.errors import InvalidArgumentError, NotFoundError

from harbor_double import HarborDouble
from portcall_harbor.names import is_project, repository_path
from portcall_harbor.paging import MOST_ROWS, Place
from portcall_harbor.rows import Rows, summary, tags_in
from wiring import HOST, backend

HOSTILE = [
    "../../admin",
    "team/../x",
    "team/a%2Fb",
    "team/a?q=1",
    "team/a#b",
    "team/a b",
    "Team/a",
    "team/",
    "/a",
    "team//a",
    "team/é",
    "team/a\x00",
    f"team/{'a' * 300}",
]


@pytest.mark.anyio
@pytest.mark.parametrize("repository", HOSTILE)
async def test_a_hostile_name_is_not_asked_for(repository: str):
    harbor = HarborDouble()
    async with backend(harbor) as asked:
        with pytest.raises(NotFoundError):
            await asked.get_vulnerabilities(repository, f"sha256:{'0' * 64}")
    assert harbor.requests == []


def test_a_nested_name_is_one_segment():
    assert repository_path("team/shop/api") == ("projects", "team", "repositories", "shop%2Fapi")


@given(st.text())
def test_whatever_passes_for_a_name_is_one_segment_and_no_more(name: str):
    if is_project(name):
        assert not set(name) & set("/%?#\\ .") - {"."}
        assert name.strip(".") == name
    try:
        _, project, _, rest = repository_path(name)
    except NotFoundError:
        return
    assert f"{project}/{rest.replace('%2F', '/')}" == name
    assert "/" not in rest


@given(st.text(alphabet="0123456789x-", max_size=9) | st.text())
def test_a_cursor_is_read_as_it_was_written_or_refused(cursor: str):
    try:
        place = Place.at(cursor, 10)
    except InvalidArgumentError:
        return
    assert str(place) == cursor
    assert place.page >= 1
    assert 1 <= place.size <= MOST_ROWS


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
FIELDS = [
    "name",
    "digest",
    "tags",
    "references",
    "extra_attrs",
    "description",
    "project_id",
    "update_time",
    "size",
]


@given(JSON | st.dictionaries(st.sampled_from(FIELDS), JSON))
def test_whatever_a_row_holds_is_read_or_left_out(row: object):
    image = Rows(HOST, f"https://{HOST}").repository(row)
    assert image is None or image.reference.startswith(f"{HOST}/")
    assert all(tag.name for tag in tags_in(row) or ())


@pytest.mark.parametrize(
    ("written", "told"),
    [
        ("# API\n\nTakes orders.", "API"),
        ("\r\n\r\n  One line  \r\nand more", "One line"),
        ("##\n#", None),
        (None, None),
    ],
)
def test_a_descriptions_first_line_stands_for_it(written: str | None, told: str | None):
    assert summary(written) == told
