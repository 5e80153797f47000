"""What an image points at elsewhere: layers, sources, bases. Its publisher's word leads nowhere private."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.http.asking import PASSWORD, REPOSITORY, USER, asking, entry, with_password
from tests.core.images.dockerfile.statements import provenance, rewritten
from tests.security.advisory import advisory
from tests.security.internet import Internet
from tests.security.watch import Watch

from portcall.testing import (
    BasicAuth,
    BearerAuth,
    BlobStore,
    Build,
    BuiltImage,
    FakeRegistry,
    RecordingServer,
    Reply,
    image,
    index,
    layer,
    quirks,
)

pytestmark = pytest.mark.anyio

FOREIGN_LAYER = ("CVE-2020-15157", "GHSA-qvqc-4c52-x6qp")
AFTER_REDIRECT = ("GHSA-vh4v-2xq2-g5cg", "google/go-containerregistry#2337", "google/go-containerregistry#2349")
SPELLINGS = ("google/go-containerregistry#2425", "google/go-containerregistry#2440")
METADATA = "169.254.169.254"
BASE = "org.opencontainers.image.base.name"
SOURCE = "org.opencontainers.image.source"
ONE = layer({"etc/os-release": "ID=x\n"}, command="COPY . /")


# Layers


@advisory(*FOREIGN_LAYER)
@pytest.mark.parametrize("auth", [BasicAuth, BearerAuth])
@pytest.mark.parametrize("trusted", [True, False], ids=["in auth_hosts", "a stranger"])
async def test_content_tools_leave_layers_alone_that_are_elsewhere(
    internet: Internet, watch: Watch, attacker: RecordingServer, trusted: bool, auth: type
):
    """What it holds is not known, and said not to be: never taken for nothing."""
    there = internet.host("layers.attacker.example", attacker.address)
    attacker.reply = Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="give"'})
    urls = [f"{there.url}/base.tar.gz", attacker.address.url]
    foreign = layer({"base": "x"}, urls=urls, command="ADD base /")
    registry = FakeRegistry(auth=auth({USER: PASSWORD}))
    registry.push(REPOSITORY, image([foreign, ONE], docker=True), tags=["1"])
    watch.over(registry)
    with registry.serve() as address:
        hosts = [there.netloc, attacker.address.netloc] if trusted else []
        async with asking(with_password(address, auth_hosts=hosts)) as gateway:
            name = f"{address.netloc}/{REPOSITORY}:1"
            told = await watch.look_inside(gateway, name)
            absent = await watch.ask(gateway, "read_file", image_name=name, path="/base")
    assert attacker.requests == []
    assert "layers.attacker.example" not in internet.looked_up
    assert registry.count("blob", reference=foreign.digest) == 0
    assert absent.code == "unsupported"
    assert "foreign layer" in absent.said
    assert {told[tool].code for tool in ("read_file", "list_files", "analyze_layers", "get_dockerfile")} == {"ok"}


@advisory(*SPELLINGS)
@pytest.mark.parametrize("to", [f"http://{METADATA}", "http://[::ffff:127.0.0.1]:1", "http://inside.example"])
@pytest.mark.parametrize("tool", ["read_file", "list_files", "analyze_layers"])
async def test_layer_that_is_said_to_be_at_a_private_address_is_not_fetched(
    internet: Internet, watch: Watch, tool: str, to: str
):
    internet.name("inside.example", "10.0.0.1")
    registry = FakeRegistry(auth=BasicAuth({USER: PASSWORD}))
    registry.push(REPOSITORY, image([ONE]), tags=["1"])
    registry.add(quirks.BlobRedirect(to=to, path=f"/blobs/{ONE.digest}"))
    arguments = {"read_file": {"path": "/etc/os-release"}, "analyze_layers": {"deep": True}}.get(tool, {})
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            name = f"{address.netloc}/{REPOSITORY}:1"
            told = await watch.ask(gateway, tool, image_name=name, **arguments)
    assert told.code == "blocked"
    assert {host for host, _ in internet.inside()} == {"127.0.0.1"}
    assert registry.fired(quirks.BlobRedirect) >= 1


@advisory(*AFTER_REDIRECT)
@pytest.mark.parametrize("auth", [BasicAuth, BearerAuth])
async def test_layer_from_another_host_is_fetched_without_credentials(
    internet: Internet, watch: Watch, auth: type
):
    """That store refuses whoever shows credentials, and its signed addresses are told nowhere."""
    built = image([ONE])
    registry = FakeRegistry(auth=auth({USER: PASSWORD}))
    registry.push(REPOSITORY, built, tags=["1"])
    watch.over(registry)
    store = BlobStore(registry)
    with registry.serve() as address, store.serve() as elsewhere:
        there = internet.host("blobs.example", elsewhere)
        registry.add(quirks.BlobRedirect(to=there.url, path=f"/blobs/{ONE.digest}"))
        async with asking(with_password(address)) as gateway:
            told = await watch.look_inside(gateway, f"{address.netloc}/{REPOSITORY}:1")
    assert told["read_file"].answer.content == "ID=x\n"
    assert store.requests != []
    assert {one.authorization for one in store.requests} == {None}
    assert not [outcome for outcome in told.values() if "Signature" in outcome.said]


# Provenance


def attested(subject: BuiltImage, **build: Any) -> Any:
    return provenance(subject, dockerfile="FROM scratch\nCOPY evil /\n", build=Build(**build))


async def test_attestation_of_another_image_is_not_believed(watch: Watch):
    """It stands beside this image in its index, as if it were about it; its statement says otherwise."""
    other = image([layer({"etc/evil": "x"}, command="RUN evil")])
    mine = image([ONE])
    lying = rewritten(
        attested(mine),
        lambda statement: {**statement, "subject": [{"name": "x", "digest": {"sha256": other.digest[7:]}}]},
    )
    registry = FakeRegistry()
    registry.push(REPOSITORY, index([mine], attestations=[lying]), tags=["1"])
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            told = await watch.look_inside(gateway, f"{address.netloc}/{REPOSITORY}:1")
    dockerfile = told["get_dockerfile"].answer
    assert dockerfile.origin == "history"
    assert "evil" not in dockerfile.content
    assert any("another image" in warning for warning in dockerfile.warnings)
    assert "evil" not in told["analyze_dockerfile"].said


TOKEN = "canary-of-a-token"
SOURCES = [
    "file:///etc/passwd",
    "/etc/passwd",
    "../../etc/passwd",
    f"http://{METADATA}/latest/meta-data/",
    "http://127.0.0.1:{port}/acme/app",
    "http://localhost:{port}/acme/app.git",
    "https://attacker.example:{port}/acme/app",
    "git+http://attacker.example:{port}/acme/app@main",
    "git@attacker.example:acme/app.git",
    "ssh://attacker.example:{port}/acme/app",
    "ext::sh -c touch% /tmp/pwned",
    "--upload-pack=touch /tmp/pwned",
    "http://github.com@attacker.example:{port}/acme/app",
    "http://attacker.example:{port}\\@github.com/acme/app",
    "http://attacker.example:{port}#@github.com/acme/app",
    f"https://{USER}:{TOKEN}@attacker.example:{{port}}/acme/app",
    f"https://{TOKEN}@github.example/acme/app",
    "data:text/plain,FROM scratch",
    "javascript:alert(1)",
]


@pytest.mark.parametrize("where", ["label", "provenance"])
@pytest.mark.parametrize("source", SOURCES)
async def test_source_that_an_image_names_is_not_fetched(
    internet: Internet, watch: Watch, attacker: RecordingServer, source: str, where: str
):
    """A plugin reads the sources at the hosts that it knows; whatever an image names leads nowhere else."""
    watch.secrets.add(TOKEN)
    internet.host("attacker.example", attacker.address)
    told_source = source.replace("{port}", str(attacker.address.port))
    if where == "label":
        built: Any = image([ONE], labels={SOURCE: told_source})
    else:
        mine = image([ONE])
        built = index([mine], attestations=[provenance(mine, build=Build(source=told_source))])
    registry = FakeRegistry()
    registry.push(REPOSITORY, built, tags=["1"])
    with registry.serve() as address:
        async with asking(entry(address)) as gateway:
            name = f"{address.netloc}/{REPOSITORY}:1"
            told = await watch.ask(gateway, "get_dockerfile", image_name=name)
            await watch.ask(gateway, "analyze_dockerfile", image_name=name)
            await watch.ask(gateway, "check_base_image", image_name=name)
    assert told.answer.origin == "history"
    assert attacker.requests == []
    assert internet.looked_up == []


# Bases


def bases(port: int) -> list[str]:
    return [
        f"{METADATA}/x:1",
        f"127.0.0.1:{port}/x:1",
        f"localhost:{port}/x:1",
        f"any.localhost:{port}/x:1",
        f"[::1]:{port}/x:1",
        f"2130706433:{port}/x:1",
        f"inside.example:{port}/x:1",
        f"10.0.0.1:{port}/x",
    ]


def built_on(name: str, where: str) -> Any:
    """Return an image that names another as its base."""
    if where == "label":
        return image([ONE], labels={BASE: name})
    if where == "annotation":
        return image([ONE], annotations={BASE: name, "org.opencontainers.image.base.digest": ONE.digest})
    mine = image([ONE])
    text = f"# syntax={name}\nFROM {name}\nCOPY --from={name} / /\nCOPY . /\n"
    return index([mine], attestations=[provenance(mine, dockerfile=text, build=Build(base=(name, ONE.digest)))])


@advisory(*SPELLINGS)
@pytest.mark.parametrize("where", ["label", "annotation", "provenance"])
@pytest.mark.parametrize("number", range(len(bases(0))))
async def test_base_that_an_image_names_leads_to_no_private_host(
    internet: Internet, watch: Watch, attacker: RecordingServer, number: int, where: str
):
    """On one's own machine a caller may name a loopback registry; a publisher may not."""
    internet.name("inside.example", "10.0.0.1")
    internet.name("any.localhost", "127.0.0.1")
    registry = FakeRegistry(auth=BasicAuth({USER: PASSWORD}))
    registry.push(REPOSITORY, built_on(bases(attacker.address.port)[number], where), tags=["1"])
    with registry.serve() as address:
        async with asking(with_password(address)) as gateway:
            name = f"{address.netloc}/{REPOSITORY}:1"
            base = await watch.ask(gateway, "check_base_image", image_name=name)
            await watch.ask(gateway, "get_dockerfile", image_name=name)
            review = await watch.ask(gateway, "analyze_dockerfile", image_name=name)
        private = {(host, port) for host, port in internet.inside() if port != address.port}
    assert base.code == review.code == "ok"
    assert base.answer.outdated is not False
    assert attacker.requests == []
    assert private == set()


