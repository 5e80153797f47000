"""The shell's door: typer and rich, loaded only when somebody is at the shell."""

from __future__ import annotations


def main() -> None:
    """Run ``portcall`` with the process's arguments, and exit with its status."""
    from portcall.cli.app import app

    app(prog_name="portcall")
