"""Numbers as people read them."""

from __future__ import annotations

import pytest

from portcall.render.quantity import counted, short_digest, size, to_the_second


@pytest.mark.parametrize(
    ("count", "shown"),
    [
        (None, "?"),
        (0, "0 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (72_151_040, "72.2 MB"),
        (999_949, "999.9 kB"),
        (999_950, "1.0 MB"),
        (1_461_993_472, "1.5 GB"),
        (3_200_000_000_000, "3.2 TB"),
        (2**62, "4611686.0 TB"),
    ],
)
def test_sizes_are_decimal(count: int | None, shown: str):
    assert size(count) == shown


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0 layers"), (1, "1 layer"), (2, "2 layers"), (1_234, "1,234 layers")]
)
def test_counts_agree_with_their_noun(number: int, shown: str):
    assert counted(number, "layer") == shown


def test_a_short_digest_is_the_one_docker_shows():
    assert short_digest(f"sha256:{'0123456789abcdef' * 4}") == "sha256:0123456789ab"


@pytest.mark.parametrize(
    ("moment", "shown"),
    [
        ("2025-06-11T09:30:00Z", "2025-06-11T09:30:00Z"),
        ("2025-06-11T09:30:00.123456789Z", "2025-06-11T09:30:00Z"),
        ("2025-06-11T09:30:00.5+00:00", "2025-06-11T09:30:00+00:00"),
        ("yesterday, says [x](y)", "`yesterday, says [x](y)`"),
    ],
)
def test_times_are_told_to_the_second(moment: str, shown: str):
    assert to_the_second(moment) == shown
