"""What a Dockerfile makes: its stages, and how the last one runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.models import DockerfileStage

if TYPE_CHECKING:
    from portcall.documents.dockerfile_stages import Dockerfile
    from portcall.documents.lint import Build, Step

#: Characters of what is told as written.
_LONGEST = 500
_MOST_PORTS = 100


def stages_of(dockerfile: Dockerfile) -> tuple[DockerfileStage, ...]:
    """Return the stages, in order."""
    return tuple(
        DockerfileStage(
            number=stage.number,
            name=stage.name[:_LONGEST] or None,
            base=stage.base[:_LONGEST],
            line=stage.begin.line,
            end_line=stage.end_line,
            platform=stage.platform[:_LONGEST] if stage.platform else None,
            instructions=len(stage.instructions),
            used=stage.number in dockerfile.used,
        )
        for stage in dockerfile.stages
    )


def _last_steps(build: Build) -> list[Step]:
    stages = build.dockerfile.stages
    return build.lineage(stages[-1]) if stages else []


def user_of(build: Build) -> str | None:
    """Return the user that the last stage runs as; ``None`` where its base decides."""
    users = [step.words[0] for step in _last_steps(build) if step.keyword == "USER" and step.words]
    return users[-1][:_LONGEST] if users else None


def ports_of(build: Build) -> tuple[str, ...]:
    """Return the ports that the last stage exposes, each with its protocol."""
    words = (word for step in _last_steps(build) if step.keyword == "EXPOSE" for word in step.words)
    ports = (word[:_LONGEST].lower() for word in words)
    return tuple(dict.fromkeys(port if "/" in port else f"{port}/tcp" for port in ports))[:_MOST_PORTS]


def healthcheck_of(build: Build) -> str | None:
    """Return how the last stage is probed, as written; ``"NONE"`` where it takes its base's probe away."""
    probes = [step.instruction.arguments for step in _last_steps(build) if step.keyword == "HEALTHCHECK"]
    return " ".join(probes[-1].split())[:_LONGEST] if probes else None
