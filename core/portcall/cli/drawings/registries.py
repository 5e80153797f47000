"""What each prefix routes to, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.console import Group, RenderableType
from rich.text import Text

from portcall.cli.drawings.table import titled_table
from portcall.render.registries import allowance, common_capabilities
from portcall.render.untrusted import plain_line

if TYPE_CHECKING:
    from portcall.models import RegistryInfo, RegistryList


def registries_drawing(answer: RegistryList) -> RenderableType:
    """Return one row for each prefix; what all of them can is said once, below."""
    common = common_capabilities(answer)
    table = titled_table("PREFIX", "BACKEND", "ENDPOINT", "CREDENTIALS", "CAN ALSO", "STATE")
    for info in answer.registries:
        also = ", ".join(name for name in info.capabilities if name not in common)
        login = Text(plain_line(info.credentials))
        if info.api_credentials:
            login.append(f"\nfor its API: {plain_line(info.api_credentials)}")
        where = Text(info.prefix), info.backend, Text(info.endpoint or "")
        table.add_row(*where, login, Text(plain_line(also)), _state(info))
    rest = Text(f"every other registry: backend {answer.fallback}", "dim")
    if common:
        rest = Text.assemble((f"all can: {plain_line(', '.join(common))}\n", "dim"), rest)
    failed = [Text(f"{item.plugin}: {plain_line(item.reason)}", "red") for item in answer.failed]
    return Group(table, "", rest, *failed)


def _state(info: RegistryInfo) -> Text:
    if info.problem:
        return Text(plain_line(info.problem), "red")
    if not info.reachable:
        return Text("configured" if info.configured else "", "dim")
    state = Text(f"answers in {info.latency or 0:.3f} s", "green")
    if info.rate_limit:
        state.append(f"\n{allowance(info.rate_limit)}", "dim")
    return state
