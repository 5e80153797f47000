"""compare_images: what is different between two images, without a byte of their layers."""

from __future__ import annotations

from typing import Any

import pytest
from tests.core.images.conftest import HOST, asked, settings_for

from portcall import Portcall
from portcall.errors import NotFoundError, UnauthorizedError, UnavailableError, UnsupportedError
from portcall.models import ImageComparison, LayerDifference, ValueDifference
from portcall.testing import (
    BasicAuth,
    BuiltManifest,
    FakeRegistry,
    Layer,
    Step,
    artifact,
    helm_chart,
    image,
    index,
    layer,
    quirks,
    schema1,
)

pytestmark = pytest.mark.anyio

BASE = layer({"etc/os-release": "ID=debian\n"}, command="ADD rootfs /")
OLD = layer({"srv/app": "old\n"}, command="COPY app /srv/")
NEW = layer({"srv/app": "new and longer\n" * 9}, command="COPY app /srv/ # again")


def app(*layers: Layer | Step, **fields: Any) -> BuiltManifest:
    return image(layers or (BASE, OLD), **fields)


@pytest.fixture
def compared(pc: Portcall, registry: FakeRegistry):
    """Return how to push two images and compare them."""

    async def compare(a: BuiltManifest, b: BuiltManifest, **arguments: Any) -> ImageComparison:
        registry.push("shop/a", a, tags=["1"])
        registry.push("shop/b", b, tags=["2"])
        registry.forget()
        return await pc.compare_images(f"{HOST}/shop/a:1", f"{HOST}/shop/b:2", **arguments)

    return compare


def values(told: tuple[ValueDifference, ...]) -> dict[str, tuple[str | None, str | None]]:
    return {one.name: (one.a, one.b) for one in told}


# The same, or not


async def test_one_digest_is_the_same_image_wherever_it_is(compared: Any):
    told = await compared(app(), app())
    assert (told.same, told.same_content) == (True, True)
    assert (told.layers_shared, told.layers_added, told.layers_removed) == (2, (), ())
    assert (told.size_change, told.config, told.env, told.labels, told.history_added) == (0, (), (), (), ())
    assert told.warnings == ()


async def test_both_sides_are_told_as_they_were_asked_for(compared: Any):
    a, b = app(), app(BASE, NEW, created="2024-06-01T00:00:00Z")
    told = await compared(a, b)
    assert (told.a.name, told.a.tag, told.a.digest) == (f"{HOST}/shop/a", "1", a.digest)
    assert (told.b.reference, told.b.platform) == (f"{HOST}/shop/b@{b.digest}", "linux/amd64")
    assert (told.b.size, told.b.layers, told.b.created) == (BASE.size + NEW.size, 2, "2024-06-01T00:00:00Z")


async def test_another_time_is_no_other_content(compared: Any):
    told = await compared(app(), app(created="2030-01-01T00:00:00Z"))
    assert (told.same, told.same_content) == (False, True)
    assert values(told.config) == {"created": ("2024-05-01T12:00:00Z", "2030-01-01T00:00:00Z")}


async def test_times_in_the_history_are_no_other_content(compared: Any):
    later = layer({"srv/app": "old\n"}, command="COPY app /srv/", created="2030-01-01T00:00:00Z")
    assert (await compared(app(), app(BASE, later))).same_content is True


@pytest.mark.parametrize(
    "fields",
    [
        {"user": "app"},
        {"env": ["A=1"]},
        {"labels": {"a": "b"}},
        {"config_fields": {"config": {"OnBuild": ["RUN x"]}}},
        {"config_fields": {"os.features": ["win32k"]}},
        {"config_fields": {"config": {"x-future": 1}}},
    ],
)
async def test_another_configuration_is_other_content(compared: Any, fields: dict[str, Any]):
    assert (await compared(app(), app(**fields))).same_content is False


async def test_what_was_noted_at_the_build_is_no_other_content(compared: Any):
    noted = {"moby.buildkit.buildinfo.v1": "e30=", "docker_version": "20.10", "container": "4711"}
    assert (await compared(app(), app(config_fields=noted))).same_content is True


