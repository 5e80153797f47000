"""Docker Hub on loopback: its REST API, its three searches, its token service and its registry.

::

    hub = DockerHubDouble()
    with hub.serve() as places:
        httpx.get(f"{places.api}/v2/namespaces/library/repositories/nginx/tags")
    assert [asked.path for asked in hub.asked("api")] == ["/v2/namespaces/library/repositories/nginx/tags"]
    assert hub.violations == []

Each behaviour has its source beside it, by the keys of the project's fact sheet: **hub-spec** (the published
OpenAPI document), **hub-mcp** (docker/hub-mcp), **hub-tool** (docker/hub-tool), **reg-spec**, **usage**,
**ci-err** and **ci-client** (containers/image), **reno** (Renovate), **#fs-N** (a stored public file).
**[inference]** marks what nobody wrote down, and a plugin should not lean on it.
"""

from tests.doubles.dockerhub.accounts import Organisation, PersonalToken, User
from tests.doubles.dockerhub.catalogue import HubTag, Repository
from tests.doubles.dockerhub.clock import Clock
from tests.doubles.dockerhub.default_catalogue import DEFAULT_SECRETS, MANY_TAGS
from tests.doubles.dockerhub.double import DockerHubDouble, Places
from tests.doubles.dockerhub.failures import BLOCKED, CHALLENGE, EMPTY, LONG_OUTAGE, SERVER_ERROR
from tests.doubles.dockerhub.journal import Asked

__all__ = [
    "BLOCKED",
    "CHALLENGE",
    "DEFAULT_SECRETS",
    "EMPTY",
    "LONG_OUTAGE",
    "MANY_TAGS",
    "SERVER_ERROR",
    "Asked",
    "Clock",
    "DockerHubDouble",
    "HubTag",
    "Organisation",
    "PersonalToken",
    "Places",
    "Repository",
    "User",
]
