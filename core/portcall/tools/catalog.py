"""Every tool that portcall offers."""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

from portcall.errors import InvalidArgumentError
from portcall.gateway import Portcall
from portcall.toolspec import ToolSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

TOOLS: tuple[ToolSpec, ...] = (
    ToolSpec(
        name="list_registries",
        title="List registries",
        description="The registries that are known here, with whose credentials, and whether they answer.",
        toolset="discovery",
        method=Portcall.list_registries,
    ),
    ToolSpec(
        name="search_images",
        title="Search images",
        description="Images by words, in one registry, several, or all of them: what each is for, stars, pulls.",
        toolset="discovery",
        method=Portcall.search_images,
    ),
    ToolSpec(
        name="search_users",
        title="Search users",
        description="Users and organisations of a registry by name, and publishers of matching images.",
        toolset="discovery",
        method=Portcall.search_users,
    ),
    ToolSpec(
        name="list_repositories",
        title="List repositories",
        description="The repositories of one user, organisation or project.",
        toolset="discovery",
        method=Portcall.list_repositories,
    ),
    ToolSpec(
        name="get_repository",
        title="Repository",
        description="What a registry tells of one repository: description, stars, pulls, dates, README on demand.",
        toolset="discovery",
        method=Portcall.get_repository,
    ),
    ToolSpec(
        name="search_tags",
        title="Search tags",
        description=(
            "An image's tags, newest version first, and the newest stable one. With a tag or digest in "
            "image_name: the tags that are that same image, and so the full version of a short tag."
        ),
        toolset="inspect",
        method=Portcall.search_tags,
    ),
    ToolSpec(
        name="get_image_details",
        title="Image details",
        description=(
            "One image, without pulling it: reference pinned by digest, platforms, created, user, entrypoint, "
            "ports, env, labels, base image, layers with size and build command."
        ),
        toolset="inspect",
        method=Portcall.get_image_details,
    ),
    ToolSpec(
        name="get_manifest",
        title="Manifest",
        description="The raw manifest or index of an image or artifact, as JSON, checked against its digest.",
        toolset="inspect",
        method=Portcall.get_manifest,
    ),
    ToolSpec(
        name="check_images",
        title="Check images",
        description=(
            "Whether up to 50 images exist, for a platform if you name one: digests, newer versions, and for the "
            "missing what was probably meant. Use it before writing references into files."
        ),
        toolset="inspect",
        method=Portcall.check_images,
    ),
    ToolSpec(
        name="compare_images",
        title="Compare images",
        description=(
            "What changed between two images or tags: platforms, layers, config, env, labels, build steps; "
            "files=true: every file."
        ),
        toolset="inspect",
        method=Portcall.compare_images,
    ),
    ToolSpec(
        name="analyze_layers",
        title="Layers",
        description=(
            "Why an image is large: each layer's size and build step; deep: wasted space, caches left behind, "
            "largest files."
        ),
        toolset="content",
        method=Portcall.analyze_layers,
    ),
    ToolSpec(
        name="list_files",
        title="List files",
        description="Files inside an image, as a container sees them: a directory, or a glob over the whole tree.",
        toolset="content",
        method=Portcall.list_files,
    ),
    ToolSpec(
        name="read_file",
        title="Read a file",
        description="One file inside an image, without pulling it; links are followed, long ones come in parts.",
        toolset="content",
        method=Portcall.read_file,
    ),
    ToolSpec(
        name="get_dockerfile",
        title="Dockerfile",
        description=(
            "The Dockerfile of an image: from provenance, else its source repository, else rebuilt from history; "
            "origin and exact say which."
        ),
        toolset="dockerfile",
        method=Portcall.get_dockerfile,
    ),
    ToolSpec(
        name="search_dockerfiles",
        title="Search Dockerfiles",
        description="Dockerfiles where a registry's images have their sources (GitHub for ghcr.io), by words.",
        toolset="dockerfile",
        method=Portcall.search_dockerfiles,
    ),
    ToolSpec(
        name="analyze_dockerfile",
        title="Review a Dockerfile",
        description=(
            "Review a Dockerfile, given as text or found for an image: whether its bases exist, are pinned, have "
            "newer versions; user, ports, secrets, package hygiene."
        ),
        toolset="dockerfile",
        method=Portcall.analyze_dockerfile,
    ),
    ToolSpec(
        name="check_base_image",
        title="Base image",
        description="What an image was built on, how that is known, and whether the base has moved on since.",
        toolset="supply-chain",
        method=Portcall.check_base_image,
    ),
    ToolSpec(
        name="get_vulnerabilities",
        title="Vulnerabilities",
        description=(
            "Known vulnerabilities in an image, where its registry has a scanner of its own: severity, package, "
            "the version that fixes it."
        ),
        toolset="supply-chain",
        method=Portcall.get_vulnerabilities,
    ),
)


def tool_named(name: str, tools: Sequence[ToolSpec] = TOOLS) -> ToolSpec:
    """Return the tool of that name, out of those that are offered.

    Raises:
        InvalidArgumentError: There is none; near names are the candidates.
    """
    for tool in tools:
        if tool.name == name:
            return tool
    names = [tool.name for tool in tools]
    raise InvalidArgumentError(
        "there is no tool of that name here",
        hint=f"The tools are {', '.join(names)}.",
        candidates=difflib.get_close_matches(name[:100], names, n=3, cutoff=0.5),
    )
