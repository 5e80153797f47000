"""The fixtures of the MCP door."""

from tests.agents.fixtures import (  # noqa: F401 - pytest finds fixtures by name
    agent,
    anyio_backend,
    demo,
    demo_agent,
    fake,
    fake_agent,
    registries,
)
