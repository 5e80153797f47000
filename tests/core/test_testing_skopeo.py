"""A real client agrees: skopeo reads, checks and copies what the builders made and the fake serves."""

from __future__ import annotations

import json
import shutil
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from portcall.digest import digest_of
from portcall.testing import (
    BasicAuth,
    BearerAuth,
    BlobStore,
    BuiltImage,
    BuiltIndex,
    FakeRegistry,
    demo_registry,
    image,
    layer,
    odd_manifests,
    quirks,
)

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(shutil.which("skopeo") is None, reason="skopeo is not installed")

#: Oddities that skopeo 1.9 itself cannot copy: what is absent, foreign or sha512, no image, or has no history.
COPIED = [
    "no-media-type",
    "indented",
    "unknown-fields",
    "same-layer-twice",
    "mixed-compression",
    "docker-schema-2",
    "embedded-config",
]


def skopeo(*arguments: str) -> str:
    finished = subprocess.run(
        ["skopeo", *arguments], capture_output=True, text=True, timeout=60, check=False, stdin=subprocess.DEVNULL
    )
    assert finished.returncode == 0, finished.stderr
    return finished.stdout


@pytest.fixture(scope="module")
def registry() -> Iterator[FakeRegistry]:
    registry = demo_registry()
    with registry.serve():
        yield registry


def name(registry: FakeRegistry, reference: str) -> str:
    return f"docker://{registry.address.netloc}/{reference}"


def built(registry: FakeRegistry, reference: str) -> Any:
    repository, _, tag = reference.partition(":")
    stored = registry.store.find(repository, tag)
    assert stored is not None
    return stored


@pytest.mark.parametrize(
    "reference", ["shop/api:1.4.2", "shop/gateway:edge", "shop/worker:latest", "charts/shop:0.3.1"]
)
def test_raw_manifest_has_the_digest_that_the_builder_says(registry: FakeRegistry, reference: str):
    raw = skopeo("inspect", "--raw", "--tls-verify=false", name(registry, reference))
    assert digest_of(raw.encode()) == built(registry, reference).digest


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_inspect_agrees_on_everything_it_shows(registry: FakeRegistry, architecture: str):
    variant = ["--override-variant=v8"] if architecture == "arm64" else []
    seen = json.loads(
        skopeo(
            f"--override-arch={architecture}", *variant, "inspect", "--tls-verify=false",
            name(registry, "shop/api:1.4.2"),
        )
    )  # fmt: skip
    stored = built(registry, "shop/api:1.4.2")
    shelf = registry.store.repositories["shop/api"]
    lines = {line["platform"]["architecture"]: line for line in stored.document["manifests"]}
    manifest = shelf.manifests[lines[architecture]["digest"]].document
    config = json.loads(shelf.blobs[manifest["config"]["digest"]])
    assert seen["Digest"] == stored.digest
    assert seen["Layers"] == [line["digest"] for line in manifest["layers"]]
    assert seen["Labels"] == config["config"]["Labels"]
    assert seen["Env"] == config["config"]["Env"]
    assert seen["Architecture"] == architecture
    assert seen["Created"] == config["created"]
    assert sorted(seen["RepoTags"]) == sorted(shelf.tags)


@pytest.mark.parametrize("architecture", ["amd64", "arm64"])
def test_copy_reads_every_blob_and_keeps_the_digest(registry: FakeRegistry, tmp_path: Path, architecture: str):
    target = tmp_path / "oci"
    variant = ["--override-variant=v8"] if architecture == "arm64" else []
    skopeo(
        f"--override-arch={architecture}", *variant, "copy", "--src-tls-verify=false",
        name(registry, "shop/api:1.4.2"), f"oci:{target}:it",
    )  # fmt: skip
    (line,) = json.loads((target / "index.json").read_text())["manifests"]
    children = {
        one["platform"]["architecture"]: one for one in built(registry, "shop/api:1.4.2").document["manifests"]
    }
    assert line["digest"] == children[architecture]["digest"]


@pytest.mark.parametrize("reference", ["shop/api:1.4.2", "shop/gateway:1.5.1-alpine", "shop/worker:2.0.0"])
def test_copy_of_all_platforms_keeps_the_index(registry: FakeRegistry, tmp_path: Path, reference: str):
    skopeo("copy", "--all", "--src-tls-verify=false", name(registry, reference), f"dir:{tmp_path / 'dir'}")
    copied = (tmp_path / "dir" / "manifest.json").read_bytes()
    assert digest_of(copied) == built(registry, reference).digest


