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
        description="nginx:1.27, ghcr.io/org/app@sha256:…",
    ),
]
RepositoryName = Annotated[str, Field(min_length=1, max_length=4096, description="nginx, ghcr.io/org/app")]
TagArgument = Annotated[str, Field(max_length=256, description="Tag or digest")]
PlatformArgument = Annotated[str, Field(max_length=128, description="linux/arm64")]
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
# Without words: names, defaults and bounds say all, in every second tool.
Limit = Annotated[int, Field(ge=1, le=1000)]
Cursor = Annotated[str, Field(max_length=8192, description="next_cursor")]
ImageList = Annotated[
    list[Annotated[str, Field(max_length=4096)]],
    Field(max_length=50, description="References"),
    BeforeValidator(_unpacked),
]
Content = Annotated[
    str,
    Field(description="Or a Dockerfile, compose file or Kubernetes YAML as text"),
]
Query = Annotated[str, Field(min_length=1, max_length=256)]
Namespace = Annotated[
    str, Field(max_length=256, description="User, organisation or project; none: all, where told")
]
Severity = Annotated[
    str,
    Field(json_schema_extra={"enum": [*SEVERITIES]}, description="The mildest to list"),
]
RegistryName = Annotated[str, Field(min_length=1, max_length=256, description="quay.io, ghcr.io, …")]
SourceRegistry = Annotated[str, Field(min_length=1, max_length=256, description="ghcr.io: public code on GitHub")]
RegistriesArgument = Annotated[
    str, Field(min_length=1, max_length=1024, description="quay.io; all; several, by commas")
]
Readme = Annotated[bool, Field(description="With its README")]
RegistryArgument = Annotated[str, Field(max_length=256, description="Only this one")]
Probe = Annotated[bool, Field(description="Ask whether each answers")]
SuggestNewer = Annotated[bool, Field(description="Name newer versions")]
Deep = Annotated[bool, Field(description="Look inside each layer; downloads them")]
FilePath = Annotated[str, Field(max_length=4096, description="/etc/os-release")]
FolderPath = Annotated[str, Field(max_length=4096, description="Directory or file")]
FilePattern = Annotated[
    str,
    Field(max_length=256, description="Glob over the tree below path: *.conf, usr/**/python3*"),
]
Offset = Annotated[int, Field(ge=0, description="next_offset, to go on")]
MaxBytes = Annotated[int, Field(ge=8, le=1_048_576)]
OtherImage = Annotated[str, Field(min_length=1, max_length=4096, description="The other one")]
CompareFiles = Annotated[bool, Field(description="Compare their files, too; downloads both")]
DockerfileText = Annotated[str, Field(description="A Dockerfile as text")]
OptionalImage = Annotated[str, Field(max_length=4096, description="Or an image that has one")]
