"""Every shape of image, index and artifact that a client has to survive, and what is true of each.

``SHAPES`` is the table that tests parametrise over; ``push_shapes`` puts all of it into a registry.
"""

from __future__ import annotations

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, TypedDict, Unpack

import zstandard
from tests.testbed import attestations as att
from tests.testbed import content as c
from tests.testbed.content import Document, descriptor, index
from tests.testbed.push import PushClient, digest_of, encode

LONG_TAG = "t" * 128
PUSHED_TAGS = ("0.9.0", "1.0.0", "1.0.0-alpine", "1.10.0", "1.2.0", "2.0.0-rc.1", "20240501", "edge", "latest")


@dataclass(frozen=True, slots=True)
class Shape:
    """One tag of the test set.

    Attributes:
        description: What is special about it.
        digest: Of the manifest's bytes.
        media_type: The Content-Type that it was pushed with, and is served with.
        is_image: Whether it is, or its first real platform leads to, something that could run.
        skopeo_can_inspect: Whether ``skopeo inspect`` 1.9.3 understands it for linux/amd64.
    """

    description: str
    digest: str
    media_type: str
    is_image: bool = True
    skopeo_can_inspect: bool = True


class Facts(TypedDict, total=False):
    """What is not true of every shape."""

    is_image: bool
    skopeo_can_inspect: bool