def test_tags_are_listed_over_pages(registry: FakeRegistry):
    with registry.misbehaving(quirks.ShortPages(4)):
        listed = json.loads(skopeo("list-tags", "--tls-verify=false", name(registry, "shop/gateway")))
    assert sorted(listed["Tags"]) == sorted(registry.store.repositories["shop/gateway"].tags)


@pytest.mark.parametrize("shape", COPIED)
def test_odd_images_can_be_copied(tmp_path: Path, shape: str):
    registry = FakeRegistry()
    digest = registry.push("odd", odd_manifests()[shape], tags=["it"])
    with registry.serve():
        skopeo("copy", "--src-tls-verify=false", name(registry, "odd:it"), f"dir:{tmp_path / 'dir'}")
    assert digest_of((tmp_path / "dir" / "manifest.json").read_bytes()) == digest


def test_zstd_and_docker_images_are_unpacked_to_their_diff_ids(tmp_path: Path):
    """Recompressing makes skopeo unpack every layer, and check it against the config."""
    for docker in (False, True):
        registry = FakeRegistry()
        registry.push("r", image([layer({"a": "1" * 9000}, compression="gzip")], docker=docker), tags=["it"])
        with registry.serve():
            source = name(registry, "r:it")
            skopeo("copy", "--src-tls-verify=false", "--dest-decompress", source, f"dir:{tmp_path / str(docker)}")


def test_basic_authentication_is_understood():
    registry = demo_registry(auth=BasicAuth({"ada": "secret"}))
    with registry.serve():
        skopeo("inspect", "--raw", "--tls-verify=false", "--creds=ada:secret", name(registry, "shop/api:1"))
    assert {request.scheme_used for request in registry.asked("manifest", status=200)} == {"basic"}


@pytest.mark.parametrize("credentials", [(), ("--creds=ada:secret",)])
def test_token_authentication_is_understood(credentials: tuple[str, ...]):
    registry = demo_registry(auth=BearerAuth({"ada": "secret"}))
    with registry.serve():
        skopeo("inspect", "--tls-verify=false", *credentials, name(registry, "shop/api:1"))
    assert {request.scheme_used for request in registry.asked("manifest", status=200)} == {"bearer"}
    assert {request.scheme_used for request in registry.asked("token")} == {"basic" if credentials else None}


def test_blobs_are_fetched_from_another_origin_without_credentials(tmp_path: Path):
    registry = demo_registry(auth=BearerAuth())
    blobs = BlobStore(registry)
    with registry.serve(), blobs.serve() as elsewhere:
        registry.add(quirks.BlobRedirect(elsewhere.url))
        skopeo("copy", "--src-tls-verify=false", name(registry, "shop/api:1"), f"dir:{tmp_path / 'dir'}")
    assert len(blobs.requests) == 6
    assert blobs.secrets() == []


def test_skopeo_refuses_a_flipped_bit(registry: FakeRegistry, tmp_path: Path):
    with registry.misbehaving(quirks.FlippedBit(path="/blobs/")), pytest.raises(AssertionError, match="igest"):
        skopeo("copy", "--src-tls-verify=false", name(registry, "shop/api:1"), f"dir:{tmp_path / 'dir'}")


def test_builder_and_skopeo_mean_the_same_platform(registry: FakeRegistry):
    config = json.loads(
        skopeo("--override-arch=arm64", "--override-variant=v8", "inspect", "--config", "--tls-verify=false",
               name(registry, "shop/worker:2.0.0"))
    )  # fmt: skip
    assert (config["os"], config["architecture"]) == ("linux", "arm64")
    assert config["config"]["User"] == "65532:65532"
    assert isinstance(demo_worker(registry), BuiltImage)


def demo_worker(registry: FakeRegistry) -> object:
    from portcall.testing import demo_catalog

    (entry,) = (entry for entry in demo_catalog() if entry.repository == "shop/worker")
    assert isinstance(entry.built, BuiltIndex)
    assert entry.built.digest == registry.digest("shop/worker", "2.0.0")
    return entry.built.child("linux/arm64/v8")
