"""The images that the twenty tasks ask about; the same bytes every time."""

from __future__ import annotations

from functools import cache

from portcall.testing import BuiltImage, BuiltIndex, amend, image, index, layer

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


@cache
def app(version: str) -> BuiltIndex:
    """Return an image of one's own, for two platforms; v1.5.0 runs as a user, and logs in another way."""
    return index({platform: _app(version, platform) for platform in _PLATFORMS})


def _app(version: str, platform: str) -> BuiltImage:
    newer = version == "v1.5.0"
    return image(
        [
            layer({"etc/os-release": "ID=alpine\n"}, command="ADD alpine-minirootfs.tar.gz / # buildkit"),
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
    """Return an image of 1.8 GB, most of it one careless step; only its manifest is as large as it says."""
    base = official("base", "12.5")
    built = image(
        [
            layer({"etc/os-release": "ID=debian\n"}, command="ADD rootfs.tar.xz / # buildkit"),
            layer({"usr/bin/cc": "cc"}, command="RUN /bin/sh -c apt-get install -y build-essential # buildkit"),
            layer({"srv/model": "weights"}, command="COPY . /srv # buildkit"),
            layer({"srv/.done": ""}, command="RUN /bin/sh -c rm -rf /srv/model # buildkit"),
        ],
        labels={
            "org.opencontainers.image.base.name": "registry.corp.example/team/base:12",
            "org.opencontainers.image.base.digest": base.digest,
        },
    )
    sizes = (29_126_484, 310_882_112, 1_461_993_472, 153)
    layers = [line | {"size": size} for line, size in zip(built.document["layers"], sizes, strict=True)]
    return index({"linux/amd64": amend(built, layers=layers)})
