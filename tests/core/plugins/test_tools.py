"""Plugins' tools as they are loaded: what is offered, under which names, and what is refused."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.plugins.conftest import BUILT_IN, Site, backend_module, loaded, report_on, tool_module

from portcall.loader.source import PluginSource
from portcall.loader.tools import ToolOffer, named_apart
from portcall.plugin import PluginTool
from portcall.plugin_tool import RESERVED
from portcall.tools import TOOLS
from portcall.toolspec import ToolSpec

HEAD = """
from typing import Annotated
from pydantic import Field
from portcall.models import Answer, Page
from portcall.plugin import BackendRegistration, PluginTool, RegistryBackend, hookimpl

class Greeting(Answer):
    text: str = ""

async def greet(portcall, name: str = "you") -> Greeting:
    return Greeting(text=f"hello {name}")
"""


def offering(tool: str, before: str = "") -> str:
    return f"{HEAD}\n{before}\n@hookimpl\ndef portcall_tools():\n    yield {tool}\n"


def taking(signature: str, returns: str = "Greeting") -> str:
    """Return a plugin whose tool is a function with that signature."""
    answer = f" -> {returns}" if returns else ""
    return offering("PluginTool('greet', 'Greet', 'Greets.', odd)", f"async def odd({signature}){answer}: ...")


FAULTS = {
    "a hook that raises": (
        f"{HEAD}@hookimpl\ndef portcall_tools(): raise OSError('disk gone')",
        "OSError: disk gone",
    ),
    "a generator that raises late": (
        offering("PluginTool('greet', 'Greet', 'Greets.', greet)\n    raise OSError('late')"),
        "OSError: late",
    ),
    "an asynchronous hook": (
        f"{HEAD}@hookimpl\nasync def portcall_tools(): return ()",
        "TypeError: a hook that is asked at the start is asynchronous",
    ),
    "no tool": (offering("greet"), "TypeError: offers a function where a PluginTool is due"),
    "a name with a blank": (
        offering("PluginTool('say hi', 'Greet', 'Greets.', greet)"),
        "ValueError: 'say hi' is no name for a tool: small letters, digits and _, 64 at most",
    ),
    "a name that is too long": (
        offering("PluginTool('x' * 65, 'Greet', 'Greets.', greet)"),
        "ValueError: 'x+' is no name for a tool",
    ),
    "a name that is none": (offering("PluginTool(7, 'Greet', 'Greets.', greet)"), "ValueError: '7' is no name"),
    "no title": (
        offering("PluginTool('greet', ' ', 'Greets.', greet)"),
        "ValueError: its tool greet has no title",
    ),
    "no description": (
        offering("PluginTool('greet', 'Greet', None, greet)"),
        "ValueError: its tool greet has no description",
    ),
    "a description that is too long": (
        offering("PluginTool('greet', 'Greet', 'x' * 1001, greet)"),
        "ValueError: the description of its tool greet has 1,001 characters; 1,000 are the most",
    ),
    "a description that nothing can carry": (
        offering("PluginTool('greet', 'Greet', '\\ud800', greet)"),
        "UnicodeEncodeError",
    ),
    "a plain function": (
        offering("PluginTool('greet', 'Greet', 'Greets.', print)"),
        r"TypeError: the function of its tool greet is no coroutine function \(async def\)",
    ),
    "a render that is none": (
        offering("PluginTool('greet', 'Greet', 'Greets.', greet, render='**{text}**')"),
        "TypeError: the render of its tool greet is no plain function",
    ),
    "an asynchronous render": (
        offering("PluginTool('greet', 'Greet', 'Greets.', greet, render=greet)"),
        "TypeError: the render of its tool greet is no plain function",
    ),
    "no gateway": (taking(""), "TypeError: the function of its tool greet does not take the gateway"),
    "a gateway by keyword": (
        taking("*, portcall"),
        "TypeError: .* does not take the gateway as its first argument",
    ),
    "arguments without names": (
        taking("portcall, **more: str"),
        r"TypeError: the function of its tool greet takes \*\*more: 'str'|.*takes \*\*more: str",
    ),
    "an argument without a type": (
        taking("portcall, name"),
        "TypeError: the function of its tool greet has no annotation for name",
    ),
    "no answer": (
        taking("portcall", ""),
        "TypeError: the function of its tool greet has no annotation for its answer",
    ),
    "an answer that is none": (
        taking("portcall", "dict"),
        "TypeError: the answer of its tool greet is no subclass of portcall.models.Answer",
    ),
    "a page without rows": (
        taking("portcall", "Page"),
        "TypeError: the rows_field of its tool greet's answer names no field that is a tuple",
    ),
    "a type that nobody knows": (
        taking("portcall, name: 'Unheard'"),
        "TypeError: the signature of its tool greet cannot be used: NameError: name 'Unheard' is not defined",
    ),
    "an argument that is several things": (
        taking("portcall, name: str | None = None"),
        "TypeError: the argument name of its tool greet is not a text, a number, a boolean, or a list of these",
    ),
    "an argument that is an object": (taking("portcall, name: Greeting"), "TypeError: the argument name of its"),
    "a list of anything": (taking("portcall, names: list"), "TypeError: the argument names of its tool greet"),
    "an argument by a name that means something else": (
        taking("portcall, model_dump: str"),
        "TypeError: the signature of its tool greet cannot be used",
    ),
    "a default that is no JSON": (
        taking("portcall, name: str = b'\\xff'"),
        "TypeError: the signature of its tool greet cannot be used",
    ),
    "a schema that is too large": (
        taking("portcall, name: Annotated[str, Field(description='x' * 4000)]"),
        "ValueError: its tool greet takes 4,[0-9]+ bytes of the list; 4,096 are the most",
    ),
    "an answer whose schema is too large": (
        offering(
            "PluginTool('greet', 'Greet', 'Greets.', odd)",
            "from pydantic import create_model\n"
            "Wide = create_model('Wide', __base__=Answer, **{f'field_number_{n}': (int, 0) for n in range(200)})\n"
            "async def odd(portcall) -> Wide: ...",
        ),
        "ValueError: its tool greet takes [0-9,]+ bytes of the list; 4,096 are the most",
    ),
    "one name twice": (
        offering("from (PluginTool('greet', 'Greet', 'Greets.', greet) for _ in '12')"),
        "ValueError: offers the tool greet twice",
    ),
    "too many": (
        offering("from (PluginTool(f'greet_{n}', 'Greet', 'Greets.', greet) for n in range(17))"),
        "ValueError: offers more than 16 tools",
    ),
    "without an end": (
        offering("from iter(lambda: PluginTool('greet', 'Greet', 'Greets.', greet), None)"),
        "ValueError: offers more than 16 tools",
    ),
}


@pytest.mark.filterwarnings("default")
@pytest.mark.parametrize(("source", "reason"), FAULTS.values(), ids=FAULTS)
def test_a_faulty_tool_costs_its_plugin_alone(site: Site, source: str, reason: str):
    site.add("portcall-faulty", source, version="0.9")
    site.add("portcall-good", tool_module("greet"))
    found = loaded()
    states = {report.source.qualified: report.state for report in found.reports}
    assert states == dict.fromkeys((*BUILT_IN, "portcall-good:main"), "loaded") | {
        "portcall-faulty:main": "failed"
    }
    assert [(offer.spec.name, offer.source.distribution) for offer in found.tools] == [("greet", "portcall-good")]
    (failure,) = found.failures
    assert (failure.plugin, failure.version) == ("portcall-faulty:main", "0.9")
    assert re.match(reason, failure.reason)


def test_whatever_else_a_plugin_with_a_faulty_tool_offers_is_lost_too(site: Site):
    source = f"{FAULTS['no tool'][0]}\n@hookimpl\ndef portcall_backends():\n"
    site.add(
        "portcall-faulty", f"{source}    yield BackendRegistration('acme', RegistryBackend, ('acme.example',))"
    )
    found = loaded()
    assert {offer.source.distribution for offer in found.offers} == {"portcall"}


@pytest.mark.parametrize(
    "signature",
    [
        "portcall",
        "portcall, /",
        "gateway: 'Portcall', name: str",
        "portcall, *, name: str = ''",
        "portcall, names: list[str] = [], limit: Annotated[int, Field(ge=1, le=9)] = 3, deep: bool = False",
        "portcall, ratio: float = 0.5, progress=None",
        "portcall, *, progress: 'Progress | None' = None",
    ],
)
def test_proper_signatures(site: Site, signature: str):
    site.add("portcall-good", taking(signature.replace("progress=None", "progress: object = None")))
    (offer,) = loaded().tools
    assert "progress" not in offer.spec.input_schema["properties"]


def test_arguments_may_be_one_of_a_few(site: Site):
    site.add("portcall-good", "from typing import Literal\n" + taking("portcall, order: Literal['name', 'size']"))
    (offer,) = loaded().tools
    assert offer.spec.input_schema["properties"]["order"] == {"type": "string", "enum": ["name", "size"]}


# Names


def tools_of(site: Site, *distributions: str, name: str = "greet") -> list[str]:
    for distribution in distributions:
        site.add(distribution, tool_module(name))
    return [offer.spec.name for offer in loaded().tools]


def test_names_that_are_portcalls_own_are_reserved():
    """Where this fails, a tool was added: its name belongs into ``RESERVED``."""
    assert {tool.name for tool in TOOLS} <= RESERVED


@pytest.mark.parametrize("name", ["search_images", "list_registries", "verify_signature"])
def test_a_built_ins_name_stays_the_built_ins(site: Site, name: str):
    assert tools_of(site, "Portcall.Harbor", name=name) == [f"portcall_harbor_{name}"]
    report = report_on(loaded(), "portcall-harbor:main")
    assert (report.state, report.tools, report.problems) == ("loaded", (f"portcall_harbor_{name}",), [])
    assert report.notes == [f"its tool {name} is offered as portcall_harbor_{name}, for that name is taken"]


def test_two_strangers_with_one_name_are_told_apart_by_their_distributions(site: Site):
    assert tools_of(site, "portcall-b", "portcall-a") == ["portcall_a_greet", "portcall_b_greet"]
    assert loaded().failures == ()


def test_a_name_that_even_the_distribution_does_not_tell_apart_is_nobodys(site: Site):
    site.add(
        "portcall-twin",
        tool_module("greet"),
        entry_points="[portcall.plugins]\none = stranger_portcall_twin\ntwo = stranger_portcall_twin\n",
    )
    found = loaded()
    assert found.tools == []
    assert [failure.plugin for failure in found.failures] == ["portcall-twin:one", "portcall-twin:two"]
    reason = "its tool greet has a name that is taken, and portcall_twin_greet is no better"
    assert {failure.reason for failure in found.failures} == {reason}
    assert report_on(found, "portcall-twin:one").state == "failed"


def test_whoever_moves_takes_nobodys_name(site: Site):
    site.add("acme", tool_module("greet"))
    site.add("portcall-other", tool_module("greet"))
    site.add("portcall-settled", tool_module("acme_greet"))
    found = loaded()
    assert [(offer.spec.name, offer.source.distribution) for offer in found.tools] == [
        ("acme_greet", "portcall-settled"),
        ("portcall_other_greet", "portcall-other"),
    ]
    assert [failure.plugin for failure in found.failures] == ["acme:main"]


def test_a_name_that_gets_too_long_is_told(site: Site):
    name = "list_registries"
    site.add("portcall-" + "x" * 50, tool_module(name))
    (failure,) = loaded().failures
    assert failure.reason.startswith(f"its tool {name} has a name that is taken, and portcall_xxxx")


def test_a_plugin_that_lost_its_backends_name_keeps_its_tools(site: Site):
    source = tool_module("greet") + backend_module("oci", "acme.example")
    site.add("portcall-acme", source)
    found = loaded()
    report = report_on(found, "portcall-acme:main")
    assert (report.state, report.backends, report.tools) == ("loaded", (), ("greet",))
    assert [offer.spec.name for offer in found.tools] == ["greet"]
    assert len(found.failures) == 1


async def _nothing(portcall: object) -> None: ...


def _offer(distribution: str, name: str) -> ToolOffer:
    tool = PluginTool(name, "Title", "Words.", _nothing)  # type: ignore[arg-type]
    spec = ToolSpec(name, tool.title, tool.description, "plugins", tool.function)
    return ToolOffer(PluginSource(distribution, "1", "main"), spec, tool)


OFFERS = st.lists(
    st.builds(_offer, st.sampled_from("ab"), st.sampled_from(["x", "y", "a_x", "b_x", "get_manifest"])),
    unique_by=lambda offer: (offer.source.distribution, offer.spec.name),
)


@given(OFFERS, st.randoms(use_true_random=False))
def test_names_and_their_order_depend_on_what_is_installed_alone(offers: list[ToolOffer], chance: object):
    shuffled = list(offers)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    kept, lost = named_apart(offers)
    assert named_apart(shuffled)[0] == kept
    names = [offer.spec.name for offer in kept]
    assert names == sorted(set(names))
    assert not RESERVED & set(names)
    assert len(kept) + len(lost) == len(offers)
    alone = {offer.spec.name for offer in offers if sum(o.tool.name == offer.tool.name for o in offers) == 1}
    assert alone - RESERVED <= set(names)


def test_all_plugins_tools_together_have_a_room_of_their_own(site: Site):
    for name in ("one", "two"):
        tool = f"PluginTool(f'{name}_{{n}}', 'Greet', 'Greets. ' + 'x' * 900, greet)"
        site.add(f"portcall-{name}", offering(f"from ({tool} for n in range(9))"))
    found = loaded()
    offered = [offer.spec.name for offer in found.tools]
    assert offered == sorted(offered)
    assert 8 <= len(offered) <= 12
    assert report_on(found, "portcall-one:main").problems == []
    refused = report_on(found, "portcall-two:main")
    assert len(refused.problems) == 18 - len(offered)
    assert refused.problems[0].startswith("its tool two_")
    assert "finds no room: all plugins' tools have 12,288 bytes" in refused.problems[0]
