"""The tools' arguments, each defined once: type, bounds, and the words that a model reads."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, Field


def _unpacked(value: Any) -> Any:
    """Read a list that a host sent as JSON text, as some do; a lone text is a list of one."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return [value] if value else []


ImageName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4096,
        description="Image, e.g. nginx:1.27, ghcr.io/org/app@sha256:…, or its web page",
    ),
]
TagArgument = Annotated[str, Field(max_length=256, description="Tag or digest, if not in image_name")]
PlatformArgument = Annotated[str, Field(max_length=128, description="os/arch[/variant], e.g. linux/arm64")]
TagPatternArgument = Annotated[
    str,
    Field(
        max_length=256,
        description="Substring, glob (1.2?-*), re:REGEX, or version:>=1.2 <2",
    ),
]
TagOrder = Annotated[str, Field(description="version, updated (where the registry has dates), or name")]
Limit = Annotated[int, Field(ge=1, le=1000, description="Most rows, 1-1000")]
Cursor = Annotated[str, Field(max_length=1024, description="next_cursor of the page before")]
ImageList = Annotated[
    list[Annotated[str, Field(max_length=4096)]],
    BeforeValidator(_unpacked),
    Field(max_length=50, description="Up to 50 image references"),
]
Content = Annotated[
    str,
    Field(description="Text of a Dockerfile, compose file or Kubernetes YAML, to check the images in it"),
]
RegistryArgument = Annotated[str, Field(max_length=256, description="Only this registry, e.g. ghcr.io")]
Probe = Annotated[bool, Field(description="Ask each registry for a sign of life")]
SuggestNewer = Annotated[bool, Field(description="Name a newer stable version of each")]
