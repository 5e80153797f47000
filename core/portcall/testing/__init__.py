r"""A fake container registry, and small real images to put in it.

For tests of portcall, of its plugins, and of anything else that talks to registries. No engine, no
network beyond loopback, and the same digests every time::

    import urllib.request

    from portcall.testing import FakeRegistry, image, index, layer, quirks

    registry = FakeRegistry()
    files = {"etc/os-release": "ID=debian\\n", "srv/app": "#!/bin/sh\\n"}
    app = image([layer(files, command="COPY . /")], entrypoint=["/srv/app"], labels={"team": "shop"})
    registry.push("shop/api", index({"linux/amd64": app}), tags=["1.4.2", "latest"])

    with registry.serve() as address:
        with urllib.request.urlopen(f"{address.url}/v2/shop/api/tags/list") as answer:
            print(answer.read())  # {"name": "shop/api", "tags": ["1.4.2", "latest"]}

    assert registry.count("tags") == 1

- **Images**: :func:`image`, :func:`index`, :func:`layer`, :func:`estargz`, :func:`zstd_chunked`,
  :func:`artifact`, :func:`helm_chart`, :func:`attestation`, :func:`schema1`; :func:`odd_manifests` and
  :func:`bad_manifests` by name.
- **Servers**: :class:`FakeRegistry`; :class:`BlobStore` for blobs behind a redirect;
  :class:`RecordingServer` for what must receive no secret; :func:`serve` for any ASGI application.
- **Misbehaviour**: :mod:`quirks`, one class for each way in which real registries differ.
- **A whole registry**: :func:`demo_registry`, what ``portcall demo`` shows.
- **pytest**: ``pytest_plugins = ["portcall.testing.fixtures"]`` gives the fixture ``fake_registry``.
"""

from typing import TYPE_CHECKING, Any

from portcall.testing.auth import Auth, BasicAuth, BearerAuth, OpenAccess
from portcall.testing.catalog import DEMO_HOST, CatalogEntry, demo_catalog, demo_registry
from portcall.testing.images import (
    DELETED,
    EPOCH,
    OPAQUE,
    Build,
    BuiltAttestation,
    BuiltImage,
    BuiltIndex,
    BuiltManifest,
    Child,
    Compression,
    Layer,
    Node,
    Package,
    Step,
    amend,
    artifact,
    attestation,
    bad_manifests,
    compress,
    describe,
    device,
    directory,
    encode,
    estargz,
    executable,
    fifo,
    file,
    hardlink,
    helm_chart,
    image,
    index,
    layer,
    odd_manifests,
    raw_manifest,
    schema1,
    symlink,
    tar_of,
    zstd_chunked,
)
from portcall.testing.recording import BlobStore, RecordingServer
from portcall.testing.registry import FakeRegistry
from portcall.testing.server import Address, serve
from portcall.testing.v1_search import V1Search
from portcall.testing.wire import RecordedRequest, Reply, Request

if TYPE_CHECKING:
    from portcall.testing import quirks

__all__ = [
    "DELETED",
    "DEMO_HOST",
    "EPOCH",
    "OPAQUE",
    "Address",
    "Auth",
    "BasicAuth",
    "BearerAuth",
    "BlobStore",
    "Build",
    "BuiltAttestation",
    "BuiltImage",
    "BuiltIndex",
    "BuiltManifest",
    "CatalogEntry",
    "Child",
    "Compression",
    "FakeRegistry",
    "Layer",
    "Node",
    "OpenAccess",
    "Package",
    "RecordedRequest",
    "RecordingServer",
    "Reply",
    "Request",
    "Step",
    "V1Search",
    "amend",
    "artifact",
    "attestation",
    "bad_manifests",
    "compress",
    "demo_catalog",
    "demo_registry",
    "describe",
    "device",
    "directory",
    "encode",
    "estargz",
    "executable",
    "fifo",
    "file",
    "hardlink",
    "helm_chart",
    "image",
    "index",
    "layer",
    "odd_manifests",
    "quirks",
    "raw_manifest",
    "schema1",
    "serve",
    "symlink",
    "tar_of",
    "zstd_chunked",
]


def __getattr__(name: str) -> Any:
    # Late: so many small classes take longer to import than all the rest, and the demo needs none.
    if name == "quirks":
        import portcall.testing.quirks

        return portcall.testing.quirks
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
