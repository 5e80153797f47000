"""What each prefix routes to, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from portcall.cli.drawings.table import filled_table, told
from portcall.render.registries import allowance, common_capabilities

if TYPE_CHECKING:
    from collections.abc import Collection

    from portcall.models import RegistryInfo, RegistryList

_TITLES = ("PREFIX", "BACKEND", "ENDPOINT", "CREDENTIALS", "CAN ALSO", "STATE")


def registries_drawing(answer: RegistryList) -> RenderableType:
    """Return one row for each prefix; what all of them can is said once, below."""
    common = common_capabilities(answer)
    table = filled_table(_TITLES, [_row(info, common) for info in answer.registries])
    rest = told(f"every other registry: backend {answer.fallback}", "dim")
    if common:
        rest = Text.assemble(told(f"all can: {', '.join(common)}", "dim"), "\n", rest)
    failed = [told(f"{item.plugin}: {item.reason}", "red", 400) for item in answer.failed]
    return Group(table, "", rest, *failed)


def _row(info: RegistryInfo, common: Collection[str]) -> list[Text]:
    also = ", ".join(name for name in info.capabilities if name not in common)
    login = told(info.credentials)
    if info.api_credentials:
        login.append("\n").append(told(f"for its API: {info.api_credentials}"))
    return [told(info.prefix), told(info.backend), told(info.endpoint), login, told(also), _state(info)]


def _state(info: RegistryInfo) -> Text:
    if info.problem:
        return told(info.problem, "red")
    if not info.reachable:
        return Text("configured" if info.configured else "", "dim")
    state = Text(f"answers in {info.latency or 0:.3f} s", "green")
    if info.rate_limit:
        state.append("\n").append(told(allowance(info.rate_limit), "dim"))
    return state