NO_IMAGE: Facts = {"is_image": False, "skopeo_can_inspect": False}


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest or index to push; without a tag, by its digest."""

    repository: str
    tag: str | None
    body: bytes
    media_type: str


@dataclass(frozen=True, slots=True)
class Blob:
    repository: str
    data: bytes
    algorithm: str = "sha256"


@dataclass(slots=True)
class ShapeSet:
    """Shapes as they are put together: what to push, in order, and the table that describes it."""

    blobs: dict[Blob, None] = field(default_factory=dict)  # a set that keeps its order
    manifests: list[Manifest] = field(default_factory=list)
    table: dict[tuple[str, str], Shape] = field(default_factory=dict)

    def blob(
        self, repository: str, data: bytes, media_type: str, algorithm: str = "sha256", **more: Any
    ) -> Document:
        """Add a blob; return its descriptor."""
        self.blobs[Blob(repository, data, algorithm)] = None
        return descriptor(media_type, data, **more) | {"digest": digest_of(data, algorithm)}

    def untagged(self, repository: str, document: Document) -> Document:
        """Add a manifest that only its digest leads to; return its descriptor."""
        return self._add(repository, None, document, document["mediaType"])

    def tagged(
        self,
        name: str,
        description: str,
        document: Document | bytes,
        media_type: str = "",
        **facts: Unpack[Facts],
    ) -> Document:
        """Add a manifest under ``name``, ``repository:tag``, and its row; return its descriptor."""
        repository, _, tag = name.partition(":")
        if not media_type and isinstance(document, dict):
            media_type = document["mediaType"]
        added = self._add(repository, tag, document, media_type)
        self.table[repository, tag] = Shape(description, added["digest"], media_type, **facts)
        return added

    def _add(self, repository: str, tag: str | None, document: Document | bytes, media_type: str) -> Document:
        body = encode(document)
        self.manifests.append(Manifest(repository, tag, body, media_type))
        return descriptor(media_type, body)

    def image(
        self,
        repository: str,
        architecture: str = "amd64",
        variant: str = "",
        *,
        docker: bool = False,
        size: int = 20_000,
    ) -> Document:
        """Add the blobs of an image of three gzip layers; return its manifest."""
        tars = c.root_filesystem(architecture, size)
        config = encode(c.image_config(architecture, tars, variant, docker=docker))
        layer_type = c.DOCKER_LAYER if docker else f"{c.OCI_LAYER}+gzip"
        return {
            "schemaVersion": 2,
            "mediaType": c.DOCKER_MANIFEST if docker else c.OCI_MANIFEST,
            "config": self.blob(repository, config, c.DOCKER_CONFIG if docker else c.OCI_CONFIG),
            "layers": [self.blob(repository, c.gzipped(data), layer_type) for data in tars],
        }


def build_shapes() -> ShapeSet:
    """Put the whole test set together; the same bytes each time."""
    shapes = ShapeSet()
    top, amd64 = _application(shapes)
    _referrers(shapes, top, amd64)
    _docker(shapes)
    _artifacts(shapes)
    _compressions(shapes)
    _odd_manifests(shapes)
    _odd_indexes(shapes)
    _many_tags(shapes)
    return shapes


def push_shapes(client: PushClient, *, without: frozenset[tuple[str, str]] = frozenset()) -> None:
    """Push all of ``CONTENT``, but for the tags ``without``: blobs, then manifests, then indexes."""
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda blob: client.blob(blob.repository, blob.data, blob.algorithm), CONTENT.blobs))

        def push(manifest: Manifest) -> None:
            client.manifest(manifest.repository, manifest.tag, manifest.body, manifest.media_type)

        wanted = [one for one in CONTENT.manifests if (one.repository, one.tag) not in without]
        list(pool.map(push, [one for one in wanted if one.media_type not in _INDEXES]))
        for one in wanted:
            if one.media_type in _INDEXES:  # one by one: an index may hold the one before
                push(one)


def platform(system: str, architecture: str, variant: str = "") -> Document:
    return {"os": system, "architecture": architecture, **({"variant": variant} if variant else {})}


def _application(shapes: ShapeSet) -> tuple[Document, Document]:
    """Add an index as BuildKit pushes it; return the descriptors of the index and its amd64 image."""
    images, attested = [], []
    for architecture, variant, version in (("amd64", "", att.PROVENANCE_02), ("arm64", "v8", att.PROVENANCE_1)):
        manifest = shapes.image("demo/app", architecture, variant)
        image = shapes.tagged(f"demo/app:1.0-{architecture}", "an OCI image for one platform", manifest)
        images.append(image | {"platform": platform("linux", architecture, variant)})
        about = {
            "vnd.docker.reference.type": "attestation-manifest",
            "vnd.docker.reference.digest": image["digest"],
        }
        attestation = shapes.untagged("demo/app", _attestation(shapes, image["digest"], architecture, version))
        attested.append(attestation | {"annotations": about, "platform": platform("unknown", "unknown")})
    body = index(*images, *attested)
    top = shapes.tagged("demo/app:1.0", "an OCI index of two platforms with BuildKit attestations", body)
    shapes.tagged("demo/app:latest", "the same index by another tag", body)
    shapes.tagged("demo/app:nested", "an OCI index that holds an index", index(top, images[0]))
    public = shapes.image("public/app")
    shapes.tagged("public/app:1.0", "an OCI image that anonymous users may pull", public)
    plain = {name: images[0][name] for name in ("mediaType", "digest", "size")}
    return top, plain


def _attestation(shapes: ShapeSet, digest: str, architecture: str, version: str) -> Document:
    """Return an attestation manifest in the form of an image, of the platform ``unknown/unknown``."""
    layers = _statements(shapes, digest, architecture, version)
    return {
        "schemaVersion": 2,
        "mediaType": c.OCI_MANIFEST,
        "config": shapes.blob("demo/app", c.pseudo_config(layers, "unknown"), c.OCI_CONFIG),
        "layers": layers,
    }


def _statements(shapes: ShapeSet, digest: str, architecture: str, version: str) -> list[Document]:
    where = f"linux/{architecture}"
    predicates = {att.SPDX: att.sbom(), version: att.provenance(version, where)}
    return [
        shapes.blob(
            "demo/app",
            att.statement(kind, predicate, digest, where),
            att.IN_TOTO,
            annotations={"in-toto.io/predicate-type": kind},
        )
        for kind, predicate in predicates.items()
    ]


def _referrers(shapes: ShapeSet, top: Document, amd64: Document) -> None:
    """Add what belongs to ``demo/app``: by subject, by the fallback tag, by cosign's tags."""
    layers = _statements(shapes, amd64["digest"], "amd64", att.PROVENANCE_1)
    shapes.blob("demo/app", b"{}", c.OCI_EMPTY)
    body = c.artifact(att.ATTESTATION_MANIFEST, *layers, subject=amd64)
    newer = shapes.tagged(
        "demo/app:attestation", "BuildKit's newer attestation: an artifact with a subject", body, **NO_IMAGE
    )
    found = []
    for kind, data in (("sbom", b'{"packages":[]}'), ("scan", b'{"findings":[]}')):
        artifact_type = f"application/vnd.example.{kind}.v1+json"
        about = {"org.opencontainers.image.created": c.CREATED, "com.example.kind": kind}
        layer = shapes.blob("demo/app", data, "application/json")
        referrer = c.artifact(artifact_type, layer, subject=top, annotations=about)
        listed = shapes.untagged("demo/app", referrer)
        found.append(listed | {"artifactType": artifact_type, "annotations": about})
    for subject, referrers in (
        (top, found),
        (amd64, [newer | {"artifactType": att.ATTESTATION_MANIFEST}]),
    ):
        name = f"demo/app:{subject['digest'].replace(':', '-')}"
        shapes.tagged(name, "the fallback tag that lists referrers", index(*referrers), **NO_IMAGE)
    _cosign(shapes, top)


