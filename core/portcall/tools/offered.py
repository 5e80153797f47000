"""What one gateway offers: portcall's own tools, and those of its plugins."""

from __future__ import annotations

import functools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from portcall.answering import answering
from portcall.errors import PortcallError
from portcall.isolation import LEAVING, failure, isolated
from portcall.logs import get_logger
from portcall.render.untrusted import visible
from portcall.tools.catalog import TOOLS
from portcall.toolspec import ToolSpec

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from portcall.gateway import Portcall
    from portcall.loader.tools import ToolOffer
    from portcall.models import Answer

_log = get_logger("portcall.plugins")

#: Of a text that is longer, no more is looked at: it is over every budget.
_LONGEST_TEXT = 100_000


def offered_tools(portcall: Portcall) -> tuple[ToolSpec, ...]:
    """Return every tool of a gateway: portcall's own, then its plugins' in alphabetical order.

    Those that write are there where the operator allows writing.
    """
    allowed = portcall.settings.server.allow_write
    return tuple(spec for spec in known_tools(portcall) if allowed or not spec.writes)


def known_tools(portcall: Portcall) -> tuple[ToolSpec, ...]:
    """Return every tool that there is, those too that are not allowed."""
    return TOOLS + tuple(_guarded(offer) for offer in portcall.plugins.tools)


def _guarded(offer: ToolOffer) -> ToolSpec:
    """Return a plugin's tool as any other: whatever the plugin does, it answers or raises a PortcallError."""
    told = offer.spec
    words = (told.name, told.title, told.description, told.toolset)
    spec = _PluginSpec(*words, told.method, told.plugin, told.writes)
    wording = _Wording(spec.plugin, offer.tool.render) if offer.tool.render else None

    @functools.wraps(spec.method)
    async def guarded(portcall: Any, /, **arguments: Any) -> Answer:
        async def asked() -> Answer:
            return _sound(await spec.method(portcall, **arguments), spec.answer)

        answer = await isolated(asked, spec.plugin, spec.what)
        return answer.worded_by(wording) if wording else answer

    return replace(spec, method=answering(guarded, tool=spec.name))


class _PluginSpec(ToolSpec):
    """A plugin's tool, whose faults are the plugin's."""

    def checked(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """Return every argument with its value, as the plugin's function takes them.

        Raises:
            InvalidArgumentError: One is unknown, missing, or out of range.
            InternalError: A validator of the plugin's own failed.
        """
        try:
            return super().checked(arguments)
        except (PortcallError, *LEAVING):
            raise
        except BaseException as error:
            raise failure(error, self.plugin, self.what) from error

    @property
    def what(self) -> str:
        """What it is called in messages."""
        return f"its tool {self.name}"


def _sound(answer: object, kind: type[Answer]) -> Answer:
    if not isinstance(answer, kind):
        raise TypeError(f"answered with a {type(answer).__name__} where a {kind.__name__} is due")
    # What cannot be written down is found here, where it is known whose it is.
    answer.model_dump(mode="json", warnings="error")
    return answer


@dataclass
class _Wording:
    """A plugin's own words for its tool's answers, as long as it finds any."""

    plugin: str
    render: Callable[[Any], str]
    has_failed: bool = False

    def __call__(self, answer: Answer) -> str | None:
        """Return the answer's text, nothing in it hidden; ``None`` where the plugin fails."""
        try:
            return visible(self.render(answer), _LONGEST_TEXT)
        except LEAVING:
            raise
        except BaseException as error:  # noqa: BLE001 - the usual words do as well
            tell = _log.debug if self.has_failed else _log.warning
            tell("plugin_render_failed", plugin=self.plugin, exc_info=error)
            self.has_failed = True
            return None
