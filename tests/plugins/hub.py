"""Docker Hub's backend, before a double of all its four hosts."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from typing import Any

from pydantic import SecretStr
from tests.doubles.dockerhub import DEFAULT_SECRETS, DockerHubDouble

from portcall import Portcall
from portcall.deadline import deadline
from portcall.models import DockerImage
from portcall.plugin import RegistryBackend
from portcall.reference import parse_reference
from portcall.settings import RegistrySettings, Settings


@asynccontextmanager
async def gateway(
    hub: DockerHubDouble, login: tuple[str, str] | None = None, **entry: Any
) -> AsyncIterator[Portcall]:
    """Yield a gateway for which the double is docker.io; whatever it asks has to be known to the real one.

    Args:
        hub: The double.
        login: A user's name, and which of the double's secrets; or any other secret.
        entry: What else stands in the configuration.
    """
    with hub.serve() as places:
        entry = {**places.settings, "api": places.api, **entry}
        secret = None
        if login is not None:
            entry |= {"username": login[0], "password_env": "SECRET"}
            secret = SecretStr(DEFAULT_SECRETS.get(login[1], login[1]))
        settings = Settings(
            registries={"docker.io": RegistrySettings.model_validate(entry).with_secrets(secret, None)},
            network={"proxy": "none", "timeout": 20},  # type: ignore[arg-type]
        )
        async with deadline(20), Portcall(settings) as portcall:
            yield portcall
    assert hub.violations == []
    assert hub.hostile == []


@asynccontextmanager
async def backend(
    hub: DockerHubDouble, login: tuple[str, str] | None = None, **entry: Any
) -> AsyncIterator[RegistryBackend]:
    """Yield the backend of such a gateway."""
    async with gateway(hub, login, **entry) as portcall:
        yield await portcall._backend_for(parse_reference("docker.io/library/nginx"))


def names(images: Iterable[DockerImage]) -> list[str]:
    return [image.name for image in images]


def paths(hub: DockerHubDouble) -> list[str]:
    """Return what hub.docker.com was asked: ``["GET /v2/users/ada/"]``."""
    return [f"{asked.method} {asked.path}" for asked in hub.asked("api")]
