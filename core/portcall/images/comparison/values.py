"""Values with names, compared: configuration, environment, labels, annotations."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from portcall.models import ValueDifference
from portcall.oci.document import listing, mapping, parse_object

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

    from portcall.oci.config import Health, ImageConfig

#: What containers run by that has no place among what an answer tells of one image.
_RARE = {
    "OnBuild": "onbuild",
    "Shell": "shell",
    "StopTimeout": "stop_timeout",
    "ArgsEscaped": "args_escaped",
    "NetworkDisabled": "network_disabled",
}
#: What says when, where and from what an image was built, but not how it runs.
_OF_THE_BUILD = frozenset(
    {"created", "history", "rootfs", "container", "container_config", "docker_version", "id", "parent"}
)
_OF_BUILDKIT = "moby.buildkit."


def differences(a: Mapping[str, str | None], b: Mapping[str, str | None]) -> tuple[ValueDifference, ...]:
    """Return the names whose values differ, in the order of ``a``, then of ``b``."""
    names = dict.fromkeys([*a, *b])
    return tuple(
        ValueDifference(name=name, a=a.get(name), b=b.get(name)) for name in names if a.get(name) != b.get(name)
    )


def config_values(config: ImageConfig, raw: bytes) -> dict[str, str | None]:
    """Return what a configuration says beside environment and labels, as text by name.

    Args:
        config: The configuration as it was understood.
        raw: As it is stored, for what is hardly ever there.
    """
    run = mapping(parse_object(raw, "the image configuration").get("config"))
    platform = config.platform
    return {
        "os": platform.os or None,
        "architecture": platform.architecture or None,
        "variant": platform.variant or None,
        "os_version": platform.os_version or None,
        "user": config.user,
        "entrypoint": _words(config.entrypoint),
        "cmd": _words(config.cmd),
        "workdir": config.workdir,
        "exposed_ports": _set(config.exposed_ports),
        "volumes": _set(config.volumes),
        "healthcheck": _health(config.health) if config.health else None,
        "stop_signal": config.stop_signal,
        **{name: json.dumps(run[field]) if run.get(field) else None for field, name in _RARE.items()},
        "author": config.author,
        "created": config.created,
    }


def environment(config: ImageConfig) -> dict[str, str | None]:
    """Return the environment by name; of two values for one, the later holds."""
    parted = (variable.partition("=") for variable in config.env)
    return {name: value for name, _, value in parted}


def runs_the_same(a: bytes, b: bytes) -> bool:
    """Return whether two configurations differ at most in when and where they were built.

    All that they say counts, also what nothing here understands; of the history, all but the times.
    """
    return _essence(a) == _essence(b)


def _essence(raw: bytes) -> tuple[dict[str, Any], list[Any]]:
    document = parse_object(raw, "the image configuration")
    kept = {
        name: value
        for name, value in document.items()
        if name not in _OF_THE_BUILD and not name.startswith(_OF_BUILDKIT)
    }
    kept["config"] = _stated(mapping(document.get("config")))
    steps = [{**mapping(step), "created": None} for step in listing(document.get("history"))]
    return _stated(kept), steps


def _stated(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that say something: one that is empty, or no, is to engines as one that is not there."""
    return {name: value for name, value in fields.items() if value}


def _words(words: Iterable[str] | None) -> str | None:
    return None if words is None else json.dumps(list(words), ensure_ascii=False)


def _set(values: Iterable[str]) -> str | None:
    return ", ".join(sorted(values)) or None


def _health(health: Health) -> str:
    times = {"interval": health.interval, "timeout": health.timeout, "start_period": health.start_period}
    told = [f"{name}={seconds:g}s" for name, seconds in times.items() if seconds is not None]
    if health.retries is not None:
        told.append(f"retries={health.retries}")
    return " ".join([_words(health.test) or "", *told])
