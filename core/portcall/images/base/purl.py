"""Package URLs of images, as BuildKit names the materials of a build.

``pkg:docker/debian@12-slim?platform=linux%2Famd64`` (moby/buildkit ``util/purl``), and the ``oci`` type of the
package-URL specification: ``pkg:oci/app@sha256%3A…?repository_url=ghcr.io/acme/app&tag=1``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, unquote

from portcall.digest import is_digest
from portcall.errors import InvalidArgumentError, InvalidReferenceError
from portcall.platform import Platform
from portcall.reference import Reference, parse_reference

if TYPE_CHECKING:
    from portcall.oci.provenance import Material

_LONGEST = 2048


@dataclass(frozen=True, slots=True)
class MaterialImage:
    """An image that went into a build, and the platform that it was used for."""

    reference: Reference
    platform: Platform | None = None


def image_of(material: Material) -> MaterialImage | None:
    """Return the image that a material is; ``None`` for sources, and for what cannot be read."""
    scheme, _, rest = material.uri.partition(":")
    kind, _, rest = rest.lstrip("/").partition("/")
    if scheme != "pkg" or kind not in {"docker", "oci"} or len(material.uri) > _LONGEST:
        return None
    path, _, query = rest.partition("#")[0].partition("?")
    asked = {name: values[0] for name, values in parse_qs(query).items()}
    name, _, version = path.rpartition("@") if "@" in path else (path, "", "")
    name, version = unquote(name), unquote(version)
    if kind == "oci":
        name = asked.get("repository_url", "")
        version = asked.get("tag") or version
    version = version or asked.get("digest", "")
    separator = "@" if is_digest(version) else ":"
    try:
        reference = parse_reference(f"{name}{separator}{version}" if version else name)
        return MaterialImage(reference, _platform(asked.get("platform")))
    except InvalidReferenceError:
        return None


def _platform(text: str | None) -> Platform | None:
    try:
        return Platform.parse(text) if text else None
    except InvalidArgumentError:
        return None
