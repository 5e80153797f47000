"""What `latest`, `stable` and their like are now: only what digests prove."""

from __future__ import annotations

import pytest

from portcall.tags import moving_tags


@pytest.mark.parametrize(
    ("tags", "told"),
    [
        ("latest=a 1.29.1=a 1.29=a 1=a stable=b 1.28.0=b", {"latest": "1.29.1", "stable": "1.28.0"}),
        # The plain tag before its other spellings and variants.
        ("lts=a 22.1.0-bookworm=a 22.1.0=a v22=a", {"lts": "22.1.0"}),
        ("edge=a 20250101=a", {"edge": "20250101"}),
        ("nightly=a 2.0.0-rc1=a", {"nightly": "2.0.0-rc1"}),
        # What shares its digest with no version is nobody knows what.
        ("latest=a 1.29.1=b", {}),
        ("latest=a mainline=a", {}),
        # A word that is no moving tag's is another make, or anything.
        ("bookworm=a 1.29.1=a", {}),
        ("1.29.1=a 1.29=a", {}),
        ("", {}),
    ],
)
def test_each_is_the_most_specific_version_of_its_digest(tags: str, told: dict[str, str]):
    digests = dict(pair.split("=") for pair in tags.split())
    assert moving_tags(digests) == told


def test_latest_comes_first_whatever_the_order_of_the_list():
    tags = dict.fromkeys(("nightly", "stable", "1.0", "latest"), "sha256:a")
    assert list(moving_tags(tags)) == ["latest", "stable", "nightly"]
