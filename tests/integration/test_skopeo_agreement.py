"""portcall and skopeo, which share no line of code, say the same of the same images."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.testbed.push import digest_of
from tests.testbed.shapes import SHAPES, Shape
from tests.testbed.skopeo import skopeo_inspect, skopeo_list_tags, skopeo_raw

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.testbed.registry import RealRegistry
    from tests.testbed.shell import Shell

    from portcall import Portcall
    from portcall.models import Tag

pytestmark = pytest.mark.anyio

PLUGIN = ("demo/odd", "plugin")
#: A pattern that every tag matches. It names what signatures are tagged with: unasked, those are left out.
EVERYTHING = "re:(sha256)?"


def _each(shapes: dict[tuple[str, str], Shape]) -> pytest.MarkDecorator:
    names = [pytest.param(f"{name[0]}:{name[1]}", id=f"{name[0]}:{name[1][:40]}") for name in shapes]
    return pytest.mark.parametrize("name", names)


each_shape = _each(SHAPES)
each_image = _each({name: shape for name, shape in SHAPES.items() if shape.skopeo_can_inspect and name != PLUGIN})


def in_skopeos_words(detail: dict[str, Any]) -> dict[str, Any]:
    """Return what skopeo tells of an image, too, under skopeo's names."""
    return {
        "Digest": detail["digest"],
        "Architecture": detail["architecture"] or "",
        "Os": detail["os"] or "",
        "Layers": [layer["digest"] for layer in detail["layers"]],
        "Labels": detail["labels"],
        "Created": detail["created"],
        "Env": list(detail["env"]),
    }


def oracle(registry: RealRegistry, name: str, platform: str = "linux/amd64") -> dict[str, Any]:
    """Return what skopeo tells of an image, as far as portcall tells it; Go's zero values as ours."""
    said = skopeo_inspect(registry, name, platform=platform)
    told = {key: said[key] for key in ("Digest", "Architecture", "Os", "Layers", "Labels", "Created", "Env")}
    created = None if told["Created"] in (None, "0001-01-01T00:00:00Z") else told["Created"]
    return told | {
        "Layers": told["Layers"] or [],
        "Labels": told["Labels"] or {},
        "Env": told["Env"] or [],
        "Created": created,
    }


async def every_tag(portcall: Portcall, repository: str, pattern: str = EVERYTHING, limit: int = 7) -> list[Tag]:
    """Return the tags of all pages."""
    page = await portcall.search_tags(repository, pattern, "name", limit)
    tags = list(page.tags)
    while page.next_cursor:
        page = await portcall.search_tags(repository, pattern, "name", limit, page.next_cursor)
        tags += page.tags
    return tags


@each_image
async def test_both_tell_the_same_of_an_image(
    any_registry: RealRegistry, gateway: Callable[..., Portcall], name: str
) -> None:
    portcall, reference = gateway(any_registry), any_registry.reference(name)
    detail = await portcall.get_image_details(reference)
    assert in_skopeos_words(detail.model_dump(mode="json")) == oracle(any_registry, name)
    manifest = await portcall.get_manifest(reference)
    assert manifest.digest == digest_of(skopeo_raw(any_registry, name))


@each_shape
async def test_a_manifest_is_told_as_its_very_bytes_say(
    plain_registry: RealRegistry, gateway: Callable[..., Portcall], name: str
) -> None:
    manifest = await gateway(plain_registry).get_manifest(plain_registry.reference(name))
    raw = skopeo_raw(plain_registry, name)
    assert (manifest.digest, manifest.size) == (digest_of(raw), len(raw))
    assert manifest.manifest == json.loads(raw)


async def test_a_docker_plugin_is_no_image_though_skopeo_takes_it_for_one(
    plain_registry: RealRegistry, gateway: Callable[..., Portcall]
) -> None:
    detail = await gateway(plain_registry).get_image_details(plain_registry.reference("demo/odd:plugin"))
    expected = oracle(plain_registry, "demo/odd:plugin")
    assert detail.digest == expected["Digest"]
    assert [layer.digest for layer in detail.layers] == expected["Layers"]
    assert detail.artifact_type == "application/vnd.docker.plugin.v1+json"
    assert detail.architecture is None


def test_the_command_line_says_what_skopeo_says(
    any_registry: RealRegistry, configuration: Callable[..., Path], shell: Shell
) -> None:
    config = str(configuration(any_registry))
    done = shell.portcall("inspect", any_registry.reference("demo/app:1.0"), "--json", "--config", config)
    assert (done.status, done.err) == (0, "")
    assert in_skopeos_words(json.loads(done.out)) == oracle(any_registry, "demo/app:1.0")


@pytest.mark.parametrize("name", ["demo/app:1.0", "demo/app:nested", "demo/docker:list"])
async def test_both_pick_the_platform_that_they_are_told(
    plain_registry: RealRegistry, gateway: Callable[..., Portcall], name: str
) -> None:
    reference = plain_registry.reference(name)
    if name == "demo/app:nested":
        name = "demo/app:1.0"  # which it holds, and which skopeo can open
    portcall = gateway(plain_registry)
    detail = await portcall.get_image_details(reference, platform="linux/arm64")
    expected = oracle(plain_registry, name, "linux/arm64")
    words = in_skopeos_words(detail.model_dump(mode="json"))
    assert words["Architecture"] == "arm64"
    assert words | {"Digest": ""} == expected | {"Digest": ""}
    manifest = await portcall.get_manifest(reference, platform="linux/arm64")
    assert manifest.digest == detail.platform_digest
    assert digest_of(skopeo_raw(plain_registry, f"{name.partition(':')[0]}@{manifest.digest}")) == manifest.digest


async def test_both_list_the_same_tags(any_registry: RealRegistry, gateway: Callable[..., Portcall]) -> None:
    portcall = gateway(any_registry)
    for repository in sorted({repository for repository, _ in SHAPES}):
        tags = await every_tag(portcall, any_registry.reference(repository))
        assert [tag.name for tag in tags] == sorted(skopeo_list_tags(any_registry, repository))


async def test_without_a_pattern_only_the_tags_of_signatures_and_attestations_are_left_out(
    plain_registry: RealRegistry, gateway: Callable[..., Portcall]
) -> None:
    shown = await every_tag(gateway(plain_registry), plain_registry.reference("demo/app"), pattern="")
    listed = set(skopeo_list_tags(plain_registry, "demo/app"))
    hidden = listed - {tag.name for tag in shown}
    assert {name.partition("-")[0] for name in hidden} == {"sha256"}
    assert len(hidden) == 4
