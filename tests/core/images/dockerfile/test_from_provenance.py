"""get_dockerfile: the Dockerfile that BuildKit's provenance carries, to the letter."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from tests.core.images.conftest import HOST
from tests.core.images.dockerfile.statements import DSSE, enveloped, provenance, replaced, rewritten

from portcall import Portcall
from portcall.errors import NotFoundError
from portcall.models import DockerfileInfo
from portcall.testing import Build, Child, FakeRegistry, Step, attestation, encode, image, index, layer, quirks

pytestmark = pytest.mark.anyio

DOCKERFILE = "# syntax=docker/dockerfile:1\nFROM debian:12-slim\n\nCOPY app /app  # ünïcode\n"
AMD = image([layer({"a": "1"}, command="COPY a /a # buildkit")], steps=['CMD ["/a"]'])
ARM = image([layer({"a": "2"}, command="COPY a /a # buildkit")], platform="linux/arm64/v8")
NAME = f"{HOST}/shop/api"
OWN = {"v0.2": "https://mobyproject.org/buildkit@v1#metadata", "v1": "buildkit_metadata"}


async def of(pc: Portcall, registry: FakeRegistry, *attestations: Any, **question: Any) -> DockerfileInfo:
    registry.push("shop/api", index([AMD, ARM], attestations=attestations), tags=["1"])
    return await pc.get_dockerfile(f"{NAME}:1", **question)


def own_part(statement: dict[str, Any]) -> dict[str, Any]:
    """Return BuildKit's own part of a statement's metadata, in either version."""
    predicate = statement["predicate"]
    metadata = predicate.get("runDetails", predicate)["metadata"]
    found: dict[str, Any] = metadata[OWN["v1"]] if OWN["v1"] in metadata else metadata[OWN["v0.2"]]
    return found


@pytest.mark.parametrize("slsa", ["v0.2", "v1"])
@pytest.mark.parametrize("as_artifact", [False, True])
async def test_the_original_is_told_to_the_letter(
    pc: Portcall, registry: FakeRegistry, slsa: Any, as_artifact: bool
):
    found = await of(pc, registry, attestation(AMD, dockerfile=DOCKERFILE, slsa=slsa, as_artifact=as_artifact))
    assert (found.content, found.origin, found.exact) == (DOCKERFILE, "provenance", True)
    assert found.size == len(DOCKERFILE.encode())
    assert found.warnings == ()


async def test_it_is_an_unsigned_claim_of_where_it_comes_from(pc: Portcall, registry: FakeRegistry):
    build = Build(source="https://ada:secret@github.com/example/app.git", revision="f" * 40)
    found = await of(pc, registry, provenance(AMD, dockerfile=DOCKERFILE, build=build))
    assert (found.repo, found.path, found.revision) == ("github.com/example/app", "Dockerfile", "f" * 40)
    assert found.claimed
    assert "secret" not in found.model_dump_json()


async def test_the_answer_says_which_image_it_is_about(pc: Portcall, registry: FakeRegistry):
    both = index([AMD, ARM], attestations=[provenance(AMD, dockerfile=DOCKERFILE)])
    found = await of(pc, registry, provenance(AMD, dockerfile=DOCKERFILE))
    assert (found.image, found.platform) == (f"{NAME}@{both.digest}", "linux/amd64")


async def test_each_platform_has_its_own(pc: Portcall, registry: FakeRegistry):
    amd, arm = provenance(AMD, dockerfile="FROM amd\n"), provenance(ARM, dockerfile="FROM arm\n")
    found = await of(pc, registry, amd, arm, platform="linux/arm64")
    assert (found.content, found.platform) == ("FROM arm\n", "linux/arm64/v8")
    assert registry.count("manifest", reference=amd.digest) == 0


async def test_an_sbom_is_never_fetched_on_the_way(pc: Portcall, registry: FakeRegistry):
    """The annotation tells what a layer is: the other one may have 40 MiB."""
    attested = attestation(AMD, dockerfile=DOCKERFILE)
    await of(pc, registry, attested)
    sbom, told = attested.document["layers"]
    assert registry.count("blob", reference=sbom["digest"]) == 0
    assert registry.count("blob", reference=told["digest"]) == 1


async def test_a_statement_without_annotation_is_looked_into(pc: Portcall, registry: FakeRegistry):
    found = await of(pc, registry, rewritten(provenance(AMD, dockerfile=DOCKERFILE), annotated=False))
    assert found.content == DOCKERFILE


async def test_an_index_within_an_index_is_opened(pc: Portcall, registry: FakeRegistry):
    inner = index([AMD, ARM], attestations=[provenance(AMD, dockerfile=DOCKERFILE)])
    registry.push("shop/api", index([Child(inner)]), tags=["1"])
    assert (await pc.get_dockerfile(f"{NAME}:1")).content == DOCKERFILE


async def test_an_attestation_may_name_its_image_by_its_own_subject_alone(pc: Portcall, registry: FakeRegistry):
    attested = attestation(AMD, dockerfile=DOCKERFILE, as_artifact=True)
    other = attestation(ARM, dockerfile="FROM other\n", as_artifact=True)
    lines = [
        Child(one, "unknown/unknown", fields={"artifactType": one.document["artifactType"]})
        for one in (other, attested)
    ]
    registry.push("shop/api", index([AMD, ARM, *lines]), tags=["1"])
    found = await pc.get_dockerfile(f"{NAME}:1")
    assert (found.content, found.warnings) == (DOCKERFILE, ())


async def test_an_envelope_is_opened(pc: Portcall, registry: FakeRegistry):
    built = rewritten(provenance(AMD, dockerfile=DOCKERFILE), enveloped, media_type=DSSE)
    found = await of(pc, registry, built)
    assert (found.content, found.claimed) == (DOCKERFILE, True)


async def test_of_several_files_the_one_that_began_the_build_is_told(pc: Portcall, registry: FakeRegistry):
    def with_more(statement: dict[str, Any]) -> dict[str, Any]:
        infos = own_part(statement)["source"]["infos"]
        other = {"filename": "base.Dockerfile", "language": "Dockerfile", "data": _encoded("FROM x\n")}
        script = {"filename": "docker-bake.hcl", "language": "HCL", "data": _encoded('target "a" {}\n')}
        infos[:0] = [script, other]
        return statement

    found = await of(pc, registry, rewritten(provenance(AMD, dockerfile=DOCKERFILE), with_more))
    assert found.content == DOCKERFILE
    assert found.warnings == ("its provenance carries 2 Dockerfiles; this is the likeliest",)


async def test_a_folder_of_the_repository_is_part_of_the_path(pc: Portcall, registry: FakeRegistry):
    def below(statement: dict[str, Any]) -> dict[str, Any]:
        own_part(statement)["vcs"]["localdir:dockerfile"] = "./deploy/docker"
        return statement

    found = await of(pc, registry, rewritten(provenance(AMD, dockerfile=DOCKERFILE), below))
    assert found.path == "deploy/docker/Dockerfile"


async def test_a_local_build_that_names_no_repository_is_the_images_own(pc: Portcall, registry: FakeRegistry):
    def unnamed(statement: dict[str, Any]) -> dict[str, Any]:
        del own_part(statement)["vcs"]
        return statement

    found = await of(pc, registry, rewritten(provenance(AMD, dockerfile=DOCKERFILE), unnamed))
    assert (found.repo, found.path, found.revision) == (NAME, "Dockerfile", None)


async def test_what_is_not_utf8_is_not_called_exact(pc: Portcall, registry: FakeRegistry):
    def latin(statement: dict[str, Any]) -> dict[str, Any]:
        data = base64.b64encode("FROM x\n# é\n".encode("latin-1")).decode()
        own_part(statement)["source"]["infos"][0]["data"] = data
        return statement

    found = await of(pc, registry, rewritten(provenance(AMD, dockerfile=DOCKERFILE), latin))
    assert (found.content, found.exact) == ("FROM x\n# \ufffd\n", False)
    assert "UTF-8" in found.warnings[0]


# What cannot be had, or is not believed, is told, and the next way is taken


async def passed_over(pc: Portcall, registry: FakeRegistry, *attestations: Any) -> str:
    found = await of(pc, registry, *attestations)
    assert (found.origin, found.exact) == ("history", False)
    return " ".join(found.warnings)


async def test_without_attestations_nothing_is_missed(pc: Portcall, registry: FakeRegistry):
    assert await passed_over(pc, registry) == ""


async def test_an_outage_of_the_attestation_is_not_its_absence(pc: Portcall, registry: FakeRegistry):
    attested = provenance(AMD, dockerfile=DOCKERFILE)
    registry.add(quirks.Answer(501, path=attested.digest))
    told = await passed_over(pc, registry, attested)
    assert "its attestations could not be read" in told
    assert "501" in told


async def test_an_outage_of_the_statement_is_not_its_absence(pc: Portcall, registry: FakeRegistry):
    attested = provenance(AMD, dockerfile=DOCKERFILE)
    registry.add(quirks.Answer(501, path=attested.document["layers"][0]["digest"]))
    assert "its provenance could not be used" in await passed_over(pc, registry, attested)


async def test_a_statement_about_another_image_is_not_believed(pc: Portcall, registry: FakeRegistry):
    """Whoever may push to an index may list any statement there."""

    def of_another(statement: dict[str, Any]) -> dict[str, Any]:
        statement["subject"][0]["digest"] = {"sha256": "0" * 64}
        return statement

    told = await passed_over(pc, registry, rewritten(provenance(AMD, dockerfile="FROM evil\n"), of_another))
    assert "about another image" in told


async def test_a_statement_of_another_kind_than_announced_is_not_believed(pc: Portcall, registry: FakeRegistry):
    def about_packages(statement: dict[str, Any]) -> dict[str, Any]:
        return {**statement, "predicateType": "https://spdx.dev/Document"}

    told = await passed_over(pc, registry, rewritten(provenance(AMD, dockerfile=DOCKERFILE), about_packages))
    assert "about something else" in told


async def test_a_statement_that_is_too_large_is_not_fetched(pc: Portcall, registry: FakeRegistry):
    built = provenance(AMD, dockerfile=DOCKERFILE)
    (descriptor,) = built.document["layers"]
    huge = replaced(built, {**descriptor, "size": 40 << 20}, built.blobs[descriptor["digest"]])
    told = await passed_over(pc, registry, huge)
    assert "over the ceiling" in told
    assert registry.count("blob", reference=descriptor["digest"]) == 0


@pytest.mark.parametrize("body", [b"", b"[]", b"{", encode({"payloadType": "x", "payload": "!"})])
async def test_a_statement_that_is_none_is_told(pc: Portcall, registry: FakeRegistry, body: bytes):
    told = await passed_over(pc, registry, rewritten(provenance(AMD), lambda _: body))
    assert "its provenance could not be used" in told


async def test_the_short_form_carries_no_dockerfile_and_says_so(pc: Portcall, registry: FakeRegistry):
    assert "mode=min" in await passed_over(pc, registry, provenance(AMD))


@pytest.mark.parametrize(
    "broken",
    [
        {"filename": "Dockerfile", "language": "Dockerfile", "data": "!!"},
        {"filename": "Dockerfile", "language": "Dockerfile"},
        {"filename": 7, "language": ["Dockerfile"], "data": 7},
        "Dockerfile",
    ],
)
async def test_a_source_that_cannot_be_read_is_none(pc: Portcall, registry: FakeRegistry, broken: Any):
    def spoilt(statement: dict[str, Any]) -> dict[str, Any]:
        own_part(statement)["source"]["infos"] = [broken]
        return statement

    told = await passed_over(pc, registry, rewritten(provenance(AMD, dockerfile=DOCKERFILE), spoilt))
    assert "carries no Dockerfile" in told


async def test_a_hundred_attestations_are_not_all_read(pc: Portcall, registry: FakeRegistry):
    many = [provenance(AMD, build=Build(revision=f"{number:040x}")) for number in range(20)]
    await of(pc, registry, *many)
    assert registry.count("blob") <= 1 + 4


async def test_without_history_what_was_passed_over_is_told_in_the_error(pc: Portcall, registry: FakeRegistry):
    bare = image([layer({"a": "1"})], config_fields={"history": None})
    registry.push("shop/bare", index([bare], attestations=[provenance(bare)]), tags=["1"])
    with pytest.raises(NotFoundError, match="no history") as caught:
        await pc.get_dockerfile(f"{HOST}/shop/bare:1")
    assert "mode=min" in caught.value.hint
    assert "get_image_details" in caught.value.hint


async def test_a_history_that_says_nothing_is_none(pc: Portcall, registry: FakeRegistry):
    registry.push("shop/mute", image([layer({"a": "1"}), Step("  ")]), tags=["1"])
    with pytest.raises(NotFoundError, match="no history"):
        await pc.get_dockerfile(f"{HOST}/shop/mute:1")


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
