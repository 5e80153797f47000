"""Platforms: ``os/arch[/variant]``, and which of several serves a wish best."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from portcall.errors import InvalidArgumentError
from portcall.platform_spelling import is_architecture, spelled

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Spellings that people and build tools use, and what the image specification calls them.
_ARCHITECTURES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "armhf": "arm/v7",
    "armel": "arm/v6",
    "i386": "386",
    "i686": "386",
}
#: Architectures that may stand alone, for Linux; anything else alone is more likely a slip.
_ALONE = frozenset({"386", "amd64", "arm", "arm64", "loong64", "mips64le", "ppc64le", "riscv64", "s390x"})
#: Variants that say no more than the architecture alone.
_BASELINE = {"amd64": "v1", "arm64": "v8", "arm": "v7"}

_COMPONENT = re.compile(r"[A-Za-z0-9_.-]{1,64}\Z")
#: Characters of a platform that is written in another way; more are something else.
_LONGEST = 64


@dataclass(frozen=True, slots=True)
class Platform:
    """An operating system and a processor, e.g. ``linux/arm64/v8``.

    Args:
        os: As in Go's ``GOOS``: ``"linux"``, ``"windows"``.
        architecture: As in Go's ``GOARCH``: ``"amd64"``, ``"arm64"``.
        variant: ``"v7"``; empty where there is none.
        os_version: What Windows images carry beside it: ``"10.0.20348.2527"``.
    """

    os: str
    architecture: str
    variant: str = ""
    os_version: str = ""

    @classmethod
    def parse(cls, text: str) -> Platform:
        """Read ``os/arch[/variant]``; a lone architecture means Linux.

        Raises:
            InvalidArgumentError: Anything else.
        """
        parts = text.strip().split("/")
        if len(parts) == 1 and parts[0].lower() in _ALONE | _ARCHITECTURES.keys():
            parts = ["linux", *parts]
        is_shaped = 2 <= len(parts) <= 3 and all(_COMPONENT.match(part) for part in parts)
        if not is_shaped or is_architecture(parts[0]):
            meant = spelled(text[:_LONGEST])
            raise InvalidArgumentError(
                "the argument `platform` is not os/arch[/variant]",
                hint="Write it like linux/amd64 or linux/arm/v7, one at a time.",
                candidates=[meant] if meant else [],
            )
        os, architecture, *rest = (part.lower() for part in parts)
        architecture, _, implied = _ARCHITECTURES.get(architecture, architecture).partition("/")
        return cls(os, architecture, rest[0] if rest else implied)

    @property
    def is_known(self) -> bool:
        """Whether this names a machine; attestations and artifacts say ``unknown/unknown`` or nothing."""
        return self.os not in {"", "unknown"} and self.architecture not in {"", "unknown"}

    def __str__(self) -> str:
        return "/".join(part for part in (self.os, self.architecture, self.variant) if part)

    def serves(self, wanted: Platform) -> int | None:
        """Tell how well an image for this platform serves ``wanted``.

        Returns:
            0 for the very thing, larger for poorer choices, ``None`` where it would not run. A wish
            without a variant takes any, the architecture's baseline first; a wish with one also takes
            the older variants that such a processor runs (``v7`` runs ``v6``).
        """
        if (self.os, self.architecture) != (wanted.os, wanted.architecture):
            return None
        if wanted.os_version and self.os_version and wanted.os_version != self.os_version:
            return None
        baseline = _BASELINE.get(self.architecture, "")
        mine, wish = self.variant or baseline, wanted.variant or baseline
        if mine == wish:
            return 0
        age = _generation(wish) - _generation(mine)
        if age > 0:
            return age
        return None if wanted.variant else 100 - age


def _generation(variant: str) -> int:
    """Return 7 for ``v7``, and 0 for what is no generation."""
    return int(variant[1:]) if re.fullmatch(r"v[0-9]{1,3}", variant) else 0


def choose_platform(wanted: Platform, offered: Sequence[Platform]) -> int | None:
    """Return the index of the platform in ``offered`` that serves ``wanted`` best, or ``None``."""
    ranks = ((platform.serves(wanted), i) for i, platform in enumerate(offered))
    return min(((rank, i) for rank, i in ranks if rank is not None), default=(0, None))[1]
