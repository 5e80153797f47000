"""Logs: structured events, through the standard library's loggers.

As a library portcall stays silent like any other: its events go to the loggers ``portcall…``, with their
fields as the record's extras. At the shell and in a server :func:`configure_logging` sends them to stderr,
for people on a terminal and as JSON elsewhere.
"""

from __future__ import annotations

import logging
import sys
from typing import cast

import structlog


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    """Return a logger whose events reach the standard library's logger ``name``, whoever configured it."""
    logger = structlog.wrap_logger(
        logging.getLogger(name),
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.render_to_log_kwargs,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    return cast("structlog.stdlib.BoundLogger", logger)


def configure_logging(level: str = "WARNING") -> None:
    """Send everything that is logged, the libraries' words included, to stderr.

    Args:
        level: The least severe level that is shown, e.g. ``"INFO"``.
    """
    renderer: structlog.typing.Processor
    before: list[structlog.typing.Processor] = [
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.ExtraAdder(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if sys.stderr.isatty():
        # The prettier tracebacks show local variables, and so whatever secret was in one.
        renderer = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    else:
        before.append(structlog.processors.format_exc_info)
        renderer = structlog.processors.JSONRenderer()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer],
            foreign_pre_chain=before,
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)


def show_own_events(level: str) -> None:
    """Show portcall's own events from ``level`` on, and always whose plugins were loaded: they are trusted."""
    logging.getLogger("portcall").setLevel(level.upper())
    plugins = logging.getLogger("portcall.plugins")
    plugins.setLevel(min(logging.INFO, plugins.getEffectiveLevel()))
