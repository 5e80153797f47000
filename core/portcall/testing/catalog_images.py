"""The images of the demo, each small and real: files, history, labels and layers agree."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from portcall.testing.images import (
    DELETED,
    Build,
    BuiltImage,
    BuiltIndex,
    Layer,
    Package,
    Step,
    attestation,
    executable,
    image,
    index,
    layer,
    symlink,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

PLATFORMS = ("linux/amd64", "linux/arm64/v8")
_TRIPLETS = {"amd64": "x86_64-linux-gnu", "arm64": "aarch64-linux-gnu"}
_BUILDKIT = "buildkit.dockerfile.v0"
_PATH = "PATH=/usr/local/bin:/usr/local/sbin:/usr/sbin:/usr/bin:/sbin:/bin"

WORKER_DOCKERFILE = """\
# syntax=docker/dockerfile:1
FROM golang:1.22-bookworm AS build
WORKDIR /src
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -o /out/worker ./cmd/worker

FROM scratch
COPY --from=build /out/worker /usr/local/bin/worker
USER 65532:65532
ENTRYPOINT ["/usr/local/bin/worker"]
"""


def debian(point: int, created: str) -> BuiltIndex:
    """Return ``base/debian:12.<point>-slim`` for both platforms."""
    images = {}
    for platform in PLATFORMS:
        rootfs = _debian_rootfs(platform, point, created)
        images[platform] = image(
            [rootfs], steps=[_step('CMD ["bash"]', created)], platform=platform, created=created, cmd=["bash"]
        )
    return index(images, annotations={"org.opencontainers.image.version": f"12.{point}-slim"})


def api(version: str, created: str, base: BuiltIndex, base_name: str) -> BuiltIndex:
    """Return ``shop/api``: a Python web service on Debian, with a cleaning step that cleans too late."""
    labels = _labels("Shop API", "The shop's public HTTP API", version, created)
    origin = {
        "org.opencontainers.image.base.name": base_name,
        "org.opencontainers.image.base.digest": base.digest,
    }
    images = {
        platform: _api_image(platform, version, created, base, {**labels, **origin}) for platform in PLATFORMS
    }
    return index(images, annotations={**labels, **origin})


def gateway(version: str, created: str, *, alpine: bool = False) -> BuiltIndex:
    """Return ``shop/gateway``: one static binary, on Debian's or on Alpine's files."""
    labels = _labels("Shop gateway", "Routes requests to the shop's services", version, created)
    images = {}
    for platform in PLATFORMS:
        base = _alpine_rootfs(platform) if alpine else _debian_rootfs(platform, 5, "2024-04-10T01:20:00Z")
        binary = {"usr/local/bin/gateway": executable(noise(1500, f"gateway {version} {platform}"))}
        images[platform] = image(
            [base, _layer(binary, "COPY gateway /usr/local/bin/gateway # buildkit", created)],
            steps=[_step('ENTRYPOINT ["/usr/local/bin/gateway"]', created)],
            platform=platform,
            created=created,
            labels=labels,
            entrypoint=["/usr/local/bin/gateway"],
            ports=["8080/tcp"],
            user="65532",
        )
    return index(images)


def worker(version: str, created: str, name: str) -> BuiltIndex:
    """Return ``shop/worker``: built from scratch by BuildKit, with provenance and SBOM."""
    labels = _labels("Shop worker", "Works off the shop's queue", version, created)
    images = {}
    for platform in PLATFORMS:
        binary = {"usr/local/bin/worker": executable(noise(6000, f"worker {version} {platform}"))}
        images[platform] = image(
            [_layer(binary, "COPY /out/worker /usr/local/bin/worker # buildkit", created)],
            steps=[
                _step("USER 65532:65532", created),
                _step('ENTRYPOINT ["/usr/local/bin/worker"]', created),
            ],
            platform=platform,
            created=created,
            labels=labels,
            user="65532:65532",
            entrypoint=["/usr/local/bin/worker"],
        )
    packages = (
        Package("stdlib", "1.22.2", "BSD-3-Clause", "golang", ""),
        Package("github.com/nats-io/nats.go", "v1.34.1", "Apache-2.0", "golang", ""),
        Package("github.com/jackc/pgx/v5", "v5.5.5", "MIT", "golang", ""),
    )
    build = Build(
        source="https://github.com/example-shop/worker.git",
        revision=_revision(version),
        builder="https://github.com/example-shop/worker/actions/runs/4211/attempts/1",
        base=("docker.io/library/golang:1.22-bookworm", f"sha256:{'6d' * 32}"),
    )
    attestations = [
        attestation(one, name=name, dockerfile=WORKER_DOCKERFILE, packages=packages, build=build)
        for one in images.values()
    ]
    return index(images, attestations=attestations, annotations=labels)


def noise(size: int, seed: str) -> bytes:
    """Return bytes that look like a program's: they do not compress, and are the same every time."""
    return b"\x7fELF\x02\x01\x01" + hashlib.shake_128(seed.encode()).digest(max(size - 7, 0))


