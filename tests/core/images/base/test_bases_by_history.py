"""check_base_image by what a history suggests, where nobody names the base."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.images.base.bases import BASE, DIGEST, NAME, NEW, NOW, OLD, OWN, PATCH, THEN, World, app
from tests.core.images.conftest import HOST

from portcall.testing import (
    Step,
    image,
    layer,
    quirks,
)

pytestmark = pytest.mark.anyio

DEBIAN = "# debian.sh --arch 'amd64' out/ 'bookworm' '@1700000000'"
SLIM = layer({"etc/debian": "slim"}, command=DEBIAN, comment="debuerreotype 0.15")
PYTHON = layer({"usr/bin/python": "3.12.1"}, command="RUN /bin/sh -c make python # buildkit")
PYTHON_ENV = ("PYTHON_VERSION=3.12.1",)


async def test_an_official_image_is_found_by_its_layers(world: World):
    world.hub.push("library/python", image([SLIM, PYTHON]), tags=["3.12-slim-bookworm"])
    world.hub.push("library/debian", image([SLIM]), tags=["bookworm-slim"])
    found = await world.check(app(SLIM, PYTHON, OWN, env=PYTHON_ENV))
    assert (found.base, found.found_by, found.confidence) == ("python:3.12-slim-bookworm", "layers", "certain")
    assert (found.outdated, found.claimed, found.shared_layers) == (False, False, 2)
    assert world.hub.metered == 1


async def test_the_distribution_is_the_base_where_the_language_is_not(world: World):
    world.hub.push("library/python", image([SLIM, PYTHON]), tags=["3.12-slim-bookworm"])
    world.hub.push("library/debian", image([SLIM]), tags=["bookworm-slim"])
    found = await world.check(app(SLIM, OWN, env=PYTHON_ENV))
    assert (found.base, found.confidence) == ("debian:bookworm-slim", "certain")


async def test_an_official_image_is_not_built_on_itself(world: World):
    world.hub.push("library/python", image([SLIM, PYTHON], env=PYTHON_ENV), tags=["3.12-slim-bookworm"])
    world.hub.push("library/debian", image([SLIM]), tags=["bookworm-slim"])
    found = await world.pc.check_base_image("python:3.12-slim-bookworm")
    assert (found.base, found.found_by) == ("debian:bookworm-slim", "layers")


async def test_an_older_official_image_is_not_built_on_a_newer_one(world: World):
    old = world.hub.push("library/python", image([SLIM, PYTHON], env=PYTHON_ENV))
    world.hub.push("library/python", image([NEW, PYTHON], env=PYTHON_ENV), tags=["3.12-slim-bookworm"])
    world.hub.push("library/debian", image([NEW]), tags=["bookworm-slim"])
    found = await world.pc.check_base_image(f"python@{old}")
    assert (found.base, found.confidence) == ("debian:bookworm-slim", "guess")


async def test_a_copy_of_an_official_image_is_built_on_what_that_is(world: World):
    copy = image([SLIM, PYTHON], env=PYTHON_ENV)
    world.hub.push("library/python", copy, tags=["3.12-slim-bookworm"])
    world.hub.push("library/debian", image([SLIM]), tags=["bookworm-slim"])
    assert (await world.check(copy)).base == "debian:bookworm-slim"


async def test_the_full_image_is_asked_for_first_where_its_tools_are_there(world: World):
    tools = layer(
        {"usr/bin/hg": "hg"}, command="RUN /bin/sh -c apt-get install -y mercurial subversion # buildkit"
    )
    world.hub.push("library/python", image([SLIM, tools, PYTHON]), tags=["3.12-bookworm"])
    found = await world.check(app(SLIM, tools, PYTHON, OWN, env=PYTHON_ENV))
    assert found.base == "python:3.12-bookworm"
    assert world.hub.count("manifest") == 1


async def test_other_layers_now_leave_a_guess(world: World):
    world.hub.push("library/debian", image([NEW]), tags=["bookworm-slim"])
    found = await world.check(app(SLIM, OWN))
    assert (found.base, found.found_by, found.confidence) == ("debian:bookworm-slim", "history", "guess")
    assert (found.outdated, found.claimed) == (None, True)
    (warning,) = found.warnings
    assert "its history alone suggests debian:bookworm-slim" in warning


async def test_a_guess_has_moved_where_its_lowest_layers_are_in_common(world: World):
    """Of several guesses the one that has the most in common is told."""
    world.hub.push("library/python", image([NEW, PYTHON]), tags=["3.12-slim-bookworm"])
    world.hub.push("library/python", image([SLIM, PATCH, PYTHON]), tags=["3.12-bookworm"])
    found = await world.check(app(SLIM, PYTHON, OWN, env=PYTHON_ENV))
    assert (found.base, found.outdated, found.confidence) == ("python:3.12-bookworm", True, "guess")
    assert found.shared_layers == 1


async def test_candidates_that_cannot_be_asked_for_leave_it_open(world: World):
    world.hub.add(quirks.Answer(501))
    found = await world.check(app(SLIM, PYTHON, OWN, env=PYTHON_ENV))
    assert (found.base, found.confidence, found.outdated) == ("python:3.12-slim-bookworm", "guess", None)
    assert "was not found out" in found.warnings[0]
    assert world.hub.count("manifest") == 1


async def test_candidates_that_are_not_there_are_few(world: World):
    found = await world.check(app(SLIM, OWN, env=PYTHON_ENV))
    assert (found.outdated, found.warnings) == (None, ())
    assert world.hub.count("manifest") <= 6


@pytest.mark.parametrize(
    ("steps", "env", "repository", "tag"),
    [
        (["ADD alpine-minirootfs-3.19.1-x86_64.tar.gz / # buildkit"], (), "alpine", "3.19"),
        (["BusyBox 1.37.0 (glibc), Debian 12"], (), "busybox", "1.37.0-glibc"),
        (["ADD alpine-minirootfs-3.19.1-x86_64.tar.gz /"], ("NODE_VERSION=20.11.0",), "node", "20-alpine3.19"),
        ([DEBIAN], ("GOLANG_VERSION=1.22.1",), "golang", "1.22-bookworm"),
        ([DEBIAN], ("NGINX_VERSION=1.27.3",), "nginx", "1.27-bookworm"),
        (["/bin/sh -c #(nop) ADD file:65504f71f585 in / "], ("RUBY_VERSION=2.7.1",), "ruby", "2.7"),
    ],
)
async def test_builders_leave_marks(world: World, steps: Any, env: Any, repository: str, tag: str):
    bottom = layer({"etc/x": "x"}, command=steps[0])
    world.hub.push(f"library/{repository}", image([bottom]), tags=[tag])
    found = await world.check(app(bottom, OWN, env=env))
    assert (found.base, found.found_by) == (f"{repository}:{tag}", "layers")


async def test_ubuntu_is_told_by_its_labels(world: World):
    rootfs = layer({"etc/ubuntu": "22.04"}, command="/bin/sh -c #(nop) ADD file:65504f71f585 in / ")
    world.hub.push("library/eclipse-temurin", image([rootfs]), tags=["17-jre-jammy"])
    steps = [
        f"/bin/sh -c #(nop)  LABEL org.opencontainers.image.{pair}"
        for pair in ("ref.name=ubuntu", "version=22.04")
    ]
    built = image([*map(Step, steps), rootfs, OWN], env=["JAVA_VERSION=jdk-17.0.9+9"])
    assert (await world.check(built)).base == "eclipse-temurin:17-jre-jammy"


async def test_what_buildah_notes_is_the_base(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    own = layer({"a": "a"}, command="/bin/sh -c make", comment=f"FROM {BASE}")
    found = await world.check(app(NEW, own))
    assert (found.base, found.found_by, found.outdated, found.confidence) == (BASE, "history", False, "certain")
    moved = await world.check(app(OLD, own))
    assert (moved.outdated, moved.confidence) == (None, "likely")
    assert "may as well have been squashed" in moved.warnings[0]


async def test_an_image_from_scratch_has_no_base(world: World):
    found = await world.check(app(OWN))
    assert (found.base, found.found_by, found.confidence, found.outdated) == (None, "scratch", "likely", None)


async def test_a_nameless_file_system_may_be_anybodys(world: World):
    rootfs = layer({"etc/x": "x"}, command="/bin/sh -c #(nop) ADD file:65504f71f585 in / ")
    found = await world.check(app(rootfs, OWN))
    assert (found.base, found.found_by) == (None, "none")


async def test_nothing_told_is_nothing_known(world: World):
    found = await world.check(image([layer({"a": "1"})], config_fields={"history": None}))
    assert (found.base, found.found_by, found.confidence, found.outdated) == (None, "none", "unknown", None)
    (warning,) = found.warnings
    assert "read_file of /etc/os-release" in warning
    assert "get_dockerfile" in warning
    assert world.hub.requests == []


@pytest.mark.parametrize("told", ["annotations", "labels"])
async def test_a_digest_without_a_name_is_told(world: World, told: str):
    """Buildah leaves the name empty."""
    rootfs = layer({"etc/x": "x"}, command="/bin/sh -c #(nop) ADD file:65504f71f585 in / ")
    found = await world.check(image([rootfs], **{told: {NAME: "", DIGEST: THEN.digest}}))
    assert (found.base, found.base_digest, found.outdated) == (None, THEN.digest, None)
    assert (found.found_by, found.confidence, found.claimed) == (told, "unknown", True)
    named, following = found.warnings
    assert named == f"its {told} name the digest of a base, but no image that it is of"
    assert "/etc/os-release" in following


@pytest.mark.parametrize(("name", "digest"), [("scratch", THEN.digest), ("", "sha256:../../x"), ("", "")])
async def test_what_is_no_digest_of_a_base_is_not_told(world: World, name: str, digest: str):
    rootfs = layer({"etc/x": "x"}, command="/bin/sh -c #(nop) ADD file:65504f71f585 in / ")
    found = await world.check(app(rootfs, told={NAME: name, DIGEST: digest}))
    assert (found.base_digest, found.found_by) == (None, "none")


async def test_the_answer_says_which_image_it_is_about(world: World):
    world.registry.push("lib/base", NOW, tags=["12"])
    built = app(NEW, OWN, told={NAME: BASE}, created="2024-05-01T00:00:00Z")
    found = await world.check(built)
    assert (found.name, found.digest, found.platform_digest) == (f"{HOST}/shop/api", built.digest, built.digest)
    assert (found.registry, found.platform, found.created) == (HOST, "linux/amd64", "2024-05-01T00:00:00Z")
