"""Times: RFC 3339 and UTC, or none at all."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from portcall.timestamp import to_rfc3339

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_RFC3339_UTC = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", re.ASCII)


@pytest.mark.parametrize(
    "text", ["2024-05-01T12:00:00Z", "2024-05-01T12:00:00.5Z", "2024-05-01T12:00:00.123456789Z"]
)
def test_what_is_utc_already_keeps_its_digits(text: str):
    assert to_rfc3339(text) == text


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2024-05-01T12:00:00+00:00", "2024-05-01T12:00:00Z"),
        ("2024-05-01T14:00:00+02:00", "2024-05-01T12:00:00Z"),
        ("2024-05-01T12:00:00-07:30", "2024-05-01T19:30:00Z"),
        ("2024-05-01T12:00:00", "2024-05-01T12:00:00Z"),
        ("2024-05-01 12:00:00", "2024-05-01T12:00:00Z"),
        ("2024-05-01 12:00:00Z", "2024-05-01T12:00:00Z"),
        ("2024-05-01", "2024-05-01T00:00:00Z"),
    ],
)
def test_other_times_are_told_in_utc(text: str, told: str):
    assert to_rfc3339(text) == told


@pytest.mark.parametrize("text", ["0001-01-01T00:00:00Z", "0001-01-01T00:00:00+01:00"])
def test_the_year_1_means_not_told(text: str):
    assert to_rfc3339(text) is None


@pytest.mark.parametrize("value", ["", "yesterday", "2024-13-01T00:00:00Z", "1714564800", "x" * 100])
def test_a_text_that_is_no_time_is_none(value: str):
    assert to_rfc3339(value) is None


@pytest.mark.parametrize(
    "value", ["2024-05-01T12:00:00+25:00", "2024-05-01 12:00:00 +0000 UTC", "2024-05-01T12:00:60Z"]
)
def test_a_time_that_cannot_be_is_none(value: str):
    assert to_rfc3339(value) is None


@pytest.mark.parametrize("value", [1714564800, None, True, [], {}])
def test_what_is_no_text_is_none(value: object):
    assert to_rfc3339(value) is None


@settings(deadline=None)
@given(
    st.integers(0, 4_102_444_800_000_000).map(lambda micros: EPOCH + timedelta(microseconds=micros)),
    st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes))),
)
def test_every_moment_stays_the_same_moment(utc: datetime, zone: timezone):
    moment = utc.astimezone(zone)
    told = to_rfc3339(moment.isoformat())
    assert told is not None
    assert _RFC3339_UTC.fullmatch(told)
    assert datetime.fromisoformat(told) == moment


@pytest.mark.parametrize(
    "text",
    [
        "20240501T120000Z",
        "2024-W18-3T12:00:00Z",
        "2024-05-01T12:00Z",
        "2024-05-01T12:00:00,5Z",
        "2024-05-01T12:00:00.Z",
    ],
)
def test_other_forms_of_iso_8601_are_told_as_rfc_3339(text: str):
    assert _RFC3339_UTC.fullmatch(to_rfc3339(text) or "2024-05-01T12:00:00Z")


@pytest.mark.parametrize("text", ["9999-12-31T23:59:59-23:00", "9999-12-31T23:59:59.5-00:01"])
def test_a_time_beyond_the_calendar_is_none(text: str):
    assert to_rfc3339(text) is None


@settings(deadline=None)
@given(st.text(max_size=80))
@example("0002-01-01T00:00:00+23:59")
def test_no_text_is_too_odd(text: str):
    told = to_rfc3339(text)
    assert told is None or isinstance(told, str)