def _api_image(
    platform: str, version: str, created: str, base: BuiltIndex, labels: Mapping[str, str]
) -> BuiltImage:
    below = base.child(platform)
    assert isinstance(below, BuiltImage)
    return image(
        [*below.layers, _step('CMD ["bash"]', below.layers[0].created), *_api_steps(platform, version, created)],
        platform=platform,
        created=created,
        author="Shop platform team <platform@shop.example>",
        labels=labels,
        env=[_PATH, "PYTHONUNBUFFERED=1", "PORT=8080"],
        user="10001:10001",
        workdir="/srv/app",
        ports=["8080/tcp"],
        volumes=["/srv/data"],
        entrypoint=["python3", "-m", "shop_api"],
        cmd=["--workers=4"],
        healthcheck={
            "Test": ["CMD", "python3", "-m", "shop_api.health"],
            "Interval": 30_000_000_000,
            "Timeout": 3_000_000_000,
        },
        stop_signal="SIGTERM",
        annotations=labels,
    )


def _api_steps(platform: str, version: str, created: str) -> Sequence[Layer | Step]:
    install = "RUN /bin/sh -c apt-get update && apt-get install -y --no-install-recommends python3 # buildkit"
    archives = ("python3_3.11.2-1+b1", "libpython3.11-stdlib_3.11.2-6")
    runtime: dict[str, Any] = {
        "usr/bin/python3.11": executable(noise(16_000, f"python {platform}")),
        "usr/bin/python3": symlink("python3.11"),
        **{f"var/cache/apt/archives/{name}.deb": noise(7_000, f"{name} {platform}") for name in archives},
    }
    requirements = "fastapi==0.110.2\nuvicorn==0.29.0\npsycopg==3.1.18\n"
    packages = "usr/local/lib/python3.11/dist-packages"
    libraries = {
        f"{packages}/{name}/__init__.py": f'"""{name}."""\n__version__ = "{number}"\n'
        for name, number in (line.split("==") for line in requirements.splitlines())
    }
    service = {
        "srv/app/requirements.txt": requirements,
        "srv/app/shop_api/__init__.py": f'__version__ = "{version}"\n',
        "srv/app/shop_api/__main__.py": "from shop_api.server import run\n\nrun()\n",
        "srv/app/shop_api/server.py": f"# The shop's API, {version}\n" + "ROUTES = ['/items', '/orders']\n" * 40,
    }
    return [
        _layer(runtime, install, created),
        _step("WORKDIR /srv/app", created),
        _layer(libraries, "RUN /bin/sh -c pip install -r requirements.txt # buildkit", created),
        _layer(service, "COPY . . # buildkit", created),
        _layer(
            {f"var/cache/apt/archives/{name}.deb": DELETED for name in archives},
            "RUN /bin/sh -c apt-get clean # buildkit",
            created,
        ),
        _step("EXPOSE map[8080/tcp:{}]", created),
        _step("VOLUME [/srv/data]", created),
        _step("USER 10001:10001", created),
        _step('HEALTHCHECK &{["CMD" "python3" "-m" "shop_api.health"] "30s" "3s" "0s" "0s" \'\\x00\'}', created),
        _step('ENTRYPOINT ["python3" "-m" "shop_api"]', created),
        _step('CMD ["--workers=4"]', created),
    ]


