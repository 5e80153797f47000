"""Images and their bases, and where they are asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tests.core.images.conftest import HOST

from portcall import Portcall
from portcall.models import BaseImageCheck
from portcall.testing import (
    BuiltImage,
    BuiltManifest,
    FakeRegistry,
    Layer,
    image,
    index,
    layer,
)

NAME, DIGEST = "org.opencontainers.image.base.name", "org.opencontainers.image.base.digest"
OLD = layer({"etc/version": "1"}, command="ADD rootfs.tar / # buildkit")
NEW = layer({"etc/version": "2"}, command="ADD rootfs.tar / # buildkit")
PATCH = layer({"etc/patch": "1"}, command="RUN apt-get upgrade # buildkit")
OWN = layer({"srv/app": "app"}, command="COPY app /srv # buildkit")
BASE = f"{HOST}/lib/base:12"


def base(*layers: Layer, **more: Any) -> BuiltManifest:
    """Return a base for two platforms."""
    return index([image(layers, created="2024-01-01T00:00:00Z", **more), image([NEW], platform="linux/arm64")])


THEN, NOW = base(OLD), base(NEW)


@dataclass
class World:
    """A registry with images and their bases, and Docker Hub, which counts pulls."""

    pc: Portcall
    registry: FakeRegistry
    hub: FakeRegistry

    async def check(self, built: BuiltManifest, name: str = "shop/api") -> BaseImageCheck:
        digest = self.registry.push(name, built)
        return await self.pc.check_base_image(f"{HOST}/{name}@{digest}")


def app(*layers: Layer, told: dict[str, str] | None = None, **more: Any) -> BuiltImage:
    return image(layers or (OLD, OWN), annotations=told, **more)
