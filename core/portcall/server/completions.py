"""Completions: what somebody may go on with who fills in a prompt's argument or a resource's address."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

from mcp_types import Completion, PromptReference

from portcall.gateway.completion import Completed
from portcall.server.absent import no_such
from portcall.server.resources import DOCKERFILE, TAGS
from portcall.server.subscriptions.address import TEMPLATE as IMAGE

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from mcp_types import CompletionArgument, CompletionContext, ResourceTemplateReference

    from portcall.gateway import Portcall
    from portcall.server.prompts import PromptSpec

#: Most values that the protocol lets an answer hold.
_MOST = 100
_NOTHING = Completed()
#: The templates in which a name, and after it a tag, can be completed. Words to search for cannot.
_BY_NAME = frozenset({IMAGE, DOCKERFILE, TAGS})
#: A slash in an address's name, where somebody writes it so.
_SLASH = "%2F"


class Completions:
    """Completes arguments, as whoever asks may see what there is.

    What cannot be looked up completes to nothing: no host shows an error to somebody who is still typing. The
    gateway notes it in the log.

    Args:
        gateway: The gateway as the caller at hand has it.
        tools: The tools that are offered: what none of them lists is not completed either.
        prompts: Those that are offered, by name.
        listed: Returns what a client may ask about: the names of prompts, and the resources' templates.
    """

    def __init__(
        self,
        gateway: Callable[[], Portcall],
        tools: Collection[str],
        prompts: Mapping[str, PromptSpec],
        listed: Callable[[], Awaitable[Collection[str]]],
    ) -> None:
        self._gateway = gateway
        self._lists_names = not {"search_images", "list_repositories"}.isdisjoint(tools)
        self._lists_tags = "search_tags" in tools
        self._prompts = prompts
        self._listed = listed

    async def complete(
        self,
        ref: PromptReference | ResourceTemplateReference,
        argument: CompletionArgument,
        context: CompletionContext | None,
    ) -> Completion:
        """Return the values that begin with what was typed.

        Raises:
            MCPError: There is no such prompt, or template.
        """
        known = (context.arguments if context else None) or {}
        name = ref.name if isinstance(ref, PromptReference) else ref.uri
        listed = await self._listed()
        if name not in listed:
            kind = isinstance(ref, PromptReference)
            names = [each for each in listed if ("://" in each) is not kind]
            raise no_such("there is nothing of that name here to complete", "These can be", name, names)
        if isinstance(ref, PromptReference):
            found = await self._of_prompt(name, argument, known)
        else:
            found = await self._of_template(name, argument, known)
        return Completion(
            values=list(found.values[:_MOST]),
            total=found.total,
            has_more=found.has_more or len(found.values) > _MOST,
        )

    async def _of_template(self, uri: str, argument: CompletionArgument, known: Mapping[str, str]) -> Completed:
        if uri in _BY_NAME and argument.name == "name":
            return await self._escaped_name(argument.value)
        if uri in _BY_NAME and argument.name == "tag" and known.get("name"):
            return await self._tag(unquote(known["name"]), argument.value)
        return _NOTHING

    async def _of_prompt(self, name: str, argument: CompletionArgument, known: Mapping[str, str]) -> Completed:
        fields = self._prompts[name].fields if name in self._prompts else ()
        kind = next((each.kind for each in fields if each.name == argument.name), None)
        if kind == "image":
            return await self._image(argument.value)
        if kind == "tag" and known.get("image"):
            return await self._tag(known["image"], argument.value)
        return _NOTHING

    async def _image(self, typed: str) -> Completed:
        """Return what completes a whole reference: its name, and from the colon on its tag."""
        path, slash, last = typed.rpartition("/")
        name, colon, tag = last.partition(":")
        if not colon:
            return await self._name(typed)
        image = f"{path}{slash}{name}"
        return (await self._tag(image, tag)).prefixed_by(f"{image}:")

    async def _escaped_name(self, typed: str) -> Completed:
        """Return what completes a name in an address: its slashes as whoever types writes them."""
        if _SLASH not in typed.upper():
            return await self._name(typed)
        found = await self._name(unquote(typed))
        return replace(found, values=tuple(value.replace("/", _SLASH) for value in found.values))

    async def _name(self, typed: str) -> Completed:
        if not self._lists_names:
            return self._gateway().complete_registry(typed)
        return await self._gateway().complete_name(typed)

    async def _tag(self, image: str, typed: str) -> Completed:
        return await self._gateway().complete_tag(image, typed) if self._lists_tags else _NOTHING
