"""The tools' arguments, each defined once: type, bounds, and the words that a model reads."""

from __future__ import annotations

import json
from typing import Annotated, Any

from pydantic import BeforeValidator, Field

from portcall.models import SEVERITIES


def _unpacked(value: Any) -> Any:
    """Read a list that a host sent as a text: JSON, as some do, or names between commas and blanks."""
    if not isinstance(value, str):
        return value
    if value.lstrip().startswith("["):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value
    return value.replace(",", " ").split()


ImageName = Annotated[
    str,
    Field(
        min_length=1,
        max_length=4096,
        description="nginx:1.27, ghcr.io/org/app@sha256:…, or its web page",
    ),
]
TagArgument = Annotated[str, Field(max_length=256, description="Tag or digest, if not in image_name")]
PlatformArgument = Annotated[str, Field(max_length=128, description="os/arch[/variant]: linux/arm64")]
TagPatternArgument = Annotated[
    str,
    Field(max_length=256, description="Substring, glob (1.2?-*), re:REGEX, or version:>=1.2 <2"),
]
TagOrder = Annotated[
    str,
    Field(
        json_schema_extra={"enum": ["version", "updated", "name"]},
        description="updated: where the registry has dates",
    ),
]
Limit = Annotated[int, Field(ge=1, le=1000, description="Most rows")]
Cursor = Annotated[str, Field(max_length=8192, description="next_cursor of the last page")]
ImageList = Annotated[
    list[Annotated[str, Field(max_length=4096)]],
    Field(max_length=50, description="Image references"),
    BeforeValidator(_unpacked),
]
Content = Annotated[
    str,
    Field(description="Or a Dockerfile, compose file or Kubernetes YAML as text, for the images in it"),
]
Query = Annotated[str, Field(min_length=1, max_length=256, pattern=r"\S", description="Words to search for")]
Namespace = Annotated[
    str, Field(max_length=256, description="User, organisation or project; empty where a registry lists all")
]
Severity = Annotated[
    str,
    Field(json_schema_extra={"enum": [*SEVERITIES]}, description="The mildest to list"),
]
RegistryName = Annotated[str, Field(min_length=1, max_length=256, description="quay.io, ghcr.io, …")]
RegistriesArgument = Annotated[
    str, Field(min_length=1, max_length=1024, description="quay.io; all; or several, by commas")
]
Readme = Annotated[bool, Field(description="With its README")]
RegistryArgument = Annotated[str, Field(max_length=256, description="Only this one: ghcr.io")]
Probe = Annotated[bool, Field(description="Ask each whether it answers")]
SuggestNewer = Annotated[bool, Field(description="Name newer stable versions")]
Deep = Annotated[
    bool, Field(description="Look inside every layer: what is wasted, left behind, largest. Downloads the image")
]
FilePath = Annotated[str, Field(max_length=4096, description="Path in the image: /etc/os-release")]
FolderPath = Annotated[str, Field(max_length=4096, description="Directory or file in the image")]
FilePattern = Annotated[
    str,
    Field(max_length=256, description="Glob over the whole tree below path: *.conf, usr/**/python3*"),
]
Offset = Annotated[int, Field(ge=0, description="First byte wanted")]
MaxBytes = Annotated[int, Field(ge=8, le=1_048_576, description="Most bytes wanted")]
OtherImage = Annotated[
    str, Field(min_length=1, max_length=4096, description="The image to compare with; any registry")
]
CompareFiles = Annotated[bool, Field(description="Compare their files, too. Downloads both images")]
DockerfileText = Annotated[str, Field(description="A Dockerfile as text; or name an image")]
OptionalImage = Annotated[
    str, Field(max_length=4096, description="Instead of content: an image, whose Dockerfile is looked for")
]
