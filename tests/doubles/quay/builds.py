"""What Quay built itself: where the Dockerfile was, and never what stands in it.

Source: q: endpoints/api/build.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.quay.call import Call
    from tests.doubles.quay.site import Site

    from portcall.testing import Reply


def build(
    number: int, *, tags: list[str], started: str, dockerfile: str, source: str, service: str = "github"
) -> dict[str, Any]:
    """Return a finished build of a GitHub repository, with everything that a writer would see."""
    uuid = f"00000000-0000-4000-8000-{number:012d}"
    return {
        "id": uuid,
        "phase": "complete",
        "started": started,
        "display_name": uuid[-7:],
        "status": {},
        "subdirectory": dockerfile,
        "dockerfile_path": dockerfile,
        "context": "/",
        "tags": tags,
        "manual_user": None,
        "is_writer": False,
        "trigger": {
            "id": uuid,
            "service": service,
            "is_active": True,
            "build_source": source,
            "repository_url": f"https://github.com/{source}",
            "config": {},
            "can_invoke": False,
            "enabled": True,
            "disabled_reason": None,
        },
        "trigger_metadata": {"commit": f"{number:040x}", "ref": "refs/heads/main"},
        "resource_key": None,
        "pull_robot": None,
        "repository": {},
        "error": None,
        "archive_url": f"https://github.com/{source}/archive/main.tar.gz",
    }


def list_builds(site: Site, call: Call) -> Reply:
    """Answer the last five builds, or as many as wanted; the archive's address is for writers."""
    repository = site.catalogue.repositories[call.repository]
    lines = [
        {**line, "repository": {"namespace": repository.namespace, "name": repository.name}}
        for line in repository.builds[: max(0, call.number("limit", 5))]
    ]
    if not site.options.reader_build_logs:
        for line in lines:
            line.pop("archive_url", None)
    return json_reply({"builds": lines})
