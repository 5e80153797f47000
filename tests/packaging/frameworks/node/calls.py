"""One good and one bad call of every tool, before the registries of the twenty tasks."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tests.doubles.ghcr import OCTO_TOKEN

if TYPE_CHECKING:
    from tests.agents.world import World

_APP = {"image_name": "ghcr.io/acme/app:v1.5.0"}
_MISSING = {"image_name": "ghcr.io/acme/app:v9"}

#: By tool: arguments that are answered, arguments that are not, and why not.
CALLS: dict[str, tuple[dict[str, Any], dict[str, Any], str]] = {
    "list_registries": ({"registry": "docker.io", "probe": True}, {"registry": "Not A Host"}, "invalid_reference"),
    "search_images": ({"query": "redis exporter", "registry": "all"}, {"query": ""}, "invalid_argument"),
    "search_users": ({"query": "grafana"}, {"query": ""}, "invalid_argument"),
    "list_repositories": ({"namespace": "grafana"}, {"namespace": "nobody-at-all"}, "not_found"),
    "get_repository": ({"image_name": "nginx", "readme": True}, {"image_name": "grafana/nothing"}, "not_found"),
    "search_tags": ({"image_name": "nginx"}, {"image_name": "ngnix"}, "not_found"),
    "get_image_details": (_APP, {"image_name": "NGINX"}, "invalid_reference"),
    "get_manifest": (_APP, _MISSING, "not_found"),
    "check_images": ({"images": ["nginx", "nginx:9"], "suggest_newer": True}, {}, "invalid_argument"),
    "compare_images": (
        {"image_a": "ghcr.io/acme/app:v1.4.2", "image_b": "ghcr.io/acme/app:v1.5.0", "files": True},
        {"image_a": "nginx", "image_b": "nginx:9"},
        "not_found",
    ),
    "analyze_layers": ({**_APP, "deep": True}, _MISSING, "not_found"),
    "list_files": ({**_APP, "pattern": "**/bin/*sh"}, {**_APP, "path": "/nowhere"}, "not_found"),
    "read_file": ({**_APP, "path": "/etc/os-release"}, {**_APP, "path": "/nowhere"}, "not_found"),
    "get_dockerfile": (_APP, _MISSING, "not_found"),
    "search_dockerfiles": ({"query": "ffmpeg alpine"}, {"query": "ffmpeg", "registry": "quay.io"}, "unsupported"),
    "analyze_dockerfile": ({"content": "FROM nginx:1.27\nFROM redis:6\n"}, {}, "invalid_argument"),
    "check_base_image": ({"image_name": "registry.corp.example/team/api:prod"}, _MISSING, "not_found"),
    "get_vulnerabilities": ({"image_name": "quay.io/acme/tool:latest"}, {"image_name": "nginx"}, "unsupported"),
}


def variables(world: World) -> dict[str, str]:
    """Return the configuration with which a process of its own asks a world that is served."""
    registries = {
        name: entry.model_dump(mode="json", exclude_unset=True) for name, entry in world._registries.items()
    }
    return {
        "PORTCALL_REGISTRIES": json.dumps(registries),
        "PORTCALL_NETWORK__PROXY": "none",
        "GITHUB_TOKEN": OCTO_TOKEN,
    }
