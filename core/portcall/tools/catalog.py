"""Every tool that portcall offers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.errors import InvalidArgumentError
from portcall.gateway import Portcall
from portcall.tools.near import near_tools
from portcall.toolspec import ToolSpec

if TYPE_CHECKING:
    from collections.abc import Sequence

TOOLS: tuple[ToolSpec, ...] = (
    ToolSpec(
        name="list_registries",
        title="List registries",
        description=(
            "The registries known here, and with whose credentials each is asked; with probe=true whether it "
            "answers, and how many pulls are left."
        ),
        toolset="discovery",
        method=Portcall.list_registries,
    ),
    ToolSpec(
        name="search_images",
        title="Search images",
        description="Find images by words, in one registry, several or all: purpose, publisher, stars, pulls.",
        toolset="discovery",
        method=Portcall.search_images,
    ),
    ToolSpec(
        name="search_users",
        title="Search users",
        description="Find users and organisations of a registry by name.",
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
        description="A repository: description, stars, pulls, dates; its README on demand.",
        toolset="discovery",
        method=Portcall.get_repository,
    ),
    ToolSpec(
        name="search_tags",
        title="Search tags",
        description=(
            "An image's tags, newest version first, and the newest stable one. With a tag or digest in "
            "image_name: all tags of that very image, and so the full version of a short tag."
        ),
        toolset="inspect",
        method=Portcall.search_tags,
    ),
    ToolSpec(
        name="get_image_details",
        title="Image details",
        description=(
            "One image, without pulling it: reference pinned by digest, platforms, size, date, user, "
            "entrypoint, ports, env, labels, layers and their build steps."
        ),
        toolset="inspect",
        method=Portcall.get_image_details,
    ),
    ToolSpec(
        name="get_manifest",
        title="Manifest",
        description="The raw manifest or index of an image or artifact, as JSON, its digest checked.",
        toolset="inspect",
        method=Portcall.get_manifest,
    ),
    ToolSpec(
        name="check_images",
        title="Check images",
        description=(
            "Whether up to 50 images exist, on a platform if you name one: digests, newer versions, and for a "
            "missing one what was probably meant. Use it before writing references into files."
        ),
        toolset="inspect",
        method=Portcall.check_images,
    ),
    ToolSpec(
        name="compare_images",
        title="Compare images",
        description=(
            "Whether two images or tags are the same, and what differs: platforms, layers, config, env, labels, "
            "build steps; with files=true every file."
        ),
        toolset="inspect",
        method=Portcall.compare_images,
    ),
    ToolSpec(
        name="analyze_layers",
        title="Layers",
        description=(
            "Why an image is large: size and build step of each layer; with deep=true wasted space, caches "
            "left behind, largest files."
        ),
        toolset="content",
        method=Portcall.analyze_layers,
    ),
    ToolSpec(
        name="list_files",
        title="List files",
        description="Files inside an image, as a container sees them: a directory, or a glob over the tree.",
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
            "The Dockerfile of an image: from provenance or its source repository, else rebuilt from history; "
            "the answer says which."
        ),
        toolset="dockerfile",
        method=Portcall.get_dockerfile,
    ),
    ToolSpec(
        name="search_dockerfiles",
        title="Search Dockerfiles",
        description="Find Dockerfiles by words in public source code.",
        toolset="dockerfile",
        method=Portcall.search_dockerfiles,
    ),
    ToolSpec(
        name="analyze_dockerfile",
        title="Review a Dockerfile",
        description=(
            "Review a Dockerfile, given as text or an image's own: do its bases exist, are they pinned, is "
            "something newer out; user, ports, secrets, package hygiene."
        ),
        toolset="dockerfile",
        method=Portcall.analyze_dockerfile,
    ),
    ToolSpec(
        name="check_base_image",
        title="Base image",
        description="What an image was built on, how that is known, and whether that base has been updated since.",
        toolset="supply-chain",
        method=Portcall.check_base_image,
    ),
    ToolSpec(
        name="get_vulnerabilities",
        title="Vulnerabilities",
        description=(
            "Known vulnerabilities (CVEs) of an image, where its registry has a scanner: severity, package, "
            "fixed version."
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
        candidates=near_tools(name, names),
    )
