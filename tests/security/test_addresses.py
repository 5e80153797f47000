"""However an address is spelt, and wherever it stands, portcall connects to no one but who may be asked."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import pytest
from tests.core.http.asking import AMD64, PASSWORD, REPOSITORY, USER, asking, entry, with_password
from tests.security.advisory import advisory
from tests.security.internet import Internet
from tests.security.spellings import DISGUISED, EVERY, INSIDE, MIXED, NAMES, PLAIN, teach
from tests.security.watch import Outcome, Watch

from portcall import Portcall
from portcall.models import ImageChecks
from portcall.testing import BearerAuth, FakeRegistry, RecordingServer, image, index, layer, quirks

pytestmark = pytest.mark.anyio

BOTH_ISSUES = ("google/go-containerregistry#2425", "google/go-containerregistry#2440")


@dataclass
class Scene:
    """A listed registry with credentials, that sends portcall to an address."""

    watch: Watch
    gateway: Portcall
    registry: FakeRegistry
    host: str
    port: int

    @property
    def url(self) -> str:
        """Where it sends to; header values go over the wire as the bytes of UTF-8."""
        return f"http://{self.host}:{self.port}".encode().decode("latin-1")

    @property
    def image(self) -> str:
        return f"{self.registry.address.netloc}/{REPOSITORY}:1"

    async def details(self) -> Outcome:
        return await self.watch.ask(self.gateway, "get_image_details", image_name=self.image)


async def redirect_of_a_manifest(scene: Scene) -> None:
    scene.registry.add(quirks.ManifestRedirect(to=scene.url))
    assert (await scene.details()).code == "blocked"
    assert scene.registry.fired(quirks.ManifestRedirect) == 1


async def redirect_of_a_blob(scene: Scene) -> None:
    scene.registry.add(quirks.BlobRedirect(to=scene.url))
    assert (await scene.details()).code == "blocked"
    assert scene.registry.fired(quirks.BlobRedirect) == 1


async def redirect_of_a_tag_list(scene: Scene) -> None:
    scene.registry.add(quirks.Redirect(to=scene.url, path="/tags/list"))
    outcome = await scene.watch.ask(
        scene.gateway, "search_tags", image_name=f"{scene.registry.address.netloc}/{REPOSITORY}"
    )
    assert outcome.code == "blocked"


async def redirect_after_a_redirect(scene: Scene) -> None:
    """The first step is the registry's own, and beyond suspicion."""
    scene.registry.add(
        quirks.Redirect(to=f"{scene.registry.address.url}/v2/there", keep_path=False, path=f"/{REPOSITORY}/"),
        quirks.Answer(307, headers={"Location": f"{scene.url}/v2/"}, path="^GET /v2/there"),
    )
    assert (await scene.details()).code == "blocked"
    assert scene.registry.fired(quirks.Answer) == 1


async def realm(scene: Scene) -> None:
    """With credentials it is refused already for being elsewhere."""
    assert isinstance(scene.registry.auth, BearerAuth)
    scene.registry.auth.realm = f"{scene.url}/token"
    assert (await scene.details()).code == "blocked"


async def realm_for_a_stranger(scene: Scene) -> None:
    assert isinstance(scene.registry.auth, BearerAuth)
    scene.registry.auth.realm = f"{scene.url}/token"
    async with asking(entry(scene.registry.address), timeout=5) as gateway:
        outcome = await scene.watch.ask(gateway, "get_image_details", image_name=scene.image)
    assert outcome.code == "blocked"


async def link(scene: Scene) -> None:
    """The pages so far are kept, with a warning."""
    scene.registry.push(REPOSITORY, AMD64, tags=["2", "3"])
    scene.registry.add(quirks.ShortPages(size=2), quirks.LinkElsewhere(to=scene.url))
    outcome = await scene.watch.ask(
        scene.gateway, "search_tags", image_name=f"{scene.registry.address.netloc}/{REPOSITORY}"
    )
    assert scene.registry.fired(quirks.LinkElsewhere) == 1
    assert outcome.code == "ok"
    assert [tag.name for tag in outcome.answer.tags] == ["2", "1"]


