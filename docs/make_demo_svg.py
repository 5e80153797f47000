"""Draw ``docs/demo.svg``, the README's picture of what ``portcall demo`` prints."""

from __future__ import annotations

import asyncio
import io
from pathlib import Path

from rich.console import Console

from portcall.demo.session import run_demo

#: How many of the demonstration's questions fit into a picture.
SHOWN = (1, 3, 4)

if __name__ == "__main__":
    console = Console(record=True, width=104, file=io.StringIO(), force_terminal=True, highlight=False)
    asyncio.run(run_demo(console, SHOWN))
    target = Path(__file__).with_name("demo.svg")
    target.write_text(console.export_svg(title="portcall demo"), encoding="utf-8")