def _cosign(shapes: ShapeSet, top: Document) -> None:
    """Add a signature and an attestation as cosign 2 stores them; neither verifies."""
    signature = base64.b64encode(b"no real signature").decode()
    payload = att.simple_signing("demo/app", top["digest"])
    sealed = att.envelope(att.statement(att.SPDX, att.sbom(), top["digest"], "linux/amd64"))
    for suffix, data, media_type, about in (
        ("sig", payload, att.SIMPLE_SIGNING, {"dev.cosignproject.cosign/signature": signature}),
        ("att", sealed, att.DSSE, {"predicateType": att.SPDX}),
    ):
        layers = [shapes.blob("demo/app", data, media_type, annotations=about)]
        body = {
            "schemaVersion": 2,
            "mediaType": c.OCI_MANIFEST,
            "config": shapes.blob("demo/app", c.pseudo_config(layers, ""), c.OCI_CONFIG),
            "layers": layers,
        }
        name = f"demo/app:{top['digest'].replace(':', '-')}.{suffix}"
        shapes.tagged(name, f"cosign's .{suffix} tag, in the form of an image", body, is_image=False)


def _docker(shapes: ShapeSet) -> None:
    listed = []
    for architecture, tag in (("amd64", "v2s2"), ("arm64", "v2s2-arm64")):
        manifest = shapes.image("demo/docker", architecture, docker=True)
        image = shapes.tagged(f"demo/docker:{tag}", "a Docker schema 2 image", manifest)
        listed.append(image | {"platform": platform("linux", architecture)})
    shapes.tagged("demo/docker:list", "a Docker manifest list", index(*listed, media_type=c.DOCKER_LIST))


def _compressions(shapes: ShapeSet) -> None:
    tars = c.root_filesystem("amd64")
    config = encode(c.image_config("amd64", tars))
    packed = (
        (c.gzipped(tars[0]), "+gzip"),
        (zstandard.ZstdCompressor(level=3).compress(tars[1]), "+zstd"),
        (tars[2], ""),
    )
    body = {
        "schemaVersion": 2,
        "mediaType": c.OCI_MANIFEST,
        "config": shapes.blob("demo/zstd", config, c.OCI_CONFIG),
        "layers": [shapes.blob("demo/zstd", data, c.OCI_LAYER + suffix) for data, suffix in packed],
    }
    shapes.tagged("demo/zstd:1.0", "a gzip, a zstd and an uncompressed layer", body)


def _artifacts(shapes: ShapeSet) -> None:
    chart = {"apiVersion": "v2", "name": "crane", "version": "0.1.0", "appVersion": "1.0", "type": "application"}
    files = c.tar(
        c.Entry("crane/Chart.yaml", "".join(f"{name}: {value}\n" for name, value in chart.items()).encode()),
        c.Entry("crane/values.yaml", b"replicas: 1\n"),
    )
    helm = {
        "schemaVersion": 2,  # Helm writes no mediaType
        "config": shapes.blob("demo/chart", encode(chart), "application/vnd.cncf.helm.config.v1+json"),
        "layers": [
            shapes.blob("demo/chart", c.gzipped(files), "application/vnd.cncf.helm.chart.content.v1.tar+gzip")
        ],
        "annotations": {"org.opencontainers.image.title": "crane", "org.opencontainers.image.version": "0.1.0"},
    }
    shapes.tagged("demo/chart:0.1.0", "a Helm chart", helm, c.OCI_MANIFEST, **NO_IMAGE)
    empty = shapes.blob("demo/artifact", b"{}", c.OCI_EMPTY)
    note = shapes.blob(
        "demo/artifact", b"cast off\n", "text/plain", annotations={"org.opencontainers.image.title": "note.txt"}
    )
    kind = "application/vnd.example.note.v1"
    shapes.tagged("demo/artifact:v1", "an artifact with the empty config", c.artifact(kind, note), **NO_IMAGE)
    shapes.tagged(
        "demo/artifact:empty-layer",
        "an artifact whose one layer is empty too",
        c.artifact(kind, empty),
        **NO_IMAGE,
    )


