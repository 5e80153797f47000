"""What the soak's registries hold: the truth that every answer is compared with. The same in every process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from portcall.testing import image, index, layer
from portcall.testing.images.built import BuiltImage, BuiltIndex

REGISTRIES = 4
REPOSITORIES = 12  #: Of each registry.
TAGS = tuple(f"1.0.{number}" for number in range(6))
PLATFORMS = ("linux/amd64", "linux/arm64/v8", "linux/s390x")
ALIAS, NEWEST = "latest", TAGS[-1]  #: Two tags of one index.


@dataclass(frozen=True, slots=True)
class Repository:
    """One repository of one registry."""

    registry: int
    number: int

    @property
    def path(self) -> str:
        return f"team-{self.registry}/app-{self.number}"

    @property
    def tags(self) -> tuple[str, ...]:
        return (*TAGS, ALIAS)

    def index(self, tag: str) -> BuiltIndex:
        """Return what a tag stands for."""
        return built(self.registry, self.number, NEWEST if tag == ALIAS else tag)

    def image(self, tag: str, platform: str) -> BuiltImage:
        """Return the image of one platform."""
        child = self.index(tag).child(platform)
        assert isinstance(child, BuiltImage)
        return child


def repositories(registry: int) -> list[Repository]:
    """Return those of one registry."""
    return [Repository(registry, number) for number in range(REPOSITORIES)]


@cache
def built(registry: int, number: int, tag: str) -> BuiltIndex:
    """Return the index under a tag, whose every byte says where it belongs."""
    where = f"{registry}/{number}:{tag}"
    base = layer({"etc/base": f"{registry}/{number}"})
    return index(
        [
            image(
                [base, layer({"srv/app": f"{where} {platform}"}, command="COPY app /srv/")],
                platform=platform,
                labels={"soak": f"{where} {platform}"},
            )
            for platform in PLATFORMS
        ]
    )
