"""A tool that a plugin adds, as its author writes it down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from portcall.models import Answer

#: The toolset that plugins' tools are in: ``portcall serve --toolsets plugins``.
TOOLSET = "plugins"

#: Names that are portcall's own, those of tools to come among them: a new version renames no plugin's tool.
RESERVED = frozenset(
    {
        *("list_registries", "search_images", "search_users", "list_repositories", "get_repository"),
        *("search_tags", "get_image_details", "get_manifest", "check_images", "compare_images"),
        *("analyze_layers", "list_files", "read_file"),
        *("get_dockerfile", "search_dockerfiles", "analyze_dockerfile"),
        *("check_base_image", "get_vulnerabilities", "list_referrers", "get_attestation", "verify_signature"),
        *("copy_image", "tag_image", "delete_tag"),
    }
)


@dataclass(frozen=True, slots=True)
class PluginTool:
    """A tool beside portcall's own: it reads, and changes nothing anywhere, unless it says that it does.

    It is listed with ``readOnlyHint``, so hosts may call it without asking a person. Its arguments are checked
    against the signature, unknown ones refused; it has the time that ``network.timeout`` gives, a line in the log,
    and both forms of every answer, which are cut to what a model can read.

    Args:
        name: What it is called by, in ``snake_case``, 64 characters at most. Where portcall or another plugin
            has a tool of that name, it is offered as ``{distribution}_{name}``.
        title: For people, 100 characters at most.
        description: For the model that chooses, 1,000 characters at most.
        function: ``async def projects(portcall, registry: str, limit: int = 10) -> Projects``. The first
            parameter is the :class:`portcall.Portcall` that asks: ``await portcall.backend(registry)`` is a
            registry's backend. Every other one is an argument, its annotation (``Annotated[int, Field(ge=1)]``)
            the schema: a text, a number, a boolean, or a list of these. One called ``progress`` is none: it takes
            a :class:`portcall.plugin.Progress` to tell of long work, or ``None``. The answer is a subclass of
            :class:`portcall.models.Answer`, its lists tuples; or of :class:`portcall.models.Page`, which is cut
            row by row. What it raises is a :class:`portcall.errors.PortcallError`; everything else is
            ``internal``, and names the plugin.
        render: The answer as Markdown, other people's words in it by ``portcall.plugin.code``, or by ``visible``
            within ``fenced``. Without it, and where it fails, the answer is shown as JSON in a fence.
        writes: Whether it changes something. Then it is listed as destructive, offered only where the operator
            allows writing (``--allow-write``), and over HTTP to callers with the scope ``write`` alone.
    """

    name: str
    title: str
    description: str
    function: Callable[..., Coroutine[Any, Any, Answer]]
    render: Callable[[Any], str] | None = None
    writes: bool = False
