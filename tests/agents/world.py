"""The world of the twenty tasks: Docker Hub, Quay, GitHub and a company's registry, on loopback."""

from __future__ import annotations

from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from tests.agents.agent import connected
from tests.agents.catalogue import corporate, docker_hub, github, quay
from tests.doubles.ghcr import OCTO_TOKEN

from portcall.settings import RegistrySettings, Settings

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterator
    from pathlib import Path

    from tests.agents.agent import Agent


class World:
    """Four registries, and agents that ask about them.

    Args:
        folder: Where portcall keeps what registries told it, beyond one session.

    Attributes:
        meanwhile: What happens while an agent listens.
    """

    def __init__(self, folder: Path) -> None:
        self.docker_hub, self.quay, self.github, self.corporate = docker_hub(), quay(), github(), corporate()
        self.meanwhile: Callable[[], object] | None = None
        self._cache = {"url": f"disk://{folder}"}
        self._registries: dict[str, RegistrySettings] = {}

    @contextmanager
    def serve(self) -> Iterator[World]:
        """Serve them while the ``with`` block lasts; whatever they are asked has to be known to the real ones."""
        with ExitStack() as stack:
            hub, github = stack.enter_context(self.docker_hub.serve()), stack.enter_context(self.github.serve())
            quay, corporate = (stack.enter_context(one.serve()).url for one in (self.quay, self.corporate))
            ghcr = _entry(endpoint=github.registry.url, api=github.api.url, api_token_env="GITHUB_TOKEN")
            self._registries = {
                "docker.io": _entry(**hub.settings, api=hub.api),
                "quay.io": _entry(endpoint=quay, api=quay),
                "ghcr.io": ghcr.with_secrets(None, SecretStr(OCTO_TOKEN)),
                "registry.corp.example": _entry(endpoint=corporate),
            }
            yield self
        assert (self.docker_hub.violations, self.docker_hub.hostile) == ([], [])
        assert (self.quay.violations, self.quay.hostile) == ([], [])
        assert (self.github.violations, self.github.hostile) == ([], [])

    @asynccontextmanager
    async def agent(self) -> AsyncIterator[Agent]:
        """Connect an agent in a session of its own."""
        settings = {
            "registries": self._registries,
            "cache": self._cache,
            "network": {"proxy": "none"},
            # Whoever listens for a tag shall not wait a minute.
            "server": {"watch_interval": 0.1},
        }
        async with connected(Settings.model_validate(settings)) as agent:
            agent.meanwhile = self.meanwhile
            yield agent


def _entry(**fields: Any) -> RegistrySettings:
    return RegistrySettings.model_validate(fields)