def _odd_manifests(shapes: ShapeSet) -> None:
    repository = "demo/odd"
    good = shapes.image(repository, size=1000)
    absent = descriptor(f"{c.OCI_LAYER}+gzip", b"never pushed")

    def add(
        tag: str, description: str, body: Document | bytes, media_type: str = "", **facts: Unpack[Facts]
    ) -> None:
        shapes.tagged(f"{repository}:{tag}", description, body, media_type, **facts)

    add("base", "the sound image that the others here vary", good)
    nameless = {name: value for name, value in good.items() if name != "mediaType"}
    add("no-mediatype", "no mediaType field", nameless, c.OCI_MANIFEST)
    add("no-layers", "an image without layers", good | {"layers": []})
    pretty = json.dumps(good, indent=3).encode() + b"\n"
    add("pretty", "indented JSON with a newline at the end", pretty, c.OCI_MANIFEST)
    words = {"café": "☃ \U0001f40b", "empty": ""}
    unknown = json.dumps(good | {"x-future": {"a": [1]}, "annotations": words}, ensure_ascii=False).encode()
    add("unknown-fields", "unknown fields and annotations beyond ASCII", unknown, c.OCI_MANIFEST)
    first, *rest = good["layers"]
    add("wrong-size", "a layer's descriptor lies about its size", good | {"layers": [first | {"size": 1}, *rest]})
    foreign = absent | {
        "mediaType": "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip",
        "urls": ["https://example.com/layer.tar.gz"],
    }
    add(
        "foreign",
        "a layer that lies elsewhere and was never pushed",
        good | {"layers": [*good["layers"], foreign]},
    )
    orphan = good | {"subject": absent | {"mediaType": c.OCI_MANIFEST}}
    add("orphan", "a subject that does not exist", orphan)
    longer = shapes.blob(repository, c.gzipped(c.tar(c.Entry("sha512"))), f"{c.OCI_LAYER}+gzip", "sha512")
    add("sha512", "a layer named by sha512", good | {"layers": [*good["layers"], longer]})
    docker = shapes.image(repository, docker=True, size=1000)
    plugin = docker["config"] | {"mediaType": "application/vnd.docker.plugin.v1+json"}
    add("plugin", "a Docker plugin", docker | {"config": plugin}, is_image=False)
    mixed = good | {"mediaType": c.DOCKER_MANIFEST}
    add("mixed", "a Docker manifest of OCI parts", mixed, skopeo_can_inspect=False)
    add("big", "a manifest of 3.9 MB", good | {"annotations": {"filler": "x" * 3_900_000}})
    add(LONG_TAG, "a tag of 128 characters", good)
    add("V1.0_RC-1", "a tag with upper case", good)


def _odd_indexes(shapes: ShapeSet) -> None:
    repository = "demo/odd"
    shapes.blob(repository, b"{}", c.OCI_EMPTY)
    base = shapes.table[repository, "base"]
    size = next(len(one.body) for one in shapes.manifests if one.tag == "base")
    child = {"mediaType": base.media_type, "digest": base.digest, "size": size}
    amd64 = {"platform": platform("linux", "amd64")}

    def add(tag: str, description: str, body: Document, media_type: str = "", **facts: Unpack[Facts]) -> None:
        shapes.tagged(f"{repository}:{tag}", description, body, media_type, **facts)

    add("empty-index", "an index of nothing", index(), **NO_IMAGE)
    add("no-platform", "an index whose child has no platform", index(child))
    nameless = index(child | amd64)
    del nameless["mediaType"]
    add("index-no-mediatype", "an index without mediaType field", nameless, c.OCI_INDEX)
    subject = index(child | amd64, subject=child, artifactType="application/vnd.example.set.v1")
    add("index-subject", "an index with a subject and an artifactType", subject)
    alien = descriptor("application/vnd.example.thing", b"{}") | amd64
    add("index-alien", "an index whose child is of no known kind", index(alien), **NO_IMAGE)
    windows = [
        child | {"platform": platform("windows", "amd64") | {"os.version": version, "os.features": ["win32k"]}}
        for version in ("10.0.17763.5936", "10.0.20348.2527")
    ]
    add("windows", "two builds of Windows, told apart by os.version", index(*windows), skopeo_can_inspect=False)
    wide = [child | {"platform": platform("linux", "amd64", f"v{number}")} for number in range(1000)]
    add("wide", "an index of 1000 descriptors", index(*wide), skopeo_can_inspect=False)


def _many_tags(shapes: ShapeSet) -> None:
    """Add a few tags that want sorting."""
    shapes.blob("demo/tags", b"{}", c.OCI_EMPTY)
    for tag in PUSHED_TAGS:
        body = c.artifact("application/vnd.example.tag.v1", annotations={"com.example.tag": tag})
        shapes.tagged(f"demo/tags:{tag}", "one of many tags", body, **NO_IMAGE)


_INDEXES = (c.OCI_INDEX, c.DOCKER_LIST)

# Made when the module is imported (some 50 ms): tests are parametrised over the table while collecting.
CONTENT = build_shapes()
SHAPES = CONTENT.table