async def test_base_on_the_images_own_registry_is_asked_for(watch: Watch):
    """Who names a registry on their own machine may be told of what lies beside it."""
    registry = FakeRegistry()
    below = image([ONE])
    registry.push("base/x", below, tags=["1"])
    with registry.serve() as address:
        upper = image(
            [ONE, layer({"srv/app": "x"}, command="COPY app /srv/")], labels={BASE: f"{address.netloc}/base/x:1"}
        )
        registry.push(REPOSITORY, upper, tags=["1"])
        async with asking() as gateway:
            told = await watch.ask(gateway, "check_base_image", image_name=f"{address.netloc}/{REPOSITORY}:1")
    assert told.answer.outdated is False


async def test_base_of_another_registry_is_asked_for_without_this_ones_credentials(
    internet: Internet, watch: Watch, attacker: RecordingServer
):
    attacker.reply = Reply(status=401, headers={"WWW-Authenticate": 'Basic realm="give"'})
    there = internet.host("attacker.example", attacker.address)
    registry = FakeRegistry(auth=BasicAuth({USER: PASSWORD}))
    registry.push(REPOSITORY, built_on(f"{there.netloc}/x:1", "label"), tags=["1"])
    with registry.serve() as address:
        async with asking({**with_password(address), there.netloc: {"endpoint": there.url}}) as gateway:
            name = f"{address.netloc}/{REPOSITORY}:1"
            await watch.ask(gateway, "check_base_image", image_name=name)
            await watch.ask(gateway, "analyze_dockerfile", content=f"FROM {there.netloc}/x:1\nRUN x\n")
    assert attacker.requests != []
    assert attacker.secrets() == []
