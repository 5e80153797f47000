"""What every backend has to do with images, whatever the registry: tags, manifests, details, errors."""

# ruff: noqa: D102 - what a test claims, its name says.

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar

import pytest

from portcall.errors import NotFoundError
from portcall.testing.auth import BasicAuth
from portcall.testing.contract.asking import SECRET, Asking
from portcall.testing.images import BuiltImage, BuiltIndex, helm_chart, image, index, layer
from portcall.testing.quirks import Answer, FlippedBit, HtmlPage, ShortPages, Stall
from portcall.testing.registry import FakeRegistry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator
    from pathlib import Path

    from portcall.gateway import Portcall
    from portcall.models import ImageDetail, ManifestDetail, TagList
    from portcall.testing.quirk import Quirk

#: The registry's name in the suite's references.
HOST = "registry.contract.test"
#: A repository with several components, as most registries have them.
REPOSITORY = "team/shop/api"
NAME = f"{HOST}/{REPOSITORY}"
AMD64: BuiltImage = image([layer({"srv/app": "one\n"}, command="COPY app /srv/")], cmd=["/srv/app"])
ARM64: BuiltImage = image([layer({"srv/app": "two\n"})], platform="linux/arm64/v8")
IMAGE: BuiltIndex = index([AMD64, ARM64])
TAGS = ("1.9.0", "1.10.0", "1.10", "2.0.0-rc1", "latest")


