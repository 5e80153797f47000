"""What a tag's name says: its numbers, and whether the rest is a pre-release, a rebuild or a variant."""

from __future__ import annotations

import pytest

from portcall.reference import is_tag
from portcall.tags import TagVersion, is_referrer_tag, parse_version

HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"


def version_of(tag: str) -> TagVersion:
    version = parse_version(tag)
    assert version is not None, tag
    return version


@pytest.mark.parametrize(
    ("tag", "release"),
    [
        ("1.27.5", (1, 27, 5)),
        ("v1.30.2", (1, 30, 2)),
        ("V1.2", (1, 2)),
        ("22", (22,)),
        ("24.04", (24, 4)),
        ("2024.1.0", (2024, 1, 0)),
        ("2024.7.25", (2024, 7, 25)),
        ("2024.07.0", (2024, 7, 0)),
        ("2023.5.20240708.0", (2023, 5, 20240708, 0)),
        ("10.0.20348.2582", (10, 0, 20348, 2582)),
        ("8u412", (8, 412)),
        ("0", (0,)),
        ("2023", (2023,)),
        ("1042", (1042,)),
    ],
)
def test_dotted_and_short_whole_numbers_are_versions(tag: str, release: tuple[int, ...]):
    assert version_of(tag) == TagVersion(tag, "version", release)


@pytest.mark.parametrize(
    ("tag", "release"),
    [
        ("20240101", (2024, 1, 1)),
        ("v20240101", (2024, 1, 1)),
        ("2024-01-15", (2024, 1, 15)),
        ("2024.01.15", (2024, 1, 15)),
        ("2024_01_15", (2024, 1, 15)),
        ("2024-07", (2024, 7)),
        ("202407", (2024, 7)),
        ("240711", (2024, 7, 11)),
        ("2024071505", (2024, 7, 15, 5)),
        ("20240705123456", (2024, 7, 5, 12, 34, 56)),
        ("RELEASE.2024-07-04T14-25-45Z", (2024, 7, 4, 14, 25, 45)),
    ],
)
def test_dates_are_dates_however_they_are_written(tag: str, release: tuple[int, ...]):
    assert version_of(tag) == TagVersion(tag, "date", release)


@pytest.mark.parametrize(
    ("tag", "number"),
    [("123456", 123456), ("r1234", 1234), ("b3456", 3456), ("build-77", 77), ("1720000000", 1720000000)],
)
def test_whole_numbers_of_six_digits_and_numbered_builds_are_counters(tag: str, number: int):
    assert version_of(tag) == TagVersion(tag, "counter", (number,))


@pytest.mark.parametrize(
    "tag",
    [
        "1.27.5-alpine3.20",
        "1.79-slim-bookworm",
        "2.452.2-lts-jdk17",
        "7.17.22-arm64",
        "1809-amd64",
        "11.1.0-ubuntu",
        "12.5.0-devel-ubuntu22.04",
        "8.3-fpm-dev",
        "3.12.4-alpine-edge",
        "24.04-2024-07-05",
        "16.3-20240612",
        "20240711-jammy",
        "RELEASE.2024-07-04T14-25-45Z-cpuv1",
    ],
)
def test_suffix_is_a_variant_and_no_prerelease(tag: str):
    version = version_of(tag)

    assert version.variant == tag.split("-", 1)[1].removeprefix("07-04T14-25-45Z-")
    assert not version.is_prerelease
    assert not version.is_plain


@pytest.mark.parametrize(
    ("tag", "stage", "numbers", "variant"),
    [
        ("8.0-rc1", 4, (1,), ""),
        ("1.2.3-rc.1", 4, (1,), ""),
        ("v3.1.0-rc2-windowsservercore-1809", 4, (2,), "windowsservercore-1809"),
        ("26.0.0.CR1", 4, (1,), ""),
        ("9.0.100-preview.6.24328.4-alpine3.20", 3, (6, 24328, 4), "alpine3.20"),
        ("9.0-preview-jammy", 3, (), "jammy"),
        ("3.13.0b3", 2, (3,), ""),
        ("16beta2", 2, (2,), ""),
        ("5.0.0-M1", 2, (1,), ""),
        ("3.7.0a2-slim", 1, (2,), "slim"),
        ("v0.6.0-alpha.1", 1, (1,), ""),
        ("22-ea-21-jdk", 1, (21,), "jdk"),
        ("2.0.0-SNAPSHOT", 0, (), ""),
        ("1.2.3-dev", 0, (), ""),
        ("1.28-nightly", 0, (), ""),
        ("3.20-edge", 0, (), ""),
        ("1.2.3-unstable", 0, (), ""),
        ("1.2.3-testing", 0, (), ""),
        ("v2.11.0-next.3", 0, (3,), ""),
        ("1.2.3-canary.4", 0, (4,), ""),
        ("20240715.5-unstable", 0, (5,), ""),
        ("4.16.0-0.nightly-2024-07-05-123456", 0, (2024, 7, 5, 123456), ""),
        ("1.2-alpine-rc1", 4, (1,), "alpine-rc1"),
        ("1.2.3-rc2a", 4, (2,), "rc2a"),
    ],
)
def test_prerelease_words_are_known_with_and_without_a_dash(
    tag: str, stage: int, numbers: tuple[int, ...], variant: str
):
    version = version_of(tag)

    assert version.pre == (stage, *numbers)
    assert version.variant == variant
    assert version.is_prerelease
    assert not version.is_plain