async def test_what_is_empty_says_as_much_as_what_is_not_there(compared: Any):
    """Docker writes all that it knows, BuildKit what is set."""
    run = {"Env": ["A=1"], "User": "", "Hostname": "", "Tty": False, "Volumes": None, "OnBuild": []}
    a, b = app(env=["A=1"]), app(config_fields={"config": run, "author": "", "created": None})
    assert (await compared(a, b)).same_content is True


async def test_layers_whose_contents_nobody_told_are_not_the_same_for_that(compared: Any):
    old, new = (layer({"srv/app": text}, command="COPY app /srv/") for text in ("old", "new"))
    a, b = (image([one], config_fields={"rootfs": None}) for one in (old, new))
    assert (await compared(a, b)).same_content is None


async def test_the_same_layers_are_the_same_though_nobody_told_their_contents(compared: Any):
    a, b = (app(config_fields={"rootfs": None}, created=created) for created in ("2024-01-01T00:00:00Z", None))
    assert (await compared(a, b)).same_content is True


async def test_other_layers_may_hold_the_same_files_so_nothing_is_claimed(compared: Any):
    """Only times of files may differ; whether they do, a look at the files tells."""
    again = layer({"srv/app": "new\n"}, command="COPY app /srv/")
    assert (await compared(app(), app(BASE, again))).same_content is None


# Layers and history


async def test_layers_are_told_apart_by_digest(compared: Any):
    told = await compared(app(), app(BASE, NEW))
    assert (told.layers_shared, told.shared_size) == (1, BASE.size)
    assert told.layers_removed == (LayerDifference(digest=OLD.digest, size=OLD.size, command=OLD.command),)
    assert told.layers_added == (LayerDifference(digest=NEW.digest, size=NEW.size, command=NEW.command),)
    assert told.size_change == NEW.size - OLD.size


async def test_a_layer_that_is_there_twice_counts_twice(compared: Any):
    told = await compared(app(BASE, OLD, OLD), app(OLD, BASE))
    assert told.layers_shared == 2
    assert [gone.digest for gone in told.layers_removed] == [OLD.digest]
    assert told.layers_added == ()


async def test_a_layer_that_is_there_once_more_is_added_once(compared: Any):
    told = await compared(app(OLD), app(OLD, OLD, BASE, OLD))
    assert [new.digest for new in told.layers_added] == [OLD.digest, BASE.digest, OLD.digest]


async def test_the_same_layer_compressed_differently_is_said_to_be_that(compared: Any):
    plain = layer({"srv/app": "old\n"}, command="COPY app /srv/", compression="none")
    told = await compared(app(), app(BASE, plain))
    assert (told.layers_shared, len(told.layers_added)) == (1, 1)
    assert told.same_content is True
    assert told.warnings == ("one layer has the same contents on both sides, compressed differently",)


async def test_build_steps_of_one_side_are_told_in_order(compared: Any):
    a = app(BASE, Step("ENV A=1"), OLD, Step("USER app"))
    b = app(BASE, Step("ENV A=2"), OLD, Step("EXPOSE 80"), Step("USER app"))
    told = await compared(a, b)
    assert told.history_removed == ("ENV A=1",)
    assert told.history_added == ("ENV A=2", "EXPOSE 80")


async def test_a_step_that_moved_is_told_on_both_sides(compared: Any):
    told = await compared(app(BASE, Step("USER app"), OLD), app(BASE, OLD, Step("USER app")))
    assert (told.history_removed, told.history_added) in {
        (("USER app",), ("USER app",)),
        ((OLD.command,), (OLD.command,)),
    }


async def test_a_history_without_end_is_compared_without_regard_to_order(compared: Any):
    many = [Step(f"RUN {number}") for number in range(400)]
    told = await compared(app(BASE, *many), app(BASE, *many[::-1], Step("RUN more")))
    assert (told.history_removed, told.history_added) == ((), ("RUN more",))