def _debian_rootfs(platform: str, point: int, created: str) -> Layer:
    architecture = platform.split("/")[1]
    libraries = f"usr/lib/{_TRIPLETS[architecture]}"
    release = (
        'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\n'
        'VERSION="12 (bookworm)"\nVERSION_CODENAME=bookworm\nID=debian\nHOME_URL="https://www.debian.org/"\n'
    )
    status = "".join(
        f"Package: {name}\nStatus: install ok installed\nArchitecture: {architecture}\nVersion: {version}\n\n"
        for name, version in (("base-files", f"12.4+deb12u{point}"), ("dash", "0.5.12-2"), ("libc6", "2.36-9"))
    )
    files: dict[str, Any] = {
        "bin": symlink("usr/bin"),
        "etc/debian_version": f"12.{point}\n",
        "etc/os-release": symlink("../usr/lib/os-release"),
        "etc/passwd": "root:x:0:0:root:/root:/bin/bash\nnobody:x:65534:65534:nobody:/:/usr/sbin/nologin\n",
        "usr/bin/bash": executable(noise(5_000, f"bash {platform}")),
        "usr/bin/dash": executable(noise(3_000, f"dash {platform}")),
        "usr/bin/sh": symlink("dash"),
        "usr/lib/os-release": release,
        f"{libraries}/libc.so.6": executable(noise(8_000, f"libc {point} {platform}")),
        "var/lib/dpkg/status": status,
    }
    return layer(
        files,
        command=f"/bin/sh -c #(nop) ADD file:{noise(16, f'{point} {platform}').hex()} in / ",
        compression="gzip-stored",
        created=created,
    )


def _alpine_rootfs(platform: str) -> Layer:
    files: dict[str, Any] = {
        "bin/busybox": executable(noise(5_000, f"busybox {platform}")),
        "bin/sh": symlink("/bin/busybox"),
        "etc/alpine-release": "3.19.1\n",
        "etc/os-release": 'NAME="Alpine Linux"\nID=alpine\nVERSION_ID=3.19.1\n',
        "lib/apk/db/installed": "P:musl\nV:1.2.4_git20230717-r4\n\nP:busybox\nV:1.36.1-r15\n\n",
    }
    return layer(
        files,
        command="/bin/sh -c #(nop) ADD file:37a76ec18f988775 in / ",
        compression="gzip-stored",
        created="2024-01-27T00:30:48Z",
    )


def _layer(files: Mapping[str, Any], command: str, created: str) -> Layer:
    return layer(dict(files), command=command, compression="gzip-stored", created=created, comment=_BUILDKIT)


def _step(command: str, created: str) -> Step:
    return Step(command, created, _BUILDKIT)


def _labels(title: str, description: str, version: str, created: str) -> dict[str, str]:
    name = title.lower().replace(" ", "-").removeprefix("shop-")
    return {
        "org.opencontainers.image.title": title,
        "org.opencontainers.image.description": description,
        "org.opencontainers.image.version": version,
        "org.opencontainers.image.created": created,
        "org.opencontainers.image.revision": _revision(version),
        "org.opencontainers.image.source": f"https://github.com/example-shop/{name}",
        "org.opencontainers.image.licenses": "Apache-2.0",
        "org.opencontainers.image.vendor": "Example Shop",
    }


def _revision(version: str) -> str:
    return hashlib.shake_128(version.encode()).hexdigest(20)
