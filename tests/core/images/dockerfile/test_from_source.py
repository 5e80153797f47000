"""get_dockerfile: the Dockerfile of the source repository that an image names, read by whoever knows that host."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.images.conftest import HOST, settings_for
from tests.core.images.dockerfile.statements import provenance, rewritten
from tests.doubles.ghcr import DOCKERFILE, OCTO_TOKEN, OLD_DOCKERFILE, GitHubDouble

from portcall import Portcall
from portcall.images.dockerfile.source import repository_at, source_places
from portcall.images.opened import open_image
from portcall.models import DockerfileInfo
from portcall.oci.provenance import SourcePlace
from portcall.platform import Platform
from portcall.reference import parse_reference
from portcall.testing import Build, BuiltManifest, FakeRegistry, attestation, image, index, layer, quirks

pytestmark = pytest.mark.anyio

APP = "https://github.com/acme/app"
SOURCE, REVISION = "org.opencontainers.image.source", "org.opencontainers.image.revision"
BOTTOM = layer({"a": "1"}, command="COPY a /a # buildkit")


@dataclass
class World:
    """A registry with one image, GitHub, and a gateway that knows both."""

    pc: Portcall
    registry: FakeRegistry
    github: GitHubDouble

    async def dockerfile_of(self, built: BuiltManifest) -> DockerfileInfo:
        digest = self.registry.push("shop/api", built)
        return await self.pc.get_dockerfile(f"{HOST}/shop/api@{digest}")


@pytest.fixture
def github() -> Iterator[GitHubDouble]:
    double = GitHubDouble()
    yield double
    assert double.violations == []
    assert double.hostile == []
    assert double.requests.web == []


@pytest.fixture
async def world(registry: FakeRegistry, github: GitHubDouble, monkeypatch: Any) -> AsyncIterator[World]:
    monkeypatch.setenv("GH_DOUBLE_TOKEN", OCTO_TOKEN)
    with github.serve() as places:
        known = {
            HOST: {"endpoint": registry.address.url},
            "ghcr.io": {
                "endpoint": places.registry.url,
                "api": places.api.url,
                "api_token_env": "GH_DOUBLE_TOKEN",
            },
        }
        async with Portcall(settings_for(known)) as pc:
            yield World(pc, registry, github)


def labelled(labels: dict[str, str] | None = None, **more: Any) -> BuiltManifest:
    return image([BOTTOM], labels=labels, **more)


async def test_labels_lead_to_the_source_at_its_revision(world: World):
    found = await world.dockerfile_of(labelled({SOURCE: APP, REVISION: "v1.0.0"}))
    assert (found.content, found.origin, found.exact) == (OLD_DOCKERFILE.decode(), "source", True)
    assert (found.repo, found.path, found.revision) == ("github.com/acme/app", "Dockerfile", "v1.0.0")
    assert found.claimed
    assert found.warnings == ()


async def test_a_source_without_revision_may_be_newer_than_the_image(world: World):
    found = await world.dockerfile_of(labelled({SOURCE: APP}))
    assert found.content == DOCKERFILE.decode()
    assert "default branch" in found.warnings[0]


@pytest.mark.parametrize(
    "labels",
    [
        {"org.label-schema.vcs-url": f"{APP}.git", "org.label-schema.vcs-ref": "v1.0.0"},
        {SOURCE: "git@github.com:acme/app.git", REVISION: "v1.0.0"},
        {SOURCE: "git://github.com/acme/app#v1.0.0"},
        {SOURCE: "git+https://github.com/acme/app.git#v1.0.0"},
        {SOURCE: "https://octo:hunter2@github.com/acme/app", REVISION: "v1.0.0"},
        {SOURCE: "github.com/acme/app", REVISION: " v1.0.0 "},
    ],
)
async def test_a_source_is_found_however_it_is_written(world: World, labels: dict[str, str]):
    found = await world.dockerfile_of(labelled(labels))
    assert found.content == OLD_DOCKERFILE.decode()
    assert "hunter2" not in found.model_dump_json()


async def test_buildx_notes_which_file_of_the_repository_it_was(world: World):
    labels = {SOURCE: APP, "com.docker.image.source.entrypoint": "deploy/Dockerfile.prod"}
    assert (await world.dockerfile_of(labelled(labels))).path == "deploy/Dockerfile.prod"


async def test_annotations_are_believed_before_labels(world: World):
    built = labelled({SOURCE: APP, REVISION: "nowhere"}, annotations={SOURCE: APP, REVISION: "v1.0.0"})
    assert (await world.dockerfile_of(built)).content == OLD_DOCKERFILE.decode()


async def test_the_indexs_annotations_count_too(world: World):
    built = index([labelled()], annotations={SOURCE: APP, REVISION: "v1.0.0"})
    assert (await world.dockerfile_of(built)).content == OLD_DOCKERFILE.decode()


async def test_a_revision_elsewhere_belongs_to_the_very_same_source_alone(world: World):
    same = index([labelled({SOURCE: APP, REVISION: "v1.0.0"})], annotations={SOURCE: APP})
    assert (await world.dockerfile_of(same)).revision == "v1.0.0"
    base = {SOURCE: "https://github.com/acme/tools", REVISION: "v1.0.0"}
    other = index([labelled(base)], annotations={SOURCE: APP})
    assert (await world.dockerfile_of(other)).revision is None


async def test_provenance_without_source_still_says_where_it_is(world: World):
    subject = labelled({SOURCE: "https://github.com/acme/tools"})
    told = attestation(subject, build=Build(source=APP, revision="v1.0.0"))
    found = await world.dockerfile_of(index([subject], attestations=[told]))
    assert (found.content, found.origin) == (OLD_DOCKERFILE.decode(), "source")
    assert found.warnings == ("its provenance carries no Dockerfile (mode=min)",)


async def test_changes_that_nobody_committed_are_told(world: World):
    subject = labelled()
    told = attestation(subject, build=Build(source=APP, revision="v1.0.0-dirty"))
    found = await world.dockerfile_of(index([subject], attestations=[told]))
    assert (found.content, found.revision) == (OLD_DOCKERFILE.decode(), "v1.0.0")
    assert "nobody had committed" in found.warnings[-1]


@pytest.mark.parametrize("slsa", ["v1", "v0.2"])
async def test_a_remote_context_is_known_to_the_builder_itself(world: World, slsa: Any):
    def remote(statement: dict[str, Any]) -> dict[str, Any]:
        predicate = statement["predicate"]
        above = predicate["buildDefinition"]["externalParameters"] if slsa == "v1" else predicate["invocation"]
        above["configSource"] |= {"uri": f"{APP}.git#refs/tags/v1", "digest": {"sha1": "v1.0.0"}}
        return statement

    subject = labelled()
    told = rewritten(provenance(subject, slsa=slsa, build=Build(source="https://elsewhere.test/x")), remote)
    found = await world.dockerfile_of(index([subject], attestations=[told]))
    assert (found.content, found.revision) == (OLD_DOCKERFILE.decode(), "v1.0.0")


# Nothing else is ever fetched


async def passed_over(world: World, labels: dict[str, str]) -> str:
    found = await world.dockerfile_of(labelled(labels))
    assert found.origin == "history"
    return " ".join(found.warnings)


async def test_a_host_that_no_plugin_reads_is_told_and_not_asked(world: World):
    told = await passed_over(world, {SOURCE: "https://gitlab.com/acme/app", REVISION: "v1"})
    assert told == "its source is said to be at gitlab.com, whose repositories are not read here"
    assert world.github.requests.api == []


@pytest.mark.parametrize(
    "address",
    [
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "https://[::1",
        "https://github.com:99999/acme/app",
        "https://gith\nub.com/acme/app",
        "javascript:alert(1)",
        "x" * 5000,
        "   ",
    ],
)
async def test_an_address_that_leads_elsewhere_leads_nowhere(world: World, address: str):
    await passed_over(world, {SOURCE: address})
    assert world.github.requests.api == []


async def test_a_stranger_is_asked_without_the_callers_token(world: World):
    """The address is a publisher's word: it opens no private repository of whoever asks."""
    told = await passed_over(world, {SOURCE: "https://github.com/acme/secret"})
    assert "its source at github.com could not be read: GitHub has no" in told
    assert all("authorization" not in request.headers for request in world.github.requests.api)


