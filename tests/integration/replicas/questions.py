"""What clients ask under load, each question with the answer that is right."""

from __future__ import annotations

import random
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.integration.replicas.catalogue import MOVING, TAGS
from tests.testbed.stdio import text_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mcp.client.client import Client
    from mcp_types import CallToolResult
    from tests.integration.replicas.catalogue import Shelf


class RefusedError(Exception):
    """A tool answered with an error, where there was none to tell."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Args:
        kind: Which kind it is of.
        is_right: Tells whether an answer is.
        tool: Whom it is for; a resource is read where there is none.
        arguments: The tool's; ``uri`` of the resource.
    """

    kind: str
    is_right: Callable[[Any], bool]
    tool: str
    arguments: dict[str, Any]

    async def ask(self, client: Client) -> Any:
        """Return the answer.

        Raises:
            RefusedError: It was an error.
        """
        if not self.tool:
            return (await client.read_resource(self.arguments["uri"])).contents[0].text
        answer: CallToolResult = await client.call_tool(self.tool, self.arguments)
        if answer.is_error:
            raise RefusedError(text_of(answer))
        return answer.structured_content


def questions(shelf: Shelf, chance: random.Random) -> Iterator[Question]:
    """Yield questions about one client's images, for ever."""
    kinds = (_details, _manifest, _file, _tags, _checks, _page)
    while True:
        yield chance.choice(kinds)(shelf, chance.choice(TAGS))


def _details(shelf: Shelf, tag: str) -> Question:
    def is_right(answer: Any) -> bool:
        said = shelf.content(tag)
        return bool(answer["digest"] == shelf.image(tag).digest and answer["labels"] == {"said": said})

    return Question("details", is_right, "get_image_details", {"image_name": f"{shelf.name}:{tag}"})


def _manifest(shelf: Shelf, tag: str) -> Question:
    document = shelf.image(tag).document
    return Question(
        "manifest",
        lambda answer: bool(answer["manifest"] == document),
        "get_manifest",
        {"image_name": f"{shelf.name}:{tag}"},
    )


def _file(shelf: Shelf, tag: str) -> Question:
    return Question(
        "file",
        lambda answer: bool(answer["content"] == shelf.content(tag)),
        "read_file",
        {"image_name": f"{shelf.name}:{tag}", "path": "/etc/motd"},
    )


def _tags(shelf: Shelf, _tag: str) -> Question:
    return Question(
        "tags",
        lambda answer: {each["name"] for each in answer["tags"]} == {*TAGS, MOVING},
        "search_tags",
        {"image_name": shelf.name},
    )


def _checks(shelf: Shelf, tag: str) -> Question:
    absent = f"{shelf.name}:9.9"

    def is_right(answer: Any) -> bool:
        there, away = answer["checks"]
        return bool(there["exists"] and there["digest"] == shelf.image(tag).digest and away["exists"] is False)

    return Question("checks", is_right, "check_images", {"images": [f"{shelf.name}:{tag}", absent]})


def _page(shelf: Shelf, tag: str) -> Question:
    return Question(
        "page",
        lambda text: shelf.image(tag).digest in text and f"{shelf.name}:{tag}" in text,
        "",
        {"uri": f"docker://image/{shelf.name}/{tag}"},
    )