class BackendContract:
    """Shape of tags, manifests, details and errors, the same for every backend.

    Attributes:
        backend: The name under which the plugin offers its backend; the one thing to set.
        options: The entry's ``options`` table, where the plugin needs some.
        timeout: Seconds that a call may take, e.g. for a plugin that asks several endpoints.
    """

    backend: ClassVar[str]
    options: ClassVar[dict[str, Any]] = {}
    timeout: ClassVar[float] = 5

    def make_registry(self) -> FakeRegistry:
        """Return an empty registry as the plugin's real one behaves: its authentication, its quirks."""
        return FakeRegistry()

    @pytest.fixture
    def registry(self) -> Iterator[FakeRegistry]:
        """The registry, served, with one image in :data:`REPOSITORY`."""
        registry = self.make_registry()
        registry.push(REPOSITORY, IMAGE, tags=TAGS)
        with registry.serve():
            yield registry

    @pytest.fixture
    def asking(self, registry: FakeRegistry, tmp_path: Path) -> Asking:
        """Asks a new gateway, which knows the registry as :data:`HOST`, one question."""
        entry = {"backend": self.backend, "endpoint": registry.address.url, "options": self.options}
        return Asking(HOST, entry, tmp_path, timeout=self.timeout)

    # The plugin

    def test_the_plugin_is_installed_and_its_backend_serves_the_registry(self, asking: Asking) -> None:
        (info,) = asking(lambda pc: pc.list_registries(HOST)).registries
        assert (info.backend, info.problem) == (self.backend, None)
        assert {"tags", "manifests", "details"} <= set(info.capabilities)

    def test_a_sign_of_life_is_found(self, asking: Asking) -> None:
        (info,) = asking(lambda pc: pc.list_registries(HOST, probe=True)).registries
        assert info.reachable
        assert info.latency is not None

    # Tags

    def test_every_tag_is_listed_once(self, asking: Asking) -> None:
        page = asking(lambda pc: pc.search_tags(NAME))
        assert sorted(tag.name for tag in page.tags) == sorted(TAGS)
        assert (page.total, page.name, page.registry) == (len(TAGS), NAME, HOST)

    def test_the_newest_version_comes_first(self, asking: Asking) -> None:
        page = asking(lambda pc: pc.search_tags(NAME))
        assert (page.tags[0].name, page.newest_stable) == ("2.0.0-rc1", "1.10.0")

    def test_what_a_tag_tells_is_true(self, asking: Asking) -> None:
        for tag in asking(lambda pc: pc.search_tags(NAME)).tags:
            assert tag.digest in {None, IMAGE.digest}
            assert tag.size is None or tag.size > 0
            assert set(tag.platforms) <= {"linux/amd64", "linux/arm64", "linux/arm64/v8"}

    @pytest.mark.parametrize("size", [1, 2])
    def test_short_pages_are_read_to_the_end(self, registry: FakeRegistry, asking: Asking, size: int) -> None:
        registry.add(ShortPages(size=size))
        assert asking(lambda pc: pc.search_tags(NAME)).total == len(TAGS)

    def test_the_tags_of_the_same_image_are_found(self, registry: FakeRegistry, asking: Asking) -> None:
        registry.push(REPOSITORY, AMD64, tags=["1.9.0"])
        page = asking(lambda pc: pc.search_tags(f"{NAME}:latest"))
        assert {tag.name for tag in page.tags} == {"1.10.0", "1.10", "2.0.0-rc1", "latest"}
        assert (page.digest, page.complete) == (IMAGE.digest, True)

    # Manifests

    @pytest.mark.parametrize("identifier", [":latest", f"@{IMAGE.digest}", f":1.9.0@{IMAGE.digest}"])
    def test_a_manifest_is_shown_to_the_letter(self, asking: Asking, identifier: str) -> None:
        detail = asking(lambda pc: pc.get_manifest(f"{NAME}{identifier}"))
        assert (detail.digest, detail.media_type, detail.size) == (IMAGE.digest, IMAGE.media_type, IMAGE.size)
        assert detail.manifest == IMAGE.document

    def test_a_platforms_manifest_is_chosen(self, asking: Asking) -> None:
        detail = asking(lambda pc: pc.get_manifest(f"{NAME}:latest", platform="linux/arm64"))
        assert (detail.digest, detail.manifest) == (ARM64.digest, ARM64.document)

    def test_a_manifest_that_is_not_its_digest_is_refused(self, registry: FakeRegistry, asking: Asking) -> None:
        registry.add(FlippedBit())
        asking.refused("digest_mismatch", lambda pc: pc.get_manifest(f"{NAME}@{IMAGE.digest}"))

    # Details

    def test_an_image_is_told_in_full(self, asking: Asking) -> None:
        detail = asking(lambda pc: pc.get_image_details(f"{NAME}:1.10.0"))
        assert (detail.name, detail.tag, detail.registry) == (NAME, "1.10.0", HOST)
        assert (detail.digest, detail.platform_digest) == (IMAGE.digest, AMD64.digest)
        assert detail.reference == f"{NAME}@{IMAGE.digest}"
        assert detail.platforms == ("linux/amd64", "linux/arm64/v8")
        assert (detail.os, detail.architecture, detail.cmd) == ("linux", "amd64", ("/srv/app",))
        assert [each.digest for each in detail.layers] == [each.digest for each in AMD64.layers]
        assert (detail.layers[0].command, detail.total_size) == ("COPY app /srv/", AMD64.total_size)

    def test_another_platform_is_chosen(self, asking: Asking) -> None:
        detail = asking(lambda pc: pc.get_image_details(f"{NAME}:latest", platform="linux/arm64"))
        assert (detail.platform_digest, detail.platform) == (ARM64.digest, "linux/arm64/v8")

    def test_an_artifact_answers_with_what_it_has(self, registry: FakeRegistry, asking: Asking) -> None:
        registry.push("team/charts/shop", helm_chart("shop", "0.3.1"), tags=["0.3.1"])
        detail = asking(lambda pc: pc.get_image_details(f"{HOST}/team/charts/shop:0.3.1"))
        assert detail.artifact_type == "application/vnd.cncf.helm.config.v1+json"
        assert detail.platform is None

    def test_the_web_page_is_an_address_or_nothing(self, asking: Asking) -> None:
        page = asking(lambda pc: pc.get_image_details(f"{NAME}:latest")).web_url
        assert page is None or re.fullmatch(r"https?://[^\s/]+/\S*", page)

    def test_many_images_are_checked_at_once(self, asking: Asking) -> None:
        answer = asking(lambda pc: pc.check_images([f"{NAME}:1.9.0", f"{NAME}:none", f"{NAME}:1.10"]))
        assert [check.exists for check in answer.checks] == [True, False, True]
        assert answer.checks[0].digest == IMAGE.digest

    # Layers

    def test_a_layer_is_streamed_whole_and_by_its_parts(self, asking: Asking) -> None:
        stored = AMD64.layers[0].blob
        assert asking(_streamed) == (0, stored)
        start, part = asking(lambda pc: _streamed(pc, start=7, length=20))
        # A registry that knows no ranges begins at the beginning, and says so.
        assert (start, part) in {(7, stored[7:27]), (0, stored[:27])}

    def test_a_file_is_read_from_its_layer(self, asking: Asking) -> None:
        told = asking(lambda pc: pc.read_file(f"{NAME}:latest", "/srv/app"))
        assert (told.content, told.layer, told.verified) == ("one\n", 1, True)

    def test_a_layer_that_is_not_its_digest_is_refused(self, registry: FakeRegistry, asking: Asking) -> None:
        registry.add(FlippedBit(path=AMD64.layers[0].digest))
        asking.refused("digest_mismatch", lambda pc: pc.read_file(f"{NAME}:latest", "/srv/app"))

    def test_a_layer_that_is_not_there_is_not_found(self, asking: Asking) -> None:
        with pytest.raises(NotFoundError):
            asking(lambda pc: _streamed(pc, f"sha256:{'0' * 64}"))

    # Errors

    def test_a_missing_tag_is_not_found_and_near_ones_are_told(self, asking: Asking) -> None:
        error = asking.refused("not_found", lambda pc: pc.get_image_details(f"{NAME}:1.10.1"))
        assert "1.10.0" in error.candidates

    def test_a_missing_repository_is_not_found(self, asking: Asking) -> None:
        for question in _everything(f"{HOST}/team/none"):
            asking.refused("not_found", question)

    def test_a_digest_that_is_not_there_is_not_found(self, asking: Asking) -> None:
        asking.refused("not_found", lambda pc: pc.get_manifest(f"{NAME}@sha256:{'0' * 64}"))

    @pytest.mark.parametrize(
        ("quirk", "code"),
        [
            (Answer(403), "forbidden"),
            (Answer(429, retry_after=900), "rate_limited"),
            (Answer(503, retry_after=900), "upstream_error"),
            (HtmlPage(), "upstream_error"),
        ],
        ids=["refused", "limited", "down", "login page"],
    )
    def test_an_outage_is_never_an_absence(
        self, registry: FakeRegistry, asking: Asking, quirk: Quirk, code: str
    ) -> None:
        registry.add(quirk)
        for question in _everything(NAME):
            error = asking.refused(code, question)
            assert error.retry_after == (900 if isinstance(quirk, Answer) and quirk.retry_after else None)

    def test_a_registry_that_keeps_us_waiting_is_a_timeout(self, registry: FakeRegistry, asking: Asking) -> None:
        registry.add(Stall())
        asking.timeout = 0.5
        asking.refused("timeout", lambda pc: pc.get_image_details(f"{NAME}:latest"))

    # Manners

    def test_nothing_is_ever_written(self, registry: FakeRegistry, asking: Asking) -> None:
        for question in _everything(NAME):
            asking(question)
        assert {request.method for request in registry.requests} <= {"GET", "HEAD"}

    def test_the_same_question_asks_the_registry_once(self, registry: FakeRegistry, asking: Asking) -> None:
        async def twice(pc: Portcall) -> tuple[ImageDetail, int, ImageDetail]:
            first = await pc.get_image_details(f"{NAME}:latest")
            return first, len(registry.requests), await pc.get_image_details(f"{NAME}:latest")

        first, asked, second = asking(twice)
        assert (first, len(registry.requests)) == (second, asked)

    def test_credentials_open_the_registry_and_turn_up_nowhere_else(
        self, registry: FakeRegistry, asking: Asking
    ) -> None:
        registry.auth = BasicAuth({"robot": SECRET})
        asking.user = "robot"
        told = [asking(lambda pc: pc.list_registries(HOST)), *(asking(each) for each in _everything(NAME))]
        assert registry.count(status=200) > 0
        assert not any(SECRET in repr(answer) or SECRET in answer.model_dump_json() for answer in told)

    def test_wrong_credentials_are_named_by_their_source(self, registry: FakeRegistry, asking: Asking) -> None:
        registry.auth = BasicAuth({"robot": "another"})
        asking.user = "robot"
        for question in _everything(NAME):
            error = asking.refused("unauthorized", question)
            assert "the credentials from the configuration" in error.message


async def _streamed(pc: Portcall, digest: str = "", **part: int) -> tuple[int, bytes]:
    """Return where the stream of a layer begins, and what came; of the first layer, or of another digest."""
    backend = await pc.backend(HOST)
    content: Any = (await backend.get_manifest(REPOSITORY, AMD64.digest)).content
    wanted = replace(content.layers[0], digest=digest) if digest else content.layers[0]
    async with await backend.open_blob(REPOSITORY, wanted, **part) as stream:
        return stream.start, b"".join([chunk async for chunk in stream])


def _everything(name: str) -> list[Callable[[Portcall], Awaitable[TagList | ImageDetail | ManifestDetail]]]:
    """Return every question about one repository."""
    return [
        lambda pc: pc.search_tags(name),
        lambda pc: pc.search_tags(f"{name}:latest"),
        lambda pc: pc.get_image_details(f"{name}:latest"),
        lambda pc: pc.get_manifest(f"{name}:latest"),
    ]