async def test_images_without_history_have_no_steps_to_tell(compared: Any):
    told = await compared(app(config_fields={"history": None}), app())
    assert told.history_removed == ()
    assert told.history_added == (BASE.command, OLD.command)


# Configuration


async def test_the_configuration_is_compared_field_by_field(compared: Any):
    a = app(
        user="root",
        entrypoint=["/srv/app"],
        cmd=["--serve"],
        workdir="/",
        ports=["80/tcp"],
        stop_signal="SIGTERM",
    )
    b = app(
        user="app",
        entrypoint=["/srv/app", "-v"],
        workdir="/srv",
        ports=["8080/tcp", "80/tcp"],
        volumes=["/data"],
        healthcheck={"Test": ["CMD", "/srv/app"], "Interval": 30_000_000_000, "Retries": 3},
        author="Ada",
    )
    assert values((await compared(a, b)).config) == {
        "user": ("root", "app"),
        "entrypoint": ('["/srv/app"]', '["/srv/app", "-v"]'),
        "cmd": ('["--serve"]', None),
        "workdir": ("/", "/srv"),
        "exposed_ports": ("80/tcp", "80/tcp, 8080/tcp"),
        "volumes": (None, "/data"),
        "healthcheck": (None, '["CMD", "/srv/app"] interval=30s retries=3'),
        "stop_signal": ("SIGTERM", None),
        "author": (None, "Ada"),
    }


async def test_the_order_of_ports_is_no_difference(compared: Any):
    told = await compared(app(ports=["80/tcp", "443/tcp"]), app(ports=["443/tcp", "80/tcp"]))
    assert told.config == ()


async def test_what_is_hardly_ever_set_is_compared_too(compared: Any):
    told = await compared(app(), app(config_fields={"config": {"OnBuild": ["RUN make"], "Shell": ["/bin/ash"]}}))
    assert values(told.config) == {"onbuild": (None, '["RUN make"]'), "shell": (None, '["/bin/ash"]')}


async def test_environment_and_labels_are_compared_by_name(compared: Any):
    a = app(env=["PATH=/bin", "A=1", "GONE="], labels={"team": "shop", "same": "x"})
    b = app(env=["A=2", "PATH=/bin", "NEW=a=b"], labels={"same": "x", "team": "web"})
    told = await compared(a, b)
    assert values(told.env) == {"A": ("1", "2"), "GONE": ("", None), "NEW": (None, "a=b")}
    assert values(told.labels) == {"team": ("shop", "web")}


async def test_of_two_values_for_one_name_the_later_holds(compared: Any):
    assert (await compared(app(env=["A=1", "A=2"]), app(env=["A=2"]))).env == ()


async def test_annotations_of_index_and_manifest_are_compared_together(compared: Any):
    a = index([app(annotations={"x": "manifest"})], annotations={"x": "index", "y": "1"})
    b = index([app(annotations={"x": "manifest"})], annotations={"y": "2"})
    assert values((await compared(a, b)).annotations) == {"y": ("1", "2")}


# Platforms


ARM, ARM_NEW = image([OLD], platform="linux/arm64"), image([NEW], platform="linux/arm64")


async def test_indexes_are_compared_by_platform(compared: Any):
    s390x, riscv = image([OLD], platform="linux/s390x"), image([OLD], platform="linux/riscv64")
    told = await compared(index([app(), ARM, s390x]), index([app(), ARM_NEW, riscv]))
    assert told.platforms_added == ("linux/riscv64",)
    assert told.platforms_removed == ("linux/s390x",)
    assert told.platforms_changed == ("linux/arm64",)
    # The default platform's images are the very same.
    assert (told.same, told.same_content, told.layers_added) == (False, True, ())


async def test_an_index_and_an_image_are_compared_by_what_they_have(compared: Any):
    told = await compared(index([app(), ARM]), app())
    assert (told.platforms_removed, told.platforms_changed) == (("linux/arm64",), ())
    assert told.same_content is True


