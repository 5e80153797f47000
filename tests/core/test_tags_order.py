"""Which tag comes first, and which is really the newest, in the lists of real repositories (shortened)."""

from __future__ import annotations

import random
import re
import time

import pytest

from portcall.tags import newest_stable, version_key

HEX = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

# name -> newest stable: tags; most lists are in the order in which a registry gives them, by letters.
LISTS = """
nginx -> 1.27.5:
    1 1-alpine 1-perl 1.26 1.26.3 1.26.3-alpine 1.27 1.27-alpine 1.27.4 1.27.5 1.27.5-alpine
    1.27.5-alpine3.21 1.27.5-perl 1.9.9 alpine latest mainline stable stable-alpine
postgres -> 17.0:
    10.23 12-alpine 16 16.4 16.4-alpine3.20 16beta2 17 17-bookworm 17.0 17beta3 17rc1 18beta1 9.6.24
    alpine bookworm latest
python -> 3.12.4:
    2.7.18 3 3-slim 3.12 3.12.4 3.12.4-alpine3.20 3.12.4-slim-bookworm 3.13-rc 3.13-rc-slim 3.13.0b3
    3.13.0b3-windowsservercore-ltsc2022 3.9.19 latest rc slim
node -> 22.3.0:
    20.15.0 22 22-alpine 22.3 22.3.0 22.3.0-bookworm-slim 9.11.2 argon current current-slim iron
    latest lts lts-alpine3.20 slim
ubuntu -> 24.10:
    14.04.5 20.04 22.04 24.04 24.10 devel focal-20240530 jammy latest noble noble-20240605 rolling
debian -> 12.6:
    11.9-slim 12 12-slim 12.5 12.6 12.6-slim bookworm bookworm-20240612-slim experimental latest
    sid-20240612 stable stable-slim unstable
golang -> 1.22.5:
    1 1.22 1.22.5 1.22.5-alpine3.20 1.23-rc 1.23rc1 1.23rc1-bookworm latest tip-20240701
redis -> 7.4.0:
    6.2.14 7 7.2.5 7.4.0 7.4.0-alpine3.20 8.0-M01 8.0-rc1 8.0-rc1-bookworm alpine latest
grafana -> 11.1.0:
    10.4.5 11.1.0 11.1.0-ubuntu 11.2.0-72314 11.2.0-72314-ubuntu 9.5.20 dev-musl latest main
    main-ubuntu
minio -> RELEASE.2024-07-04T14-25-45Z:
    RELEASE.2023-12-23T07-19-11Z RELEASE.2024-07-04T14-25-45Z RELEASE.2024-07-04T14-25-45Z-cpuv1
    RELEASE.2024-06-29T01-20-47Z edge latest latest.fips
traefik -> v3.0.4:
    comte latest v2.11.6 v3.0 v3.0.4 v3.0.4-windowsservercore-1809 v3.1.0-rc2
    v3.1.0-rc2-windowsservercore-1809
alpine -> 3.20.1:
    20230901 20240606 3 3.20 3.20.1 3.9.6 edge latest
temurin -> 21:
    11-jdk 17 17.0.11_9-jre 21 21-jdk-jammy 21.0.3_9-jdk-jammy 8 8u412-b08-jdk latest
temurin, older -> 21.0.3_9-jdk:
    17.0.11_9-jdk 21.0.2_13-jdk 21.0.3_9-jdk 21.0.3_9-jre 8u412-b08-jdk latest
mongo -> 7.0.12:
    5.0.28 7 7.0 7.0.12 7.0.12-jammy 7.0.12-windowsservercore-ltsc2022 8.0.0-rc13 latest
elasticsearch -> 8.14.1:
    7.17.22 7.17.22-arm64 8.14.1 8.14.1-amd64 8.15.0-SNAPSHOT
rust -> 1.79.0:
    1 1.79 1.79-slim-bookworm 1.79.0 1.79.0-alpine3.20 1.9.0 latest slim
kube-apiserver -> v1.30.2:
    v1.29.6 v1.30.2 v1.31.0-alpha.2 v1.31.0-beta.0 v1.9.11
calico -> v3.28.0:
    latest master v3.27.3 v3.28.0 v3.28.0-0.dev-123-gabc1234def0 v3.28.0-amd64
    v3.29.0-0.dev-9-g1234abc
jenkins -> 2.466:
    2.452.2 2.452.2-lts-jdk17 2.466 2.466-jdk21 alpine latest lts lts-jdk17
cert-manager -> v1.15.1:
    canary v0.16.1 v1.15.1 v1.16.0-alpha.0 venafi-0
home-assistant -> 2024.7.2:
    0.118.5 2021.12.9 2024.7.2 2024.7.0b3 2024.8.0.dev202407110220 dev latest stable
pihole -> 2024.07.0:
    2022.01.1 2024.06.0 2024.07.0 development-v6 latest nightly v5.8.1
yt-dlp -> 2024.11.25:
    2023.12.30 2024.07.25 2024.11.25 latest
amazonlinux -> 2023.5.20240708.0:
    2 2.0.20240620.0 2018.03 2023 2023.5.20240701.0 2023.5.20240708.0 latest
oraclelinux -> 9:
    7 7.9 8 8.10 8-slim 9 9-slim
fedora -> 41:
    39 40 41 latest rawhide
ubi -> 9.4-1123.1719560047:
    9.3 9.3-1610 9.4 9.4-1123 9.4-1123.1719560047 latest
linuxserver -> 1.40.3-ls124:
    1.40.3 1.40.3-ls123 1.40.3-ls124 amd64-1.40.3-ls124 latest version-1.40.3
k3s -> v1.30.2-k3s2:
    latest v1.29.6-k3s1 v1.29.6-k3s2 v1.30.1-k3s1 v1.30.2-k3s1 v1.30.2-k3s1-amd64 v1.30.2-k3s2
    v1.31.0-rc1-k3s1
cuda -> 12.5.0-devel-ubuntu22.04:
    11.8.0-devel-ubuntu18.04 11.8.0-devel-ubuntu20.04 12.5.0-base-ubi9 12.5.0-devel-ubuntu22.04
sonarqube -> 10.6.0-community:
    10.5.1-community 10.6.0-community 10.6.0-developer 7.0 7.1 7.1-alpine 8.9.10-community
    9.9.6-community
photoprism -> 240711:
    231128 240711 240711-jammy latest preview-ce
searxng -> 2024.7.25-1a2b3c4:
    2024.7.24-9f86d08 2024.7.25-1a2b3c4 latest
buildpack -> r1235:
    latest r1234 r1235 r999
ci -> 1042:
    1041 1042 998 latest
ci beside releases -> 1.2.3:
    1.2.2 1.2.3 41 57 latest
prereleases only -> none:
    0.1.0-alpha1 0.1.0-rc1 latest
words only -> none:
    bookworm edge latest main stable
hashes and signatures only -> none:
    1a2b3c4 sha-abc1234 sha256-9f86d081884c7d659a2feaa0c55ad015
    sha256-9f86d081884c7d659a2feaa0c55ad015.sig
nothing -> none:
"""

