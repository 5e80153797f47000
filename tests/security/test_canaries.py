"""A canary sits in every place where a secret may stand; wherever portcall says something, none is to be seen."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from tests.core.credentials.home import Home, answer
from tests.core.http.asking import AMD64, REPOSITORY, USER, settings
from tests.security.watch import Watch

from portcall import Portcall
from portcall.doctor import diagnose
from portcall.errors import PortcallError
from portcall.render import render
from portcall.testing import Auth, BasicAuth, BearerAuth, FakeRegistry

pytestmark = pytest.mark.anyio

CANARY = "canary-4f1d9c-secret"


@dataclass(frozen=True)
class Place:
    """Where a secret stands: variables, files below the home folder, an entry of the configuration."""

    environ: Mapping[str, str] = field(default_factory=dict)
    docker: Mapping[str, Any] = field(default_factory=dict)
    podman: Mapping[str, Any] = field(default_factory=dict)
    entry: Mapping[str, str] = field(default_factory=dict)
    helper: bool = False


LOGIN = {"auth": base64.b64encode(f"{USER}:{CANARY}".encode()).decode()}
TOKEN = {"auth": "", "identitytoken": CANARY}
HOST = "{host}"

PLACES = {
    "password_env": Place({"SECRET": CANARY}, entry={"username": USER, "password_env": "SECRET"}),
    "password_file": Place(entry={"username": USER, "password_file": "{home}/secret"}),
    "api_token_env": Place({"SECRET": CANARY}, entry={"api_token_env": "SECRET"}),
    "a password where a variable's name is due": Place(entry={"username": USER, "password_env": CANARY}),
    "DOCKER_AUTH_CONFIG": Place({"DOCKER_AUTH_CONFIG": json.dumps({"auths": {HOST: LOGIN}})}),
    "DOCKER_AUTH_CONFIG that is no JSON": Place({"DOCKER_AUTH_CONFIG": CANARY}),
    "config.json": Place(docker={"auths": {HOST: LOGIN}}),
    "config.json, broken": Place(docker={"auths": {HOST: {"auth": CANARY}}}),
    "config.json, as a key": Place(docker={"auths": {f"{CANARY} oops": LOGIN}}),
    "an identity token": Place(docker={"auths": {HOST: TOKEN}}),
    "auth.json": Place(podman={"auths": {f"{HOST}/shop": LOGIN}}),
    "a credential helper": Place(docker={"credHelpers": {HOST: "acme"}}, helper=True),
    "DOCKERHUB_TOKEN": Place({"DOCKERHUB_USERNAME": USER, "DOCKERHUB_TOKEN": CANARY}),
    "GITHUB_TOKEN": Place({"GITHUB_TOKEN": CANARY}),
    "QUAY_TOKEN": Place({"QUAY_TOKEN": CANARY}),
    "a proxy's URL": Place({"PORTCALL_NETWORK__PROXY": f"http://{USER}:{CANARY}@127.0.0.1:1"}),
    "a proxy's URL of the environment": Place(
        {"PORTCALL_NETWORK__PROXY": "env", "https_proxy": f"http://{USER}:{CANARY}@127.0.0.1:1"}
    ),
    "the cache's URL": Place({"PORTCALL_CACHE__URL": f"redis://:{CANARY}@127.0.0.1:1/0"}),
    "PORTCALL_STORE_KEY": Place({"PORTCALL_STORE_KEY": CANARY, "PORTCALL_CACHE__URL": "disk://{home}/cache"}),
}
#: The places whose canary is a login for the registry that is asked.
LOGINS = frozenset(
    ["password_env", "password_file", "DOCKER_AUTH_CONFIG", "config.json", "auth.json", "a credential helper"]
)
ACCEPTED = {USER: CANARY}
REFUSED = {USER: "another"}


@pytest.mark.parametrize("users", [ACCEPTED, REFUSED], ids=["accepted", "refused"])
@pytest.mark.parametrize("scheme", [BasicAuth, BearerAuth], ids=["basic", "bearer"])
@pytest.mark.parametrize("name", PLACES)
async def test_no_secret_is_ever_told(name: str, scheme: Any, users: dict[str, str], watch: Watch, tmp_path: Path):
    watch.secrets |= {CANARY, LOGIN["auth"]}
    home = Home(tmp_path)
    home.write("secret", CANARY)
    auth: Auth = BasicAuth(users) if scheme is BasicAuth else BearerAuth(users, public=[])
    registry = FakeRegistry(auth=auth)
    registry.push(REPOSITORY, AMD64, tags=["1"])
    watch.over(registry)
    with registry.serve() as address:
        told = await everything_told(PLACES[name], home, address.netloc, address.url, watch)
    # Otherwise nothing would be proved.
    assert name not in LOGINS or any(request.authorization for request in registry.requests)
    assert [text for text in told if CANARY in text or LOGIN["auth"] in text] == []


async def everything_told(place: Place, home: Home, host: str, url: str, watch: Watch) -> list[str]:
    """Ask everything that can be asked, and return what is said beside the tools' answers."""

    def filled(value: Any) -> Any:
        text = json.dumps(value).replace("{host}", host).replace("{home}", str(home.folder))
        return json.loads(text)

    home.docker(**filled(place.docker))
    home.podman(**filled(place.podman))
    if place.helper:
        home.helper("acme", answer(USER, CANARY))
    try:
        known = settings(
            {host: {"endpoint": url, **filled(place.entry)}}, {**home.variables, **filled(place.environ)}
        )
        gateway = Portcall(known)
    except PortcallError as error:
        return [str(error), repr(error), error.hint]
    told = [repr(known), str(known), repr(known.surroundings)]
    async with gateway:
        told += [repr(gateway.keyring), repr(gateway.keyring.notes)]
        await watch.ask_everything(gateway, f"{host}/{REPOSITORY}:1")
        await watch.ask_everything(gateway, f"{host}/{REPOSITORY}:no-such-tag")
        await watch.look_inside(gateway, f"{host}/{REPOSITORY}:1", "/srv/app", review=False)
        await watch.ask(gateway, "list_registries", probe=False)
        diagnosis = await diagnose(gateway, host)
        told += [render(diagnosis), diagnosis.model_dump_json(), repr(diagnosis)]
        told.append(render(await gateway.cache_contents()))
    return told
