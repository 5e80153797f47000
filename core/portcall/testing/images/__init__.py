"""Builders of small, valid images: no engine, no network, the same bytes every time."""

from portcall.testing.images.artifacts import artifact, helm_chart, schema1
from portcall.testing.images.attestations import BuiltAttestation, attestation
from portcall.testing.images.built import (
    BuiltImage,
    BuiltIndex,
    BuiltManifest,
    amend,
    describe,
    encode,
    raw_manifest,
)
from portcall.testing.images.estargz import estargz
from portcall.testing.images.indexes import Child, index
from portcall.testing.images.layers import Compression, Layer, Step, compress, layer
from portcall.testing.images.oddities import bad_manifests, odd_manifests
from portcall.testing.images.single import image
from portcall.testing.images.statements import Build, Package
from portcall.testing.images.trees import (
    DELETED,
    EPOCH,
    OPAQUE,
    Node,
    device,
    directory,
    executable,
    fifo,
    file,
    hardlink,
    symlink,
    tar_of,
)
from portcall.testing.images.zstd_chunked import zstd_chunked

__all__ = [
    "DELETED",
    "EPOCH",
    "OPAQUE",
    "Build",
    "BuiltAttestation",
    "BuiltImage",
    "BuiltIndex",
    "BuiltManifest",
    "Child",
    "Compression",
    "Layer",
    "Node",
    "Package",
    "Step",
    "amend",
    "artifact",
    "attestation",
    "bad_manifests",
    "compress",
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
    "raw_manifest",
    "schema1",
    "symlink",
    "tar_of",
    "zstd_chunked",
]
