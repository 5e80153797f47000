"""An image's configuration: how it runs, and how it was built."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from portcall.oci.document import (
    count,
    listing,
    mapping,
    parse_object,
    require_exact_names,
    text,
    text_mapping,
    texts,
    word,
)
from portcall.platform import Platform
from portcall.timestamp import to_rfc3339

if TYPE_CHECKING:
    from collections.abc import Mapping

#: Go's durations are nanoseconds.
_NANOSECONDS = 1_000_000_000

_WHAT = "the image configuration"
_FIELDS = frozenset(
    {"created", "author", "architecture", "os", "os.version", "variant", "config", "rootfs", "history"}
)
_RUN_FIELDS = frozenset(
    {
        "User",
        "ExposedPorts",
        "Env",
        "Entrypoint",
        "Cmd",
        "Volumes",
        "WorkingDir",
        "Labels",
        "StopSignal",
        "Healthcheck",
    }
)


@dataclass(frozen=True, slots=True)
class BuildStep:
    """One entry of the history."""

    command: str | None
    created: str | None
    comment: str | None
    empty_layer: bool


@dataclass(frozen=True, slots=True)
class Health:
    """A HEALTHCHECK; times in seconds."""

    test: tuple[str, ...]
    interval: float | None
    timeout: float | None
    start_period: float | None
    retries: int | None


@dataclass(frozen=True, slots=True)
class ImageConfig:
    """What an image says of itself.

    Source: OCI image specification, "Image Configuration".
    """

    platform: Platform
    created: str | None = None
    author: str | None = None
    entrypoint: tuple[str, ...] | None = None
    cmd: tuple[str, ...] | None = None
    env: tuple[str, ...] = ()
    user: str | None = None
    workdir: str | None = None
    exposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    stop_signal: str | None = None
    labels: Mapping[str, str] = field(default_factory=dict)
    health: Health | None = None
    diff_ids: tuple[str, ...] = ()
    history: tuple[BuildStep, ...] = ()

    @classmethod
    def parse(cls, raw: bytes) -> ImageConfig:
        """Read a configuration blob; what is missing or of another type counts as not told.

        Raises:
            UpstreamError: It is no JSON object, or engines would read it in another way.
        """
        document = parse_object(raw, _WHAT)
        run = mapping(document.get("config"))
        require_exact_names(document, _FIELDS, _WHAT)
        require_exact_names(run, _RUN_FIELDS, _WHAT)
        return cls(
            platform=Platform(
                os=word(document.get("os")),
                architecture=word(document.get("architecture")),
                variant=word(document.get("variant")),
                os_version=word(document.get("os.version")),
            ),
            created=to_rfc3339(document.get("created")),
            author=text(document.get("author")),
            entrypoint=texts(run.get("Entrypoint")),
            cmd=texts(run.get("Cmd")),
            env=texts(run.get("Env")) or (),
            user=text(run.get("User")),
            workdir=text(run.get("WorkingDir")),
            exposed_ports=tuple(mapping(run.get("ExposedPorts"))),
            volumes=tuple(mapping(run.get("Volumes"))),
            stop_signal=text(run.get("StopSignal")),
            labels=text_mapping(run.get("Labels")),
            health=_health(run.get("Healthcheck")),
            diff_ids=texts(mapping(document.get("rootfs")).get("diff_ids")) or (),
            history=tuple(_step(mapping(step)) for step in listing(document.get("history"))),
        )

    def steps_by_layer(self, layers: int) -> tuple[BuildStep | None, ...]:
        """Return the build step of each of ``layers`` layers, in order.

        History is optional, and squashing, kaniko and buildpacks let it disagree with the layers: where
        the counts differ nothing is mapped, for a wrong pairing would blame the wrong command.
        """
        made = tuple(step for step in self.history if not step.empty_layer)
        return made if len(made) == layers else (None,) * layers


def _step(entry: dict[str, Any]) -> BuildStep:
    return BuildStep(
        command=text(entry.get("created_by")),
        created=to_rfc3339(entry.get("created")),
        comment=text(entry.get("comment")),
        empty_layer=entry.get("empty_layer") is True,
    )


def _health(value: object) -> Health | None:
    document = mapping(value)
    test = texts(document.get("Test"))
    if not test:
        return None
    return Health(
        test=test,
        interval=_seconds(document.get("Interval")),
        timeout=_seconds(document.get("Timeout")),
        start_period=_seconds(document.get("StartPeriod")),
        retries=count(document.get("Retries")) or None,
    )


def _seconds(value: object) -> float | None:
    nanoseconds = count(value)
    return nanoseconds / _NANOSECONDS if nanoseconds else None
