"""What the registries hold that the twenty tasks ask about."""

from __future__ import annotations

from portcall.testing import BuiltIndex, FakeRegistry, amend, image, index, layer

#: The registries that one server plays.
HOSTS = ("docker.io", "ghcr.io", "quay.io", "registry.corp.example")

_PLATFORMS = ("linux/amd64", "linux/arm64/v8")
_NGINX = (
    "1.24.0 1.24",
    "1.26.3 1.26",
    "1.27.4",
    "1.27.5 1.27",
    "1.28.0 1.28 stable",
    "1.29.0",
    "1.29.1 1.29 1 mainline latest",
)
_PYTHON = ("3.11.13 3.11", "3.12.11 3.12", "3.13.5 3.13 3 latest", "3.14.0rc1 3.14-rc")
_POSTGRES = ("15.13 15", "16.8", "16.9 16", "17.4", "17.5 17 latest")
_REDIS = ("7.2.9 7.2", "7.4.4 7.4 7", "8.0.3 8.0 8 latest")


def catalogue() -> FakeRegistry:
    """Return a registry with the images of ``docs/tasks.md``."""
    registry = FakeRegistry()
    for name, rows in (("nginx", _NGINX), ("python", _PYTHON), ("postgres", _POSTGRES), ("redis", _REDIS)):
        for row in rows:
            tags = row.split()
            registry.push(f"library/{name}", _official(name, tags[0]), tags=tags)
            registry.push(
                f"library/{name}", _official(name, tags[0], "alpine"), tags=[f"{tag}-alpine" for tag in tags]
            )
    for version in ("v1.4.2", "v1.5.0"):
        registry.push("acme/app", _app(version), tags=[version])
    registry.push("acme/tool", _app("v0.9.0"), tags=["v0.9.0", "latest"])
    registry.push("team/base", _official("base", "12.5"), tags=["12.5"])
    registry.push("team/base", _official("base", "12.6"), tags=["12.6", "12"])
    registry.push("team/api", _bloated(), tags=["2025.07", "prod"])
    return registry


def _official(name: str, version: str, variant: str = "") -> BuiltIndex:
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


def _app(version: str) -> BuiltIndex:
    newer = version == "v1.5.0"
    return index(
        {
            platform: image(
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
            for platform in _PLATFORMS
        }
    )


def _bloated() -> BuiltIndex:
    """An image of 1.8 GB, most of it one careless step; only its manifest is as large as it says."""
    base = _official("base", "12.5")
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
