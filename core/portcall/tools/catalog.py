"""Every tool that portcall offers."""

from __future__ import annotations

from portcall.errors import InvalidArgumentError
from portcall.gateway import Portcall
from portcall.tools.spec import ToolSpec

TOOLS: tuple[ToolSpec, ...] = (
    ToolSpec(
        name="list_registries",
        title="List registries",
        description="Which container registries can be asked, what each can do, and with whose credentials.",
        toolset="discovery",
        method=Portcall.list_registries,
    ),
    ToolSpec(
        name="search_tags",
        title="Search tags",
        description=(
            "Tags of an image repository, newest version first, with newest_stable. "
            "With a tag or digest in image_name: the other tags of that same image."
        ),
        toolset="inspect",
        method=Portcall.search_tags,
    ),
    ToolSpec(
        name="get_image_details",
        title="Image details",
        description=(
            "One image without pulling it: digest to pin, platforms, size, layers with their build commands, "
            "entrypoint, user, env, ports, labels."
        ),
        toolset="inspect",
        method=Portcall.get_image_details,
    ),
    ToolSpec(
        name="get_manifest",
        title="Manifest",
        description="The raw manifest or index of an image or artifact as JSON, its digest verified.",
        toolset="inspect",
        method=Portcall.get_manifest,
    ),
    ToolSpec(
        name="check_images",
        title="Check images",
        description=(
            "Whether up to 50 images exist, with digest and platforms, or why not and what was probably meant. "
            "Give references, or a Dockerfile, compose file or Kubernetes YAML as content."
        ),
        toolset="inspect",
        method=Portcall.check_images,
    ),
)


def tool_named(name: str) -> ToolSpec:
    """Return the tool of that name.

    Raises:
        InvalidArgumentError: There is none; near names are the candidates.
    """
    import difflib

    for tool in TOOLS:
        if tool.name == name:
            return tool
    names = [tool.name for tool in TOOLS]
    raise InvalidArgumentError(
        "there is no tool of that name",
        hint=f"The tools are {', '.join(names)}.",
        candidates=difflib.get_close_matches(name[:100], names, n=3, cutoff=0.5),
    )