async def addresses_in_manifests(scene: Scene) -> None:
    """Layers, configurations, and entries of an index may each say that they are elsewhere."""
    urls = [f"http://{scene.host}:{scene.port}/elsewhere"]
    foreign = image([layer({"a": "b"}, urls=urls, command="ADD base /")])
    document = foreign.document
    elsewhere = image([], manifest_fields={"config": {**document["config"], "urls": urls}})
    several = index([foreign], fields={"urls": urls})
    scene.registry.push(REPOSITORY, foreign, tags=["1"])
    scene.registry.push(REPOSITORY, several, tags=["several"])
    scene.registry.push(REPOSITORY, elsewhere, tags=["configuration"])
    for tag in ("1", "several", "configuration"):
        base = f"{scene.registry.address.netloc}/{REPOSITORY}:{tag}"
        answers = await scene.watch.ask_everything(scene.gateway, base)
        assert answers["get_manifest"].code == "ok"


POSITIONS: tuple[Callable[[Scene], Awaitable[None]], ...] = (
    redirect_of_a_manifest,
    redirect_of_a_blob,
    redirect_of_a_tag_list,
    redirect_after_a_redirect,
    realm,
    realm_for_a_stranger,
    link,
    addresses_in_manifests,
)


@advisory(*BOTH_ISSUES, "CVE-2026-48978", "CVE-2026-85732", "CVE-2020-15157")
@pytest.mark.parametrize("host", EVERY)
@pytest.mark.parametrize("position", POSITIONS, ids=lambda position: position.__name__)
async def test_no_registry_leads_to_an_address_that_is_not_public(
    internet: Internet,
    watch: Watch,
    attacker: RecordingServer,
    position: Callable[[Scene], Awaitable[None]],
    host: str,
):
    teach(internet)
    registry = FakeRegistry(auth=BearerAuth({USER: PASSWORD}))
    registry.push(REPOSITORY, AMD64, tags=["1"])
    watch.over(registry)
    with registry.serve() as address:
        async with asking(with_password(address), timeout=5) as gateway:
            await position(Scene(watch, gateway, registry, host, attacker.address.port))
        assert set(internet.inside()) <= {(address.host, address.port)}
    assert attacker.requests == []


@advisory(*BOTH_ISSUES)
@pytest.mark.parametrize("host", EVERY)
async def test_registry_in_a_reference_must_be_public(
    internet: Internet, watch: Watch, attacker: RecordingServer, host: str
):
    """As over HTTP, where whoever asks is not the person at this machine."""
    teach(internet)
    written = f"{host}:{attacker.address.port}/{REPOSITORY}"
    async with asking(local=False, timeout=5) as gateway:
        for image_name in (f"{written}:1", f"http://{written}", f"docker://{written}:1"):
            for outcome in (await watch.ask_everything(gateway, image_name)).values():
                assert _refusal(outcome) in {"blocked", "invalid_reference"}
    assert internet.inside() == []
    assert attacker.requests == []


@advisory(*BOTH_ISSUES)
@pytest.mark.parametrize("host", [*DISGUISED, *INSIDE, *NAMES, MIXED])
async def test_disguised_address_in_a_reference_is_refused_at_the_shell_too(
    internet: Internet, watch: Watch, attacker: RecordingServer, host: str
):
    teach(internet)
    async with asking(local=True, timeout=5) as gateway:
        outcome = await watch.ask(
            gateway, "get_image_details", image_name=f"{host}:{attacker.address.port}/{REPOSITORY}:1"
        )
    assert _refusal(outcome) in {"blocked", "invalid_reference"}
    assert internet.inside() == []
    assert attacker.requests == []


@pytest.mark.parametrize("host", [*PLAIN[:1], "localhost"])
async def test_loopback_written_plainly_is_what_the_person_at_the_machine_means(
    internet: Internet, watch: Watch, host: str
):
    """The other half of the rule: without it the tests above would prove nothing."""
    registry = FakeRegistry()
    registry.push(REPOSITORY, AMD64, tags=["1"])
    with registry.serve() as address:
        async with asking(local=True) as gateway:
            reference = f"{host}:{address.port}/{REPOSITORY}:1"
            assert (await watch.ask(gateway, "get_image_details", image_name=reference)).code == "ok"
        assert ("127.0.0.1", address.port) in internet.inside()


def _refusal(outcome: Outcome) -> str:
    """Return an error's code; of many images that were checked, the one's."""
    if isinstance(outcome.answer, ImageChecks):
        (check,) = outcome.answer.checks
        return check.error.code if check.error else "ok"
    return outcome.code