async def test_two_lone_images_have_no_platform_that_changed(compared: Any):
    told = await compared(app(), app(BASE, NEW))
    assert (told.platforms_added, told.platforms_removed, told.platforms_changed) == ((), (), ())


async def test_a_platform_may_be_asked_for(compared: Any):
    told = await compared(index([app(), ARM]), index([app(), ARM_NEW]), platform="linux/arm64")
    assert (told.a.platform, told.a.platform_digest) == ("linux/arm64", ARM.digest)
    assert [new.digest for new in told.layers_added] == [NEW.digest]
    assert told.warnings == ()


async def test_the_default_platform_is_compared_wherever_it_is_listed(compared: Any):
    told = await compared(index([ARM, app()]), index([ARM, app(BASE, NEW)]))
    assert (told.a.platform, told.b.platform) == ("linux/amd64", "linux/amd64")
    assert told.warnings == ()


async def test_where_not_both_have_the_default_platform_the_first_common_one_is_compared(compared: Any):
    s390x = image([OLD], platform="linux/s390x")
    told = await compared(index([app(), s390x, ARM]), index([ARM_NEW]))
    assert (told.a.platform, told.b.platform) == ("linux/arm64", "linux/arm64")
    assert told.warnings == ("linux/amd64 is not among the platforms of both; this compares linux/arm64",)


async def test_windows_versions_that_differ_are_still_one_platform(compared: Any):
    def windows(version: str) -> Any:
        return index([image([OLD], platform="windows/amd64", config_fields={"os.version": version})])

    told = await compared(windows("10.0.17763.1"), windows("10.0.20348.2"))
    assert values(told.config) == {"os_version": ("10.0.17763.1", "10.0.20348.2")}
    assert told.warnings == ("linux/amd64 is not among the platforms of both; this compares windows/amd64",)


async def test_images_without_a_common_platform_are_compared_as_they_are(compared: Any):
    told = await compared(app(BASE, OLD), ARM)
    assert (told.a.platform, told.b.platform) == ("linux/amd64", "linux/arm64")
    assert told.warnings == (
        "the images have no platform in common",
        "images for different platforms are compared: linux/amd64 and linux/arm64",
    )
    assert values(told.config) == {"architecture": ("amd64", "arm64")}


async def test_a_platform_that_one_side_lacks_is_said_of_that_side(compared: Any):
    with pytest.raises(NotFoundError, match=r": the second image: the image exists, but not for linux/arm64"):
        await compared(index([app(), ARM]), index([app()]), platform="linux/arm64")


# What it costs


async def test_two_indexes_cost_index_manifest_and_configuration_each(compared: Any, registry: FakeRegistry):
    await compared(index([app(), ARM]), index([app(BASE, NEW), ARM]))
    assert sorted(asked(registry)) == ["GET blob"] * 2 + ["GET manifest"] * 4


async def test_the_same_image_twice_costs_no_more_than_once(pc: Portcall, registry: FakeRegistry):
    registry.push("shop/a", app(), tags=["1", "2"])
    await pc.compare_images(f"{HOST}/shop/a:1", f"{HOST}/shop/a:1")
    assert sorted(asked(registry)) == ["GET blob", "GET manifest"]


# Two registries


async def test_the_images_may_be_in_different_registries():
    first, second = FakeRegistry(), FakeRegistry()
    first.push("shop/api", app(), tags=["1"])
    second.push("mirror/api", app(BASE, NEW), tags=["1"])
    with first.serve() as one, second.serve() as other:
        hosts = {"one.test": {"endpoint": one.url}, "other.test": {"endpoint": other.url}}
        async with Portcall(settings_for(hosts)) as pc:
            told = await pc.compare_images("one.test/shop/api:1", "other.test/mirror/api:1")
    assert (told.a.registry, told.b.registry) == ("one.test", "other.test")
    assert told.layers_shared == 1


# What is no image