_ENTRY = re.compile(r"^(?P<name>\S.*) -> (?P<newest>\S+):$(?P<tags>(?:\n {4}.*)*)", re.MULTILINE)
REPOSITORIES = {entry["name"]: (entry["newest"], entry["tags"].split()) for entry in _ENTRY.finditer(LISTS)}


@pytest.mark.parametrize("name", REPOSITORIES)
def test_newest_stable_is_what_a_user_of_the_repository_means(name: str):
    newest, tags = REPOSITORIES[name]

    assert (newest_stable(tags) or "none") == newest


def test_newest_stable_does_not_depend_on_the_order_of_the_list():
    for newest, tags in REPOSITORIES.values():
        assert (newest_stable(reversed(tags)) or "none") == newest


# Best first, each the whole order.
ORDERS: dict[str, str] = {
    "more specific first, a series behind its releases": "1.27.5 1.27.4 1.27.0 1.27 1.26.9 1.26 1.0 1 0.9",
    "numbers, not letters": "1.10 1.9 1.2",
    "trailing zeros and v make no difference, names break the tie": "1.27.0 v1.27.0 1.27",
    "prereleases below what they precede": "2.0.0 2.0 2 2.0.0-rc2 2.0.0-rc1 2.0-beta1 2.0.0-alpha 2.0.0-dev 1.9",
    "with and without a dash": "3.13.0 3.13.0rc1 3.13.0b3 3.13.0-b2 3.13.0a1 3.12.4",
    "plain, then its variants by name, newest first": (
        "1.27.5 1.27.5-alpine 1.27.5-alpine3.21 1.27.5-alpine3.20 1.27.5-alpine3.9 1.27.5-alpine-slim 1.27.5-perl"
        " 1.27.4 1.27.4-alpine"
    ),
    "rebuilds newest first, before what they rebuild": "1.2.3-10 1.2.3-9 1.2.3_4 1.2.3 1.2.2",
    "a ci build before its release is below it": "11.2.0 11.2.0-72315 11.2.0-72314 11.1.0",
    "kinds": (
        f"0.1 2024.01.15 20231231 r1234 latest bookworm stable 1a2b3c4 sha-abc1234 sha256-{HEX} sha256-{HEX}.sig"
    ),
    "calendar versions are versions": "2024.1.1 2024.1.0 24.10 24.04 9.9 20240101",
    "dates in words newest first": "latest noble noble-20240605 noble-20240530 zesty",
    "build numbers in words": "master master-7178 master-7177 master-999",
}


@pytest.mark.parametrize("name", ORDERS)
def test_order_is(name: str):
    expected = ORDERS[name].split()
    shuffled = list(expected)
    random.Random(1).shuffle(shuffled)

    assert sorted(shuffled, key=version_key, reverse=True) == expected


def test_newest_stable_comes_before_every_other_plain_release():
    tags = REPOSITORIES["nginx"][1]

    assert max(tags, key=version_key) == newest_stable(tags)


def test_page_goes_on_behind_any_tag_even_one_that_is_gone():
    ordered = sorted(REPOSITORIES["redis"][1], key=version_key, reverse=True)
    gone = version_key("7.3.9")

    assert [tag for tag in ordered if version_key(tag) < gone] == ordered[ordered.index("7.2.5") :]


def test_newest_stable_reads_any_iterable_and_takes_repeated_tags():
    assert newest_stable(iter(["1.2", "1.3", "1.3", "no tag at all"])) == "1.3"


@pytest.mark.slow
def test_a_hundred_thousand_tags_are_ordered_within_seconds():
    tags = [f"{a}.{b}.{c}-alpine3.{b}" for a in range(40) for b in range(50) for c in range(25)]
    tags += [f"v{tag.partition('-')[0]}" for tag in tags]
    start = time.process_time()

    assert max(tags, key=version_key) == "v39.49.24"
    assert newest_stable(tags) == "v39.49.24"
    assert time.process_time() - start < 30
