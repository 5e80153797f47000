"""``Retry-After``: seconds, or a date."""

from __future__ import annotations

import time
from email.utils import formatdate
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import unhurried

from portcall.http.retry_after import retry_after

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.mark.parametrize(("text", "seconds"), [("1", 1), (" 120 ", 120), ("000007", 7)])
def test_seconds_are_read(text: str, seconds: float):
    assert retry_after({"retry-after": text}) == seconds


@pytest.mark.parametrize("text", ["9" * 12, "9" * 400, "9" * 5000])
def test_immense_waits_stay_immense(text: str):
    """They are longer than any deadline: to take them for none would mean to hammer on."""
    assert (retry_after({"retry-after": text}) or 0) > 10_000_000


@pytest.mark.parametrize(
    "form",
    [
        lambda moment: formatdate(moment, usegmt=True),
        formatdate,
        lambda moment: time.strftime("%A, %d-%b-%y %H:%M:%S GMT", time.gmtime(moment)),
        lambda moment: time.asctime(time.gmtime(moment)),
    ],
    ids=["IMF-fixdate", "-0000", "RFC 850", "asctime"],
)
def test_dates_are_read_in_every_form_of_http(form: Callable[[float], str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("TZ", "America/New_York")
    time.tzset()
    try:
        assert retry_after({"retry-after": form(time.time() + 90)}) == pytest.approx(90, abs=2)
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0",
        "-5",
        "soon",
        "1.5",
        "1, 2",
        "٣",
        formatdate(0, usegmt=True),
        "Mon, 99 Foo 2026 99:99:99 GMT",
        "1e9",
    ],
)
def test_past_none_and_garbage_are_no_wait(text: str):
    assert retry_after({"retry-after": text}) is None


def test_absent_is_no_wait():
    assert retry_after({}) is None


@unhurried
@given(st.one_of(st.text(), st.text(alphabet="MonTueJan0123456789:,-+ GT", max_size=40)))
def test_any_header_is_read(text: str):
    seconds = retry_after({"retry-after": text})
    assert seconds is None or seconds > 0
