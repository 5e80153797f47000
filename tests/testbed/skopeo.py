"""What ``skopeo`` says about an image in a test registry: the oracle that is not our own code."""

from __future__ import annotations

import json
import subprocess
from typing import TYPE_CHECKING, Any, cast

from tests.testbed.process import require_binary

if TYPE_CHECKING:
    from tests.testbed.registry import RealRegistry


class SkopeoError(Exception):
    """skopeo ended with an error; the text is what it wrote to stderr."""


def skopeo_inspect(
    registry: RealRegistry,
    name: str,
    *,
    platform: str = "linux/amd64",
    config: bool = False,
    tags: bool = False,
) -> dict[str, Any]:
    """Return ``skopeo inspect`` of ``"demo/app:1.0"`` (or ``"demo/app@sha256:…"``).

    Args:
        registry: Where to look, with the credentials and the CA to look with.
        name: Repository with tag or digest.
        platform: ``os/arch[/variant]`` to pick from an index; given always, so that the host's is not.
        config: The image's configuration as it is stored, instead of skopeo's summary.
        tags: Fill ``RepoTags`` in the summary, which costs a request.
    """
    system, architecture, *variant = platform.split("/")
    pick = ["--override-os", system, "--override-arch", architecture]
    if variant:
        pick += ["--override-variant", variant[0]]
    options = ["--config"] if config else [] if tags else ["--no-tags"]
    output = _run([*pick, "inspect", *options, *_access(registry), f"docker://{registry.reference(name)}"])
    return cast("dict[str, Any]", json.loads(output))


def skopeo_raw(registry: RealRegistry, name: str) -> bytes:
    """Return a manifest or index byte for byte."""
    return _run(["inspect", "--raw", *_access(registry), f"docker://{registry.reference(name)}"])


def skopeo_list_tags(registry: RealRegistry, repository: str) -> list[str]:
    """Return a repository's tags in the order in which skopeo lists them."""
    output = _run(["list-tags", *_access(registry), f"docker://{registry.reference(repository)}"])
    return cast("list[str]", json.loads(output)["Tags"])


def _access(registry: RealRegistry) -> list[str]:
    trust = [f"--cert-dir={registry.ca_file.parent}"] if registry.ca_file else ["--tls-verify=false"]
    if registry.username is None:
        return [*trust, "--no-creds"]
    return [*trust, f"--creds={registry.username}:{registry.password}"]


def _run(arguments: list[str]) -> bytes:
    done = subprocess.run(
        [require_binary("skopeo"), "--command-timeout=30s", *arguments], capture_output=True, check=False
    )
    if done.returncode:
        raise SkopeoError(done.stderr.decode(errors="replace").strip())
    return done.stdout
