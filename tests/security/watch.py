"""Looks for secrets wherever portcall says something."""

from __future__ import annotations

import base64
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from tests.core.http.asking import PASSWORD, USER

from portcall.errors import PortcallError
from portcall.render import fitted, fitted_error
from portcall.tools import TOOLS

if TYPE_CHECKING:
    import logging
    from collections.abc import Iterator, Sequence

    from portcall import Portcall
    from portcall.models import Answer
    from portcall.testing import FakeRegistry

BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@dataclass(frozen=True)
class Outcome:
    """What a tool came to: an answer, or an error."""

    answer: Any = None
    error: PortcallError | None = None

    @property
    def code(self) -> str:
        """The error's code; ``"ok"`` for an answer."""
        return self.error.code if self.error else "ok"

    @property
    def said(self) -> str:
        """All that whoever asked can read: text, JSON, ``str``, ``repr``, and an error's traceback."""
        if self.error is None:
            return "\n".join((repr(self.answer), *_forms(self.answer)))
        trace = "".join(traceback.format_exception(self.error))
        return "\n".join((str(self.error), repr(self.error), *map(str, fitted_error(self.error)), trace))


class Watch:
    """Asks as an agent does, and remembers what was said, so that it can be searched for secrets.

    Attributes:
        secrets: What must be read nowhere: Ada's password, and whatever a test adds.
    """

    def __init__(self) -> None:
        self.secrets = {PASSWORD, BASIC, quote(BASIC, safe="")}
        self._registries: list[FakeRegistry] = []
        self._outcomes: list[Outcome] = []

    def over(self, *registries: FakeRegistry) -> None:
        """Count as secret every token that reaches these registries."""
        self._registries += registries

    async def ask(self, gateway: Portcall, tool: str, **arguments: Any) -> Outcome:
        """Call a tool with an agent's arguments."""
        (spec,) = (each for each in TOOLS if each.name == tool)
        try:
            outcome = Outcome(answer=await spec.run(gateway, arguments))
        except PortcallError as error:
            outcome = Outcome(error=error)
        self._outcomes.append(outcome)
        return outcome

    async def ask_everything(self, gateway: Portcall, image: str) -> dict[str, Outcome]:
        """Call every tool that takes an image, about this one."""
        return {
            "get_image_details": await self.ask(gateway, "get_image_details", image_name=image),
            "get_manifest": await self.ask(gateway, "get_manifest", image_name=image),
            "search_tags": await self.ask(gateway, "search_tags", image_name=image),
            "check_images": await self.ask(gateway, "check_images", images=[image], suggest_newer=True),
        }

    async def look_inside(
        self, gateway: Portcall, image: str, path: str = "/etc/os-release", other: str = "", *, review: bool = True
    ) -> dict[str, Outcome]:
        """Call every tool that looks into an image, about this one.

        Args:
            gateway: Whom to ask.
            image: The image.
            path: The file to read.
            other: What to compare it with; by default itself.
            review: Whether its Dockerfile is reviewed, too.
        """
        two = {"image_a": image, "image_b": other or image}
        told = {
            "read_file": await self.ask(gateway, "read_file", image_name=image, path=path),
            "list_files": await self.ask(gateway, "list_files", image_name=image, pattern="**", limit=1000),
            "analyze_layers": await self.ask(gateway, "analyze_layers", image_name=image, deep=True),
            "compare_images": await self.ask(gateway, "compare_images", **two, files=True),
            "get_dockerfile": await self.ask(gateway, "get_dockerfile", image_name=image),
            "check_base_image": await self.ask(gateway, "check_base_image", image_name=image),
        }
        if review:
            told["analyze_dockerfile"] = await self.ask(gateway, "analyze_dockerfile", image_name=image)
        return told

    def leaks(self, records: Sequence[logging.LogRecord], printed: str) -> list[str]:
        """Return where a secret can be read."""
        told = [("an answer or error", outcome.said) for outcome in self._outcomes]
        told += [("the log", text) for text in _logged(records)]
        told.append(("the output", printed))
        secrets = self.secrets | {secret for registry in self._registries for secret in _received(registry)}
        return [f"{where}: {secret[:12]}…" for where, text in told for secret in secrets if secret in text]


def _forms(answer: Answer) -> Iterator[str]:
    yield answer.model_dump_json()
    try:
        yield from map(str, fitted(answer))
    except PortcallError as error:
        yield from map(str, fitted_error(error))


def _received(registry: FakeRegistry) -> Iterator[str]:
    """Yield what stood in the Authorization headers."""
    for request in list(registry.requests):
        if request.authorization:
            yield request.authorization.partition(" ")[2]


def _logged(records: Sequence[logging.LogRecord]) -> Iterator[str]:
    for record in records:
        yield f"{record.getMessage()} {record.__dict__}"
        if record.exc_info:
            yield "".join(traceback.format_exception(*record.exc_info))
