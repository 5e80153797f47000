"""What the registry holds for each client of a load: images that are nobody else's, so that a mix-up shows."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from portcall.testing import image, layer

if TYPE_CHECKING:
    from portcall.testing import BuiltImage, FakeRegistry

HOST = "registry.test"
TAGS = ("1.0", "1.1", "2.0")
MOVING = "moving"


@dataclass(frozen=True, slots=True)
class Shelf:
    """One client's images."""

    owner: int

    @property
    def path(self) -> str:
        """Their repository."""
        return f"team-{self.owner}/app"

    @property
    def name(self) -> str:
        """Their repository, with its registry."""
        return f"{HOST}/{self.path}"

    def image(self, tag: str) -> BuiltImage:
        """Return what a tag stands for."""
        return _built(self.owner, tag)

    def content(self, tag: str) -> str:
        """Return what ``/etc/motd`` says in an image."""
        return f"{tag} of team {self.owner}"

    def move(self, registry: FakeRegistry, move: int) -> str:
        """Let the tag that moves name another image; return its digest."""
        return registry.push(self.path, _built(self.owner, f"move {move}"), tags=[MOVING])


def fill(registry: FakeRegistry, owners: int) -> list[Shelf]:
    """Push the images of so many clients; return who has which."""
    shelves = [Shelf(owner) for owner in range(owners)]
    for shelf in shelves:
        for tag in TAGS:
            registry.push(shelf.path, shelf.image(tag), tags=[tag])
        shelf.move(registry, 0)
    return shelves


@cache
def _built(owner: int, tag: str) -> BuiltImage:
    said = f"{tag} of team {owner}"
    return image([layer({"etc/motd": said})], labels={"said": said})
