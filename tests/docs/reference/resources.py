"""``docs/reference/resources.md``: resources, prompts and completions, as a client is told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mcp_types import ResourceTemplateReference, TextContent
from tests.agents.agent import connected
from tests.docs.reference.example import HOST, world
from tests.docs.reference.markdown import block, code, page, plain, table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from mcp.client.client import Client
    from mcp_types import Prompt, Resource, ResourceTemplate

INTRODUCTION = """\
Beside its [tools](tools/index.md) the server has resources, for hosts that attach what an address names;
prompts, for jobs that people give by name; and completions for whoever types one of either."""

RESOURCES = """\
Each is the text that a tool answers with, as Markdown. Slashes in a name stand as they are, or as `%2F`. On the
2026 protocol a client may subscribe to `docker://image/{+name}/{tag}` and hears when the tag moves, and every
answer carries a hint for how long it may be kept: a day where a digest names it, a minute where a tag does,
minutes for a list; never for others where credentials were used."""

PROMPTS = """\
A prompt is the way to do a job in the fewest calls. A step whose tool is not offered (`--toolsets`) is left
out."""

COMPLETIONS = """\
Names are completed in registries that are listed or well known, and tags once the name is there. What cannot be
looked up completes to nothing: no host shows an error to somebody who is still typing. For example, in
`docker://image/`:"""

#: What is filled in, by prompt.
FILLED: dict[str, dict[str, str]] = {
    "choose_base_image": {"purpose": "a Python 3.13 web service"},
    "audit_image": {"image": f"{HOST}/shop/api:1.4.2"},
    "shrink_image": {"image": f"{HOST}/shop/api:1.4.2"},
    "plan_upgrade": {"image": f"{HOST}/shop/gateway:1.4.1"},
}
#: What is typed into an argument, beside what is there already.
TYPED: tuple[tuple[str, str, dict[str, str]], ...] = (
    ("name", "graf", {}),
    ("name", f"{HOST}/shop/", {}),
    ("tag", "1.4", {"name": f"{HOST}/shop/gateway"}),
)


@dataclass(frozen=True, slots=True)
class Offered:
    """What a client is told of."""

    resources: Sequence[Resource]
    templates: Sequence[ResourceTemplate]
    prompts: Sequence[Prompt]
    texts: dict[str, str]
    completed: list[tuple[str, ...]]


async def offered() -> Offered:
    """Ask a server for all of it."""
    with world() as settings:
        async with connected(settings) as agent:
            client = agent.client
            prompts = (await client.list_prompts()).prompts
            return Offered(
                resources=(await client.list_resources()).resources,
                templates=(await client.list_resource_templates()).resource_templates,
                prompts=prompts,
                texts={prompt.name: await _prompt(client, prompt.name) for prompt in prompts},
                completed=[await _completed(client, *typed) for typed in TYPED],
            )


def undocumented(told: Offered) -> list[str]:
    """Return the resources, prompts and arguments that nothing is said of."""
    things: list[Resource | ResourceTemplate | Prompt] = [*told.resources, *told.templates, *told.prompts]
    missing = [thing.name for thing in things if not (thing.title and thing.description)]
    return missing + [
        f"{prompt.name}({argument.name})"
        for prompt in told.prompts
        for argument in prompt.arguments or []
        if not argument.description
    ]


def resources_page(told: Offered) -> str:
    """Return the page."""
    rows = [[code(str(each.uri)), plain(each.description or "")] for each in told.resources]
    rows += [[code(each.uri_template), plain(each.description or "")] for each in told.templates]
    parts = [part for prompt in told.prompts for part in _one(prompt, told.texts[prompt.name])]
    return page(
        "Resources, prompts, completions",
        INTRODUCTION,
        "## Resources",
        RESOURCES,
        table(("address", "what it holds"), sorted(rows)),
        "## Prompts",
        PROMPTS,
        *parts,
        "## Completions",
        COMPLETIONS,
        table(("argument", "typed", "completed"), told.completed),
    )


def _one(prompt: Prompt, text: str) -> list[str]:
    arguments = (
        [code(each.name), "required" if each.required else "", plain(each.description or "")]
        for each in prompt.arguments or []
    )
    given = ", ".join(f'{name}="{value}"' for name, value in FILLED[prompt.name].items())
    return [
        f"### `{prompt.name}` {{ #{prompt.name} }}",
        plain(prompt.description or ""),
        table(("argument", "", "meaning"), arguments),
        f"`{prompt.name}({given})` asks a model:",
        block(text, "markdown"),
    ]


async def _prompt(client: Client, name: str) -> str:
    result = await client.get_prompt(name, FILLED[name])
    return "\n\n".join(part.content.text for part in result.messages if isinstance(part.content, TextContent))


async def _completed(client: Client, argument: str, typed: str, known: dict[str, str]) -> tuple[str, ...]:
    template = ResourceTemplateReference(uri="docker://image/{+name}/{tag}")
    found = (await client.complete(template, {"name": argument, "value": typed}, known or None)).completion
    shown = ", ".join(code(value) for value in found.values[:6])
    return code(argument), code(typed), shown + (" …" if len(found.values) > 6 else "")
