"""The variables by which a Dockerfile knows its platform, without any ``ARG`` in ``FROM`` lines."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.platform import Platform

#: Their names, for where an image is built and what it is built for.
PLATFORM_VARIABLES = frozenset(
    f"{side}{part}" for side in ("BUILD", "TARGET") for part in ("PLATFORM", "OS", "ARCH", "VARIANT")
)


def platform_variables(platform: Platform) -> dict[str, str]:
    """Return their values for a build on and for one platform."""
    parts = {
        "PLATFORM": str(platform),
        "OS": platform.os,
        "ARCH": platform.architecture,
        "VARIANT": platform.variant,
    }
    return {f"{side}{part}": value for side in ("BUILD", "TARGET") for part, value in parts.items()}
