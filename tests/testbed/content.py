"""The bytes that the shapes are made of: tars, layers, configurations, descriptors. All deterministic."""

from __future__ import annotations

import gzip
import io
import random
import tarfile
from dataclasses import dataclass
from typing import Any

from tests.testbed.push import digest_of, encode

Document = dict[str, Any]

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_LAYER = "application/vnd.oci.image.layer.v1.tar"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_CONFIG = "application/vnd.docker.container.image.v1+json"
DOCKER_LAYER = "application/vnd.docker.image.rootfs.diff.tar.gzip"
DOCKER_SCHEMA1 = "application/vnd.docker.distribution.manifest.v1+prettyjws"

CREATED = "2025-02-03T04:05:06Z"
REVISION = "5ca1ab1e" * 5
SOURCE = "https://example.com/harbour/crane"


@dataclass(frozen=True, slots=True)
class Entry:
    """A member of a layer: a file where ``data`` is given, a link where ``link`` is, else a folder."""

    path: str
    data: bytes | None = None
    link: str = ""
    hard: bool = False
    mode: int = 0

    def info(self) -> tarfile.TarInfo:
        info = tarfile.TarInfo(self.path)
        info.mtime = 1738555506
        if self.data is not None:
            info.size, info.mode = len(self.data), self.mode or 0o644
        elif self.link:
            info.type = tarfile.LNKTYPE if self.hard else tarfile.SYMTYPE
            info.linkname = self.link
        else:
            info.type, info.mode = tarfile.DIRTYPE, self.mode or 0o755
        return info


def tar(*entries: Entry) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for entry in entries:
            archive.addfile(entry.info(), io.BytesIO(entry.data or b""))
    return out.getvalue()


def gzipped(data: bytes) -> bytes:
    return gzip.compress(data, 6, mtime=0)


def descriptor(media_type: str, data: bytes, **more: Any) -> Document:
    return {"mediaType": media_type, "digest": digest_of(data), "size": len(data), **more}


def index(*manifests: Document, media_type: str = OCI_INDEX, **more: Any) -> Document:
    return {"schemaVersion": 2, "mediaType": media_type, "manifests": list(manifests), **more}


def artifact(artifact_type: str, *layers: Document, **more: Any) -> Document:
    """Return an OCI 1.1 artifact's manifest, whose configuration is the empty one."""
    return {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": artifact_type,
        "config": descriptor(OCI_EMPTY, b"{}"),
        "layers": list(layers),
        **more,
    }


def root_filesystem(architecture: str, size: int = 20_000) -> tuple[bytes, bytes, bytes]:
    """Return three layers' tars: a base, an application, and one that changes and removes files.

    Args:
        architecture: Goes into the binaries, so that every platform has its own.
        size: Bytes of the largest binary, incompressible.
    """
    binary = b"\x7fELF" + random.Random(architecture).randbytes(size)
    packages = "".join(
        f"Package: {name}\nStatus: install ok installed\nArchitecture: {architecture}\nVersion: {version}\n\n"
        for name, version in PACKAGES.items()
    )
    base = tar(
        Entry("etc"),
        Entry("etc/os-release", b'ID=harbour\nVERSION_ID="7"\nPRETTY_NAME="Harbour Linux 7"\n'),
        Entry("etc/motd", b"Welcome to the harbour.\n"),
        Entry("usr/bin"),
        Entry("bin", link="usr/bin"),
        Entry("usr/bin/sh", binary, mode=0o755),
        Entry("usr/bin/dash", link="usr/bin/sh", hard=True),
        Entry("tmp", mode=0o1777),
        Entry("var/lib/dpkg/status", packages.encode()),
        Entry("var/log/install.log", b"installed\n"),
    )
    application = tar(
        Entry("srv"),
        Entry("srv/crane", b"\x7fELF" + random.Random(architecture + "crane").randbytes(3000), mode=0o4755),
        Entry("srv/grüße/☃.txt", b"snow on the quay\n"),
        Entry(f"srv/{'deep/' * 30}end.txt", b"a path of more than 100 characters\n"),
    )
    change = tar(
        Entry("etc/.wh.motd", b""),
        Entry("var/log/.wh..wh..opq", b""),
        Entry("var/log/crane.log", b""),
        Entry("etc/crane.toml", b"[crane]\nport = 8080\n"),
    )
    return base, application, change


PACKAGES = {"base-files": "7.1", "libc6": "2.36-9+deb12u10", "zlib1g": "1:1.2.13.dfsg-1"}


def image_config(
    architecture: str, tars: tuple[bytes, ...], variant: str = "", *, docker: bool = False
) -> Document:
    """Return an image's configuration, with the history that made the layers and some steps that made none."""
    run: Document = {
        "User": "1000:1000",
        "Env": ["PATH=/usr/bin:/srv", "CRANE_MODE=production", "API_TOKEN=not-a-real-secret"],
        "Entrypoint": ["/srv/crane"],
        "Cmd": ["--serve"],
        "WorkingDir": "/srv",
        "ExposedPorts": {"8080/tcp": {}, "8443/tcp": {}},
        "Volumes": {"/data": {}},
        "StopSignal": "SIGTERM",
        "Labels": {
            "org.opencontainers.image.title": "crane",
            "org.opencontainers.image.version": "1.0",
            "org.opencontainers.image.source": SOURCE,
            "org.opencontainers.image.revision": REVISION,
        },
    }
    if docker:
        run["Healthcheck"] = {"Test": ["CMD", "/srv/crane", "--health"], "Interval": 30_000_000_000}
    return {
        "created": CREATED,
        "author": "The harbour master",
        "architecture": architecture,
        "os": "linux",
        **({"variant": variant} if variant else {}),
        "config": run,
        "rootfs": {"type": "layers", "diff_ids": [digest_of(data) for data in tars]},
        "history": [
            _step("/bin/sh -c #(nop) ADD file:5ca1ab1e in / "),
            _step('/bin/sh -c #(nop)  CMD ["sh"]', empty=True),
            _step("ARG VERSION=1.0", empty=True),
            _step("COPY /out/ /srv/ # buildkit"),
            _step("RUN |1 VERSION=1.0 /bin/sh -c rm /etc/motd && configure # buildkit"),
            _step('ENTRYPOINT ["/srv/crane"]', empty=True),
        ],
    }


def _step(command: str, *, empty: bool = False) -> Document:
    """Return a line of history; BuildKit's own lines carry its comment."""
    step: Document = {"created": CREATED, "created_by": command}
    if not command.startswith("/bin/sh"):
        step["comment"] = "buildkit.dockerfile.v0"
    return step | ({"empty_layer": True} if empty else {})


def pseudo_config(layers: list[Document], system: str) -> bytes:
    """Return the configuration that tools give to what is no image, but shall look like one."""
    diff_ids = [layer["digest"] for layer in layers]
    rootfs = {"type": "layers", "diff_ids": diff_ids}
    return encode({"architecture": system, "os": system, "config": {}, "rootfs": rootfs})
