"""What a person sees on a terminal: nothing that the Markdown tells is kept from them."""

from __future__ import annotations

import io

import pytest
from rich.console import Console
from tests.core.render.answers import ANSWERS, CHART, IMAGE
from tests.core.render.test_hostile_answers import INJECTIONS, an_image
from tests.testbed.hostile import control_characters

from portcall.cli.drawings import drawn, plugins_drawing
from portcall.loader import LoadedPlugins, PluginReport, PluginSource
from portcall.models import (
    Answer,
    DockerImage,
    ImageList,
    RegistryInfo,
    RegistryList,
    SourceStatus,
    Tag,
    TagList,
)


def shown(what: Answer | LoadedPlugins, width: int = 200) -> str:
    """Return what stands on a terminal without colours."""
    console = Console(file=io.StringIO(), width=width, highlight=False)
    console.print(plugins_drawing(what) if isinstance(what, LoadedPlugins) else drawn(what))
    return console.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def row_of(text: str, beginning: str) -> str:
    (row,) = [line for line in text.splitlines() if line.startswith(beginning)]
    return " ".join(row.split())


class TestTags:
    PAGE = TagList(name="nginx", registry="docker.io", tags=(Tag(name="1.27"),), newest_stable="1.27", total=1)

    def test_the_newest_stable_stands_out(self):
        assert "newest stable 1.27" in shown(self.PAGE)

    def test_of_those_that_match_it_is_the_newest_of_these(self):
        assert "newest stable of these 1.27" in shown(self.PAGE.model_copy(update={"tag_pattern": "1.27"}))

    def test_of_one_digest_it_is_the_full_version(self):
        assert "full version 3.13.5" in shown(ANSWERS["tags_of_a_digest"])

    def test_that_none_matches_is_said(self):
        assert shown(ANSWERS["tags_none"]).startswith("python  no tag matches")


class TestImages:
    def test_who_vouches_for_an_image_stands_below_its_name(self):
        text = shown(ANSWERS["images"])
        assert "✓ official" in text
        assert "✓ VMware [by](https://evil.example)" in text

    def test_how_many_there_are_is_said(self):
        row = DockerImage(name="nginx", registry="docker.io", reference="docker.io/library/nginx")
        found = ImageList(query="nginx", images=(row,), total=1234)
        assert "1 image of 1,234 for nginx" in shown(found)

    def test_how_each_registry_fared_is_said(self):
        text = shown(ANSWERS["images"])
        assert "docker.io: 284,295 found" in text
        assert "quay.io: 1 shown" in text

    def test_a_column_in_which_nothing_stands_is_left_out(self):
        row = DockerImage(name="ghcr.io/a/b", registry="ghcr.io", reference="ghcr.io/a/b", stars=7)
        head = row_of(shown(ImageList(query="b", images=(row,))), "IMAGE")
        assert head == "IMAGE STARS"

    @pytest.mark.parametrize("sources", [(), (SourceStatus(registry="quay.io", status="ok"),)])
    def test_nothing_found_has_its_next_step(self, sources: tuple[SourceStatus, ...]):
        text = shown(ImageList(query="nosuch", sources=sources, total=0))
        assert "0 images for nosuch" in text
        assert "Try fewer or other words" in text
        assert ("-r all" in text) == (not sources)


class TestImage:
    @pytest.mark.parametrize(
        ("fact", "value"),
        [
            ("author", "Acme <dev@acme.example>"),
            ("base", "docker.io/library/alpine:3.20@sha256:dddd"),
            ("stop signal", "SIGTERM"),
            ("health", "CMD /app health every 30 s"),
        ],
    )
    def test_a_fact_is_a_row(self, fact: str, value: str):
        assert row_of(shown(IMAGE), fact).startswith(f"{fact} {value}")

    def test_each_variable_stands_on_a_line_of_its_own(self):
        lines = [line.strip() for line in shown(IMAGE).splitlines()]
        assert "LOG=json" in lines
        assert "MOTD=a `b` c" in lines

    def test_of_very_many_variables_the_rest_is_counted(self):
        many = IMAGE.model_copy(update={"env": tuple(f"V{number}=x" for number in range(30))})
        text = shown(many)
        assert "… 30 variables in all" in text
        assert "V20=x" not in text

    def test_annotations_are_shown_that_no_label_repeats(self):
        section = shown(IMAGE).partition("\nannotations")[2]
        assert "com.acme.signed" in section
        assert "org.opencontainers.image.version" not in section

    def test_of_a_chart_annotations_and_what_its_layers_are_are_shown(self):
        text = shown(CHART)
        assert "application/vnd.cncf.helm.chart.content.v1.tar+gzip" in text
        assert "org.opencontainers.image.title" in text

    @pytest.mark.parametrize("words", INJECTIONS.values(), ids=INJECTIONS)
    def test_nobodys_words_move_the_cursor(self, words: str):
        assert control_characters(shown(an_image(words))) == set()


class TestRegistries:
    def test_what_all_can_is_said_once_and_the_rest_in_a_row(self):
        text = shown(ANSWERS["registries"])
        assert "all can: tags, manifests, details\n" in text.replace("  ", "").replace(" \n", "\n")
        assert " search " in row_of(text, "docker.io")

    def test_at_eighty_columns_addresses_are_whole(self):
        """There is room, for a column in which nothing would stand is left out."""
        found = [
            RegistryInfo(prefix=prefix, backend=backend, plugin=f"portcall:{backend}", endpoint=f"https://{host}")
            for prefix, backend, host in (
                ("docker.io", "dockerhub", "registry-1.docker.io"),
                ("quay.io", "quay", "quay.io"),
            )
        ]
        lines = shown(RegistryList(registries=tuple(found)), 80).splitlines()
        assert lines[0].split() == ["PREFIX", "BACKEND", "ENDPOINT", "CREDENTIALS"]
        assert lines[1].split()[:3] == ["docker.io", "dockerhub", "https://registry-1.docker.io"]

    def test_whose_token_an_api_is_asked_with_is_said(self):
        info = RegistryInfo(prefix="quay.io", backend="quay", plugin="portcall:quay", api_credentials="QUAY_TOKEN")
        assert "for its API: QUAY_TOKEN" in shown(RegistryList(registries=(info,)))

    def test_an_address_in_brackets_is_no_markup(self):
        url = "https://[fd00::1]:8443"
        info = RegistryInfo(prefix="[fd00::1]:8443", backend="oci", plugin="portcall:oci", endpoint=url)
        assert row_of(shown(RegistryList(registries=(info,))), "[fd00::1]:8443").split()[2] == url


def test_dates_and_platforms_are_no_markup():
    tag = Tag(name="1", last_updated="[b]", size=1, platforms=("[red]x",))
    assert row_of(shown(TagList(name="a", registry="docker.io", tags=(tag,), total=1)), "1") == "1 [b] 1 B [red]x"
    row = DockerImage(name="a", registry="docker.io", reference="a", last_updated="[b]")
    assert row_of(shown(ImageList(query="a", images=(row,))), "a ") == "a [b]"


def test_a_plugin_with_problems_is_loaded_but():
    source = PluginSource("portcall-acme", "1.0", "main")
    good, half = PluginReport(source), PluginReport(source, problems=["its prefix is taken"])
    text = shown(LoadedPlugins(reports=[good, half]))
    assert text.count("loaded, but") == 1
    assert text.count("loaded") == 2
