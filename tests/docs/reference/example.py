"""Examples of every tool: real calls of an MCP client, and what it read."""

from __future__ import annotations

import json
import re
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import SecretStr
from tests.agents.agent import connected
from tests.agents.catalogue import docker_hub, github, quay
from tests.doubles.ghcr import OCTO_TOKEN

from portcall.settings import RegistrySettings, Settings
from portcall.testing import demo_registry

if TYPE_CHECKING:
    from collections.abc import Iterator

#: The demo's registry, as the answers call it.
HOST = "registry.example"

#: Where it is served is another place each time.
_PORT = re.compile(r"(127\.0\.0\.1):\d+")

_COMPOSE = "services:\n  api:\n    image: registry.example/shop/api:1.4.2\n  web:\n    image: nginx:1.27\n"
_DOCKERFILE = """\
FROM registry.example/base/debian:12.5-slim
RUN apt-get update && apt-get install -y curl
COPY . /srv
CMD ["/srv/api"]
"""

#: What is asked, by tool: the demo's registry, or doubles of Docker Hub, Quay and GitHub.
CALLS: dict[str, dict[str, Any]] = {
    "list_registries": {"registry": HOST},
    "search_images": {"query": "redis exporter", "registry": "all", "limit": 5},
    "search_users": {"query": "grafana"},
    "list_repositories": {"namespace": "grafana", "limit": 2},
    "get_repository": {"image_name": "grafana/grafana"},
    "search_tags": {"image_name": f"{HOST}/shop/gateway", "tag_pattern": "version:>=1.4 <1.5"},
    "get_image_details": {"image_name": f"{HOST}/shop/api:1.4", "platform": "linux/arm64"},
    "get_manifest": {"image_name": f"{HOST}/shop/api:1.4.2"},
    "check_images": {"content": _COMPOSE, "suggest_newer": True},
    "compare_images": {"image_a": f"{HOST}/shop/api:1.4.1", "image_b": f"{HOST}/shop/api:1.4.2", "files": True},
    "analyze_layers": {"image_name": f"{HOST}/shop/api:1.4.2", "deep": True},
    "list_files": {"image_name": f"{HOST}/shop/api:1.4.2", "pattern": "*.conf"},
    "read_file": {"image_name": f"{HOST}/shop/api:1.4.2", "path": "/etc/debian_version"},
    "get_dockerfile": {"image_name": f"{HOST}/shop/worker:2.0.0"},
    "search_dockerfiles": {"query": "ffmpeg alpine"},
    "analyze_dockerfile": {"content": _DOCKERFILE},
    "check_base_image": {"image_name": f"{HOST}/shop/api:1.4.2"},
    "get_vulnerabilities": {"image_name": "quay.io/acme/tool:latest", "severity": "high"},
}


@dataclass(frozen=True, slots=True)
class Example:
    """One call, and what an agent read."""

    tool: str
    arguments: dict[str, Any]
    text: str

    @property
    def call(self) -> str:
        """The call, as it might be written."""
        given = ", ".join(f"{name}={_written(value)}" for name, value in self.arguments.items())
        return f"{self.tool}({given})"


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return str(value)
    return (
        f'"""\\\n{value}"""' if isinstance(value, str) and "\n" in value else json.dumps(value, ensure_ascii=False)
    )


async def examples() -> dict[str, Example]:
    """Ask everything, and return what was read, by tool."""
    with world() as settings:
        async with connected(settings) as agent:
            found = {}
            for tool, arguments in CALLS.items():
                answer = await agent.call(tool, **arguments)
                assert not answer.is_error, f"{tool}: {answer.text}"
                found[tool] = Example(tool, arguments, _PORT.sub(r"\1:5000", answer.text))
            return found


@contextmanager
def world() -> Iterator[Settings]:
    """Serve the demo's registry and the doubles; yield a configuration that knows where they are."""
    with ExitStack() as stack:
        hub = stack.enter_context(docker_hub().serve())
        git, theirs = stack.enter_context(github().serve()), stack.enter_context(quay().serve()).url
        demo = stack.enter_context(demo_registry(HOST).serve()).url
        ghcr = _entry(endpoint=git.registry.url, api=git.api.url, api_token_env="GITHUB_TOKEN")
        yield Settings.model_validate(
            {
                "registries": {
                    HOST: _entry(endpoint=demo),
                    "docker.io": _entry(**hub.settings, api=hub.api),
                    "quay.io": _entry(endpoint=theirs, api=theirs),
                    "ghcr.io": ghcr.with_secrets(None, SecretStr(OCTO_TOKEN)),
                },
                "network": {"proxy": "none"},
            }
        )


def _entry(**fields: Any) -> RegistrySettings:
    return RegistrySettings.model_validate(fields)