@pytest.mark.parametrize(
    ("tag", "build", "variant"),
    [
        ("1.2.3-4", (4,), ""),
        ("1.2.3_4", (4,), ""),
        ("1.2.3+4", (4,), ""),
        ("1.2.3-r4", (4,), ""),
        ("1.40.3-ls123", (123,), ""),
        ("9.9p1", (1,), ""),
        ("v1.16-1", (1,), ""),
        ("21.0.3_9-jdk-jammy", (9,), "jdk-jammy"),
        ("16.3.0-debian-12-r14", (14,), "debian-12"),
        ("8u412-b08-jdk", (8,), "jdk"),
        ("9.4-1123.1719560047", (1123, 1719560047), ""),
    ],
)
def test_packagers_rebuild_is_neither_prerelease_nor_variant(tag: str, build: tuple[int, ...], variant: str):
    version = version_of(tag)

    assert (version.build, version.variant, version.pre) == (build, variant, ())


def test_number_of_a_ci_build_behind_a_whole_release_is_a_prerelease_as_semver_has_it():
    assert version_of("11.2.0-72314").pre == (0, 72314)
    assert version_of("12.0.0-86693.patch1-86755").pre[:2] == (0, 86693)


@pytest.mark.parametrize(
    ("tag", "pre", "revision"),
    [
        ("v1.2.3-5-g1a2b3c4", (0, 5), "1a2b3c4"),
        ("v3.28.0-0.dev-123-gabc1234def0", (0, 123), "abc1234def0"),
        ("2024.7.25-1a2b3c4", (), "1a2b3c4"),
        ("v20240704-abc1234", (), "abc1234"),
        ("1.2.3-alpine-sha-abcdefa", (), "abcdefa"),
    ],
)
def test_commit_in_a_version_is_its_revision_and_makes_it_not_plain(tag: str, pre: tuple[int, ...], revision: str):
    version = version_of(tag)

    assert (version.pre, version.revision) == (pre, revision)
    assert not version.is_plain


@pytest.mark.parametrize("tag", ["32.0.1.Final", "5.0.0.RELEASE", "1.2.3-ga", "1.26-stable"])
def test_word_for_final_says_nothing_more(tag: str):
    assert version_of(tag).is_plain


@pytest.mark.parametrize(
    "tag",
    [
        *("latest", "stable", "main", "edge", "nightly", "lts", "current", "mainline", "rc", "v", "", "-"),
        *("bookworm", "noble-20240605", "bookworm-20240612-slim", "ltsc2022", "20H2", "3scale", "2fa"),
        *("arm64v8-1.2.3", "jdk-21", "release-1.27", "nightly-1.2.3", "stable-alpine"),
        *("sha-abc1234", "sha-1234567", "g1a2b3c4", "1a2b3c4", "1234b56", "git-abcdefa"),
        *("9" * 40, "a1" * 20, HEX, f"sha256-{HEX}", f"sha256-{HEX}.sig", f"sha256:{HEX}"),
        *("1.2.3 ", "1.2/3", "1.2.3\n", "١.٢", "1" * 129, "v1.2.3\x00"),
    ],
)
def test_words_hashes_digests_and_what_is_no_tag_hold_no_version(tag: str):
    assert parse_version(tag) is None


@pytest.mark.parametrize(
    "tag",
    [
        *(f"sha256-{HEX}", f"sha256-{HEX}.sig", f"sha256-{HEX}.att", f"sha256-{HEX}.sbom"),
        *(f"sha512-{HEX}", f"sha256-{HEX}.cosign.bundle", f"sha256:{HEX}", f"sha256__{HEX}"),
    ],
)
def test_tag_made_of_a_digest_is_a_referrers(tag: str):
    assert is_referrer_tag(tag)


@pytest.mark.parametrize("tag", ["latest", "sha-abc1234", HEX, "sha256-abc", f"x-sha256-{HEX}", "1.2.3.sig", ""])
def test_other_tags_are_no_referrers(tag: str):
    assert not is_referrer_tag(tag)


@pytest.mark.parametrize("text", ["latest", "_x", "1.2.3-rc.1", "A" * 128])
def test_tags_of_the_grammar_are_tags(text: str):
    assert is_tag(text)


@pytest.mark.parametrize("text", ["", ".x", "-x", "a b", "a+b", "a:b", "A" * 129, "a\n", "é"])
def test_texts_outside_the_grammar_are_no_tags(text: str):
    assert not is_tag(text)