async def test_two_artifacts_are_compared_by_their_layers(compared: Any):
    told = await compared(helm_chart("shop", "1.0"), helm_chart("shop", "1.1"))
    assert (told.same, told.same_content) == (False, False)
    assert (len(told.layers_removed), len(told.layers_added)) == (1, 1)
    assert told.warnings == ("these are no images: they have no platform, history or files to compare",)
    assert told.a.platform is None


async def test_two_kinds_of_artifact_say_so(compared: Any):
    told = await compared(artifact("application/vnd.a", {"f": b"x"}), artifact("application/vnd.b", {"f": b"x"}))
    assert values(told.config)["artifact_type"] == ("application/vnd.a", "application/vnd.b")
    assert (told.layers_shared, told.same_content) == (1, False)


async def test_artifacts_with_the_same_layers_have_the_same_content(compared: Any):
    a, b = (artifact("application/vnd.a", {"f": b"x"}, annotations={"n": n}) for n in "12")
    told = await compared(a, b)
    assert (told.same, told.same_content) == (False, True)
    assert values(told.annotations) == {"n": ("1", "2")}


async def test_two_indexes_without_images_are_compared_by_their_entries(compared: Any):
    told = await compared(index([]), index([], annotations={"a": "b"}))
    assert told.same_content is True
    assert values(told.annotations) == {"a": (None, "b")}


async def test_an_artifact_and_an_image_have_nothing_to_compare(compared: Any):
    with pytest.raises(UnsupportedError, match=r": the first image, .*shop/a:1, is an artifact, not an image"):
        await compared(helm_chart("shop", "1.0"), app())


async def test_an_image_and_an_index_without_images_have_nothing_to_compare(compared: Any):
    with pytest.raises(UnsupportedError, match=r": the second image, .*shop/b:2, is an index without images"):
        await compared(app(), index([]))


async def test_schema_1_is_said_of_the_side_that_has_it(compared: Any):
    with pytest.raises(UnsupportedError, match=r": the second image: .*schema 1"):
        await compared(app(), schema1("shop/b", "2"))


# What goes wrong


async def test_the_side_that_is_missing_is_named_with_what_was_probably_meant(
    pc: Portcall, registry: FakeRegistry
):
    registry.push("shop/a", app(), tags=["1.0", "2.0"])
    with pytest.raises(NotFoundError, match=r": the second image: .* has no tag '1\.O'") as caught:
        await pc.compare_images(f"{HOST}/shop/a:1.0", f"{HOST}/shop/a:1.O")
    assert "1.0" in caught.value.candidates


async def test_where_both_fail_alike_each_is_named_once(pc: Portcall, registry: FakeRegistry):
    """Both wait for one request, and get one failure."""
    registry.add(quirks.Answer(503, retry_after=600))
    with pytest.raises(UnavailableError) as caught:
        await pc.compare_images(f"{HOST}/shop/a:1", f"{HOST}/shop/a:1")
    assert caught.value.message.startswith("the first image: ")
    assert "second" not in caught.value.message


async def test_an_outage_is_no_difference(pc: Portcall, registry: FakeRegistry):
    registry.push("shop/a", app(), tags=["1"])
    registry.push("shop/b", app(BASE, NEW), tags=["1"])
    registry.add(quirks.Answer(503, path="/shop/b/blobs/", retry_after=600))
    with pytest.raises(UnavailableError, match=r": the second image: "):
        await pc.compare_images(f"{HOST}/shop/a:1", f"{HOST}/shop/b:1")


async def test_an_image_that_may_not_be_seen_is_named():
    private, public = FakeRegistry(auth=BasicAuth({"ada": "secret"})), FakeRegistry()
    private.push("shop/api", app(), tags=["1"])
    public.push("shop/api", app(), tags=["1"])
    with private.serve() as one, public.serve() as other:
        hosts = {"one.test": {"endpoint": one.url}, "other.test": {"endpoint": other.url}}
        async with Portcall(settings_for(hosts)) as pc:
            with pytest.raises(UnauthorizedError, match=r": the first image: "):
                await pc.compare_images("one.test/shop/api:1", "other.test/shop/api:1")
