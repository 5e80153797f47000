"""The images that the twenty tasks ask about; the same bytes every time."""

from __future__ import annotations

import random
from functools import cache

from portcall.testing import (
    DELETED,
    BuiltImage,
    BuiltIndex,
    attestation,
    executable,
    image,
    index,
    layer,
    symlink,
)

_PLATFORMS = ("linux/amd64", "linux/arm64/v8")


@cache
def official(name: str, version: str, variant: str = "") -> BuiltIndex:
    """Return an image of the kind that ``library/`` has: two platforms, a Debian, one step."""
    created = "2025-07-01T00:00:00Z"
    return index(
        {
            platform: image(
                [
                    layer({"etc/os-release": "ID=debian\n"}, command="# debian.sh --arch 'amd64' out/ 'bookworm'"),
                    layer(
                        {f"usr/bin/{name}": f"{name} {version} {variant} {platform}"},
                        command=f"RUN /bin/sh -c set -eux; install {name} {version} # buildkit",
                    ),
                ],
                platform=platform,
                created=created,
                env=["PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", f"VERSION={version}"],
                cmd=[name],
            )
            for platform in _PLATFORMS
        },
        annotations={"org.opencontainers.image.version": version, "org.opencontainers.image.created": created},
    )


DOCKERFILE = """\
FROM alpine:3.21
COPY app /app
USER app
ENV LOG_FORMAT=json
ENTRYPOINT ["/app"]
"""
_ALPINE = {
    "etc/os-release": 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.21.3\n',
    "bin/busybox": executable("busybox"),
    "bin/sh": symlink("/bin/busybox"),
}


@cache
def app(version: str) -> BuiltIndex:
    """Return an image of one's own, for two platforms; v1.5.0 runs as a user, and logs in another way.

    Of v1.5.0 BuildKit tells how it was built, Dockerfile included.
    """
    images = {platform: _app(version, platform) for platform in _PLATFORMS}
    told = [attestation(each, dockerfile=DOCKERFILE) for each in images.values()] if version == "v1.5.0" else []
    return index(images, attestations=told)


def _app(version: str, platform: str) -> BuiltImage:
    newer = version == "v1.5.0"
    return image(
        [
            layer(_ALPINE, command="ADD alpine-minirootfs.tar.gz / # buildkit"),
            layer({"app": f"{version} {platform}"}, command="COPY app /app # buildkit"),
        ],
        platform=platform,
        created="2025-06-01T00:00:00Z" if newer else "2025-03-01T00:00:00Z",
        user="app" if newer else None,
        env=["LOG_FORMAT=json"] if newer else [],
        entrypoint=["/app"],
        labels={"org.opencontainers.image.version": version},
    )


@cache
def bloated() -> BuiltIndex:
    """Return an image most of which is one careless step: what it copied in is deleted one step later.

    It is a thousandth of the size that the task speaks of.
    """
    base = official("base", "12.5")
    weights, lists = (random.Random(size).randbytes(size) for size in (1_461_000, 103_000))
    compiler = random.Random(1).randbytes(207_000)
    built = image(
        [
            layer({"etc/os-release": "ID=debian\n"}, command="# debian.sh --arch 'amd64' out/ 'bookworm'"),
            layer(
                {"usr/bin/cc": executable(compiler), "var/lib/apt/lists/mirror.example_main_Packages": lists},
                command="RUN /bin/sh -c apt-get update && apt-get install -y build-essential # buildkit",
            ),
            layer({"srv/model": weights}, command="COPY . /srv # buildkit"),
            layer({"srv/model": DELETED}, command="RUN /bin/sh -c rm -rf /srv/model # buildkit"),
        ],
        labels={
            "org.opencontainers.image.base.name": "registry.corp.example/team/base:12",
            "org.opencontainers.image.base.digest": base.digest,
        },
    )
    return index({"linux/amd64": built})