async def test_an_outage_of_the_source_is_told(world: World):
    world.github.api.add(quirks.Answer(501))
    told = await passed_over(world, {SOURCE: APP, REVISION: "v1.0.0"})
    assert "its source at github.com could not be read: github.com answered 501" in told


async def test_a_source_out_of_reach_is_told_without_a_registry_that_nobody_named(registry: FakeRegistry):
    """GitHub's sources are read by the plugin for ghcr.io."""
    host = f"{'x' * 64}.test"  # longer than a name's labels can be: no resolver is asked
    known = {HOST: {"endpoint": registry.address.url}, "ghcr.io": {"api": f"http://{host}"}}
    async with Portcall(settings_for(known)) as pc:
        digest = registry.push("shop/api", labelled({SOURCE: APP, REVISION: "v1.0.0"}))
        found = await pc.get_dockerfile(f"{HOST}/shop/api@{digest}")
    (warning,) = found.warnings
    assert warning == f"its source at github.com could not be read: the host name `{host}` does not resolve"


async def test_a_reconstruction_says_once_and_shortly_what_it_is_of(world: World):
    for tag, asked in (("1", ":1"), ("", f"@{labelled().digest}")):
        digest = world.registry.push("shop/api", labelled(), tags=["1"])
        found = await world.pc.get_dockerfile(f"{HOST}/shop/api{asked}")
        name = f"{HOST}/shop/api{':' if tag else ''}{tag}"
        first = f"# Reconstructed from the history of {name}: not the original file.\n"
        assert (found.content or "").startswith(first)
        assert digest not in (found.content or "")


async def test_a_path_that_leaves_the_repository_is_no_path(world: World):
    labels = {SOURCE: APP, REVISION: "v1.0.0", "com.docker.image.source.entrypoint": "../../../etc/passwd"}
    assert (await world.dockerfile_of(labelled(labels))).path == "Dockerfile"


async def test_one_source_that_fails_leads_to_the_next(world: World):
    built = labelled({SOURCE: APP, REVISION: "v1.0.0"}, annotations={SOURCE: "https://gitlab.com/acme/app"})
    found = await world.dockerfile_of(built)
    assert found.content == OLD_DOCKERFILE.decode()
    assert "gitlab.com" in found.warnings[0]


async def test_nobodys_login_is_passed_on(world: World):
    reference = parse_reference(f"{HOST}/shop/api:1")
    world.registry.push("shop/api", labelled({SOURCE: "https://ada:secret@github.com:443/acme/app"}), tags=["1"])
    opened = await open_image(await world.pc.backend(HOST), reference, None, Platform("linux", "amd64"))
    (place,) = source_places(opened, [])
    assert place.address == "https://github.com:443/acme/app"


@given(st.text(max_size=60))
def test_a_repository_is_named_without_anybodys_login(address: str):
    place = SourcePlace(f"https://ada:secret@github.com/{address}")
    assert "secret" not in repository_at(place).partition("/")[0]
