"""What the tools are asked about: the same content in a fast registry, and in one that counts."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from trust import HOST, Trust

from portcall.testing import BuiltImage, BuiltIndex, FakeRegistry, image, index, layer
from portcall.testing.auth import Auth

sys.path.insert(0, str(Path(__file__).parents[1]))  # the test bed is no package that is installed

import httpx
import pytest
from tests.testbed import go_registry, registry
from tests.testbed.process import Service
from tests.testbed.push import PushClient
from tests.testbed.registry import RealRegistry

PLATFORM = "linux/amd64"
PLATFORMS = (PLATFORM, "linux/arm64/v8")
MANY_TAGS = "shop/many"
ASKED = "shop/app-0:1.0"
#: Another one, for a server that shall have answered a question before.
ASIDE = "shop/aside:1.0"


@dataclass(frozen=True, slots=True)
class Content:
    """What both registries hold.

    Attributes:
        images: Indexes of two platforms by ``repository:tag``: fifty to check, and one aside.
        tags: 3,000 versions, all of one image in ``MANY_TAGS``, the newest last.
    """

    images: dict[str, BuiltIndex]
    tags: tuple[str, ...]

    @property
    def checked(self) -> tuple[str, ...]:
        """The fifty references, without their registry."""
        return tuple(name for name in self.images if name != ASIDE)


def content() -> Content:
    """Return the content, the same on every machine."""
    names = [f"shop/app-{app}:{version}.0" for app in range(10) for version in range(1, 6)]
    tags = (f"{major}.{minor}.{patch}" for major in range(1, 4) for minor in range(10) for patch in range(100))
    return Content({name: _index(name) for name in [*names, ASIDE]}, tuple(tags))


def platform_image(built: BuiltIndex) -> BuiltImage:
    """Return an index's image for ``PLATFORM``."""
    return next(each for each in built.children if isinstance(each, BuiltImage) and each.platform == PLATFORM)


def _index(name: str) -> BuiltIndex:
    images = {platform: _image(name, platform) for platform in PLATFORMS}
    return index(images, annotations={"org.opencontainers.image.title": name})


def _image(name: str, platform: str) -> BuiltImage:
    layers = [
        layer({f"srv/{step}": f"{step} of {name} for {platform}\n"}, command=f"COPY {step} /srv/ # buildkit")
        for step in ("base", "packages", "dependencies", "application", "configuration")
    ]
    labels = {f"org.opencontainers.image.{key}": f"{key} of {name}" for key in ("title", "source", "revision")}
    return image(layers, platform=platform, labels=labels, entrypoint=["/srv/application"], ports=["8080/tcp"])


@contextmanager
def counting_registry(held: Content, trust: Trust, auth: Auth | None) -> Iterator[tuple[FakeRegistry, str]]:
    """Run portcall's own fake registry over TLS: slow, but it tells what it was asked."""
    fake = FakeRegistry(auth=auth)
    for name, built in held.images.items():
        repository, _, tag = name.partition(":")
        fake.push(repository, built, tags=[tag])
    fake.push(MANY_TAGS, held.images[ASKED], tags=held.tags)
    with fake.serve(host=HOST, ssl=trust.context()) as address:
        yield fake, address.netloc


@contextmanager
def fast_registry(held: Content, trust: Trust, folder: Path) -> Iterator[tuple[str, str]]:
    """Run olareg over TLS, else Debian's docker-registry; yield its name and its ``host:port``."""
    folder.mkdir()
    try:
        program = go_registry.olareg_binary()
    except pytest.skip.Exception as reason:
        print(f"{reason}; docker-registry takes its place, which is slower")
        with registry.tls(folder) as real:
            assert real.ca_file is not None
            trust.add(real.ca_file)
            _fill(real, held)
            yield "docker-registry", real.netloc
        return
    with _olareg(program, trust, folder) as real:
        _fill(real, held)
        yield "olareg", real.netloc


@contextmanager
def _olareg(program: str, trust: Trust, folder: Path) -> Iterator[RealRegistry]:
    port = go_registry._free_port()  # noqa: SLF001 - olareg tells no port
    options = {
        "addr": HOST,
        "port": port,
        "store-type": "mem",
        "tls-cert": trust.certificate,
        "tls-key": trust.key,
    }
    command = [program, "serve", *(f"--{name}={value}" for name, value in options.items())]
    real = RealRegistry("olareg", f"{HOST}:{port}", f"https://{HOST}:{port}", ca_file=trust.certificate)
    with Service(command, folder / "log") as service:
        service.wait_for(lambda: _answers(real), "olareg")
        yield real


def _answers(real: RealRegistry) -> bool | None:
    with PushClient(real) as client, suppress(httpx.TransportError):
        return client.request("GET", "/v2/").is_success or None
    return None


def _fill(real: RealRegistry, held: Content) -> None:
    with PushClient(real) as client, ThreadPoolExecutor(8) as threads:
        for name, built in held.images.items():
            repository, _, tag = name.partition(":")
            _push(client, repository, built, tag)
        newest = held.images[ASKED]
        _push(client, MANY_TAGS, newest, held.tags[-1])
        pushed = [
            threads.submit(client.manifest, MANY_TAGS, tag, newest.manifest, newest.media_type)
            for tag in held.tags
        ]
        for each in pushed:
            each.result()


def _push(client: PushClient, repository: str, built: BuiltIndex, tag: str) -> None:
    for member in built.family():
        for blob in member.blobs.values():
            client.blob(repository, blob)
        client.manifest(repository, tag if member is built else None, member.manifest, member.media_type)
