"""Broken, slow and hostile registries: every fault has its code, in time, and nothing is broken afterwards."""

from __future__ import annotations

import json
import socket
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from tests.testbed import content as c
from tests.testbed import faults
from tests.testbed.fault_proxy import Rule
from tests.testbed.own_network import in_own_network
from tests.testbed.questions import FIRST_REQUESTS, codes, every_tool, within
from tests.testbed.raw import APP, NOWHERE
from tests.testbed.shapes import PUSHED_TAGS

import portcall.http.transport
from portcall.errors import PortcallError
from portcall.models import ErrorInfo
from portcall.render import render
from portcall.testing import BearerAuth, image, layer, quirks

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.testbed.fault_proxy import FaultProxy
    from tests.testbed.shell import Shell

    from portcall import Portcall
    from portcall.testing import FakeRegistry

pytestmark = pytest.mark.anyio

TIMEOUT = 1.5  #: Seconds that a call may take, by the configuration.
PATIENT = 6.0  #: The same, where something is worth waiting for.
GRACE = 1.5  #: Seconds more for a busy machine.

INDEX = r"^GET /v2/demo/app/manifests/1\.0$"
CHILD = r"^GET /v2/demo/app/manifests/sha256:"
CONFIG = r"^GET /v2/demo/app/blobs/"
TAGS = r"^GET /v2/demo/tags/tags/list"

HTML = b"<!doctype html><title>Sign in</title><script>alert(1)</script>"
METADATA = "http://169.254.169.254"
HUGE = json.dumps(c.index(annotations={"filler": "x" * (20 << 20)})).encode()


def served(body: bytes, media_type: str = c.OCI_INDEX) -> faults.Status:
    """Put ``body`` in place of what was asked for, and its digest with it."""
    return faults.Status(200, body=body, headers={"Content-Type": media_type})


def challenged(realm: str) -> faults.Status:
    """Send for a token to ``realm``."""
    return faults.Status(401, headers={"WWW-Authenticate": f'Bearer realm="{realm}",service="x"'})


MANIFEST_FAULTS: dict[str, tuple[faults.Fault, str]] = {
    "slow": (faults.Latency(60), "timeout"),
    "stalled in the body": (faults.Stall(after=5), "timeout"),
    "dribbling": (faults.Dribble(chunk=1, interval=0.1), "timeout"),
    "refused": (faults.Refuse(), "unreachable"),
    "reset": (faults.Reset(after=5), "unreachable"),
    "truncated": (faults.Truncate(after=5), "unreachable"),
    "one bit flipped": (faults.Flip(), "digest_mismatch"),
    "another body": (faults.Garbage(HTML), "digest_mismatch"),
    "another digest in the header": (
        faults.ChangeHeaders(set={"Docker-Content-Digest": NOWHERE}),
        "digest_mismatch",
    ),
    "half a JSON": (served(b'{"schemaVersion": 2, "manif'), "upstream_error"),
    "JSON of another kind": (served(b'["not", "a", "manifest"]'), "upstream_error"),
    "JSON nested without end": (served(b"[" * 100_000), "upstream_error"),
    "HTML instead": (served(HTML, "text/html"), "upstream_error"),
    "20 MiB": (served(HUGE), "too_large"),
    "endless": (faults.Endless(), "too_large"),
    "gzip bomb": (faults.GzipBomb(mebibytes=16), "too_large"),
    "unknown encoding": (faults.ChangeHeaders(set={"Content-Encoding": "br"}), "upstream_error"),
    "forbidden": (faults.Status(403), "forbidden"),
    "500 with HTML": (faults.Status(500, body=HTML, headers={"Content-Type": "text/html"}), "upstream_error"),
    "503, back in a minute": (faults.Status(503, retry_after=60), "upstream_error"),
    "503, who knows": (faults.Status(503), "upstream_error"),
    "429, who knows": (faults.Status(429), "rate_limited"),
    "teapot": (faults.Status(418), "upstream_error"),
    "redirect to another port": (faults.Redirect("http://127.0.0.1:1"), "blocked"),
    "redirect to the metadata service": (faults.Redirect(METADATA), "blocked"),
    "redirect to a spelling of loopback": (faults.Redirect("http://[::ffff:7f00:1]:1"), "blocked"),
    "redirect to a number": (faults.Redirect("http://2130706433:1"), "blocked"),
    "redirect to a file": (faults.Redirect("file:///etc/passwd", exact=True), "blocked"),
    "redirect in a circle": (faults.Redirect("", code=302), "upstream_error"),
    "realm at another port": (challenged("http://127.0.0.1:1/token"), "blocked"),
    "realm at the metadata service": (challenged(f"{METADATA}/token"), "blocked"),
    "realm of another kind": (challenged("file:///etc/passwd"), "blocked"),
}
each_manifest_fault = pytest.mark.parametrize(
    ("fault", "code"), [pytest.param(*expected, id=name) for name, expected in MANIFEST_FAULTS.items()]
)


@pytest.fixture
def app(fault_proxy: FaultProxy) -> str:
    """An image behind the fault proxy."""
    return f"{fault_proxy.netloc}/demo/app:1.0"


@pytest.fixture
def portcall(fault_proxy: FaultProxy, gateway_of: Callable[..., Portcall]) -> Portcall:
    """A gateway that knows the fault proxy as a registry, and has little time."""
    return impatient(gateway_of, fault_proxy.netloc)


@pytest.fixture
def patient(fault_proxy: FaultProxy, gateway_of: Callable[..., Portcall]) -> Portcall:
    """The same, with enough time for another try."""
    return impatient(gateway_of, fault_proxy.netloc, PATIENT)


def impatient(gateway_of: Callable[..., Portcall], netloc: str, timeout: float = TIMEOUT) -> Portcall:
    return gateway_of({netloc: {"endpoint": f"http://{netloc}"}}, network={"timeout": timeout})


@contextmanager
def refused(code: str) -> Iterator[list[PortcallError]]:
    """Expect an error of that code, in time, worded for the person who has to act on it."""
    started = time.monotonic()
    with pytest.raises(PortcallError) as caught:
        yield (errors := [])
    errors.append(caught.value)
    assert time.monotonic() - started < TIMEOUT + GRACE
    assert caught.value.code == code, caught.value
    text = render(ErrorInfo.of(caught.value))
    assert text.startswith(f"{code}: ")
    assert caught.value.hint
    assert "<" not in text  # nothing of a page, and no repr of anything


class TestManifests:
    @each_manifest_fault
    async def test_a_fault_has_its_code_and_leaves_no_trace(
        self, portcall: Portcall, fault_proxy: FaultProxy, app: str, fault: faults.Fault, code: str
    ) -> None:
        fault_proxy.rules = [Rule(fault, match=INDEX)]
        with refused(code) as errors:
            await portcall.get_image_details(app)
        assert errors[0].registry == fault_proxy.netloc
        fault_proxy.rules = []
        assert (await portcall.get_image_details(app)).digest == APP.digest

    @pytest.mark.parametrize("match", [CHILD, CONFIG], ids=["the platform's manifest", "the configuration"])
    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            pytest.param(faults.Flip(), "digest_mismatch", id="flipped"),
            pytest.param(faults.Garbage(b"{}"), "digest_mismatch", id="another body"),
            pytest.param(faults.Endless(), "too_large", id="endless"),
            pytest.param(faults.Status(503), "upstream_error", id="503"),
            pytest.param(faults.Refuse(), "unreachable", id="refused"),
        ],
    )
    async def test_what_an_image_leads_to_may_break_as_well(
        self,
        portcall: Portcall,
        fault_proxy: FaultProxy,
        app: str,
        match: str,
        fault: faults.Fault,
        code: str,
    ) -> None:
        fault_proxy.rules = [Rule(fault, match=match)]
        with refused(code):
            await portcall.get_image_details(app)
        fault_proxy.rules = []
        assert (await portcall.get_image_details(app)).architecture == "amd64"

    @pytest.mark.parametrize("code", [429, 503])
    async def test_retry_after_is_passed_on_where_it_is_too_long_to_wait(
        self, portcall: Portcall, fault_proxy: FaultProxy, app: str, code: int
    ) -> None:
        fault_proxy.rules = [Rule(faults.Status(code, retry_after=60), match=INDEX)]
        with refused("rate_limited" if code == 429 else "upstream_error") as errors:
            await portcall.get_image_details(app)
        assert errors[0].retry_after == 60
        assert "60" in render(ErrorInfo.of(errors[0]))
        assert len(fault_proxy.log) == 1

    @pytest.mark.parametrize("code", [429, 503])
    async def test_a_short_retry_after_is_waited_for(
        self, patient: Portcall, fault_proxy: FaultProxy, app: str, code: int
    ) -> None:
        fault_proxy.rules = [Rule(faults.Status(code, retry_after=1), match=INDEX, times=1)]
        started = time.monotonic()
        assert (await patient.get_image_details(app)).digest == APP.digest
        assert time.monotonic() - started >= 1

    async def test_a_line_that_breaks_now_and_then_is_tried_again(
        self, patient: Portcall, fault_proxy: FaultProxy, app: str
    ) -> None:
        fault_proxy.rules = [Rule(faults.Refuse(), times=1), Rule(faults.Truncate(after=3), skip=1, times=1)]
        assert (await patient.get_image_details(app)).digest == APP.digest


EVERY_TOOLS_FAULTS: dict[str, tuple[faults.Fault, dict[str, str]]] = {
    "refused": (faults.Refuse(), every_tool("unreachable")),
    "reset in the body": (faults.Reset(after=5), every_tool("unreachable")),
    "truncated": (faults.Truncate(after=5), every_tool("unreachable")),
    "503 in seconds": (faults.Status(503, retry_after=60), every_tool("upstream_error")),
    "503 by date": (faults.Status(503, retry_after=60, as_date=True), every_tool("upstream_error")),
    "429, who knows": (faults.Status(429), every_tool("rate_limited")),
    "504": (faults.Status(504), every_tool("upstream_error")),
    "403": (faults.Status(403), every_tool("forbidden")),
    "garbage": (faults.Garbage(HTML), every_tool("digest_mismatch", search_tags="upstream_error")),
    "half a JSON": (served(b'{"schemaVersion": 2, "manif'), every_tool("upstream_error")),
    "endless": (faults.Endless(), every_tool("too_large")),
    # What a list of tags says, no digest vouches for.
    "one bit flipped": (faults.Flip(), every_tool("digest_mismatch", search_tags="ok")),
    "a bit of the structure flipped": (
        faults.Flip(offset=0),
        every_tool("digest_mismatch", search_tags="upstream_error"),
    ),
}


class TestEveryTool:
    """Each fault, met by every tool at the same time: its code, its deadline, and nothing left of it."""

    @pytest.mark.parametrize(
        ("fault", "expected"), [pytest.param(*told, id=name) for name, told in EVERY_TOOLS_FAULTS.items()]
    )
    async def test_a_fault_has_its_code_for_every_tool(
        self, portcall: Portcall, fault_proxy: FaultProxy, fault: faults.Fault, expected: dict[str, str]
    ) -> None:
        fault_proxy.rules = [Rule(fault, match=FIRST_REQUESTS)]
        assert await codes(portcall, fault_proxy.netloc) == expected
        fault_proxy.rules = []
        if expected["search_tags"] != "ok":  # else the wrong list, which nothing tells from a right one, is kept
            assert await codes(portcall, fault_proxy.netloc) == every_tool("ok")

    @pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
    async def test_a_long_pause_is_told_by_every_tool_and_not_begun(
        self, patient: Portcall, fault_proxy: FaultProxy, as_date: bool
    ) -> None:
        fault_proxy.rules = [Rule(faults.Status(429, retry_after=60, as_date=as_date), match=FIRST_REQUESTS)]
        with within(GRACE):
            assert await codes(patient, fault_proxy.netloc) == every_tool("rate_limited")

    @pytest.mark.parametrize("code", [429, 503])
    @pytest.mark.parametrize("as_date", [False, True], ids=["seconds", "date"])
    async def test_a_short_pause_is_kept_in_either_form(
        self, patient: Portcall, fault_proxy: FaultProxy, code: int, as_date: bool
    ) -> None:
        # A date knows no fractions: up to a second of it has passed already.
        fault = faults.Status(code, retry_after=1 + as_date, as_date=as_date)
        fault_proxy.rules = [Rule(fault, match=FIRST_REQUESTS, times=4)]
        started = time.monotonic()
        assert await codes(patient, fault_proxy.netloc) == every_tool("ok")
        assert time.monotonic() - started >= 0.95
        assert [seen.fault for seen in fault_proxy.log[:4]] == ["Status"] * 4

    async def test_a_missing_thing_is_not_found_and_an_outage_never_is(
        self, portcall: Portcall, fault_proxy: FaultProxy
    ) -> None:
        """The same wrong name, before and during an outage."""
        absent = f"{fault_proxy.netloc}/demo/app:absent"
        there = await portcall.check_images([absent])
        fault_proxy.rules = [Rule(faults.Status(503, retry_after=60))]
        other = f"{fault_proxy.netloc}/demo/app:absent-too"
        gone = await portcall.check_images([other])
        assert [(one.exists, one.error and one.error.code) for one in (*there.checks, *gone.checks)] == [
            (False, "not_found"),
            (None, "upstream_error"),
        ]

    async def test_a_certificate_of_nobody_known_is_unreachable(
        self, tls_registry: Any, gateway_of: Callable[..., Portcall]
    ) -> None:
        entries = {tls_registry.netloc: {"endpoint": tls_registry.url}}
        portcall = gateway_of(entries, network={"timeout": TIMEOUT})
        assert await codes(portcall, tls_registry.netloc) == every_tool("unreachable")

    async def test_plain_http_where_tls_was_expected_is_unreachable(
        self, fault_proxy: FaultProxy, gateway_of: Callable[..., Portcall]
    ) -> None:
        entries = {fault_proxy.netloc: {"endpoint": f"https://{fault_proxy.netloc}"}}
        portcall = gateway_of(entries, network={"timeout": TIMEOUT})
        assert await codes(portcall, fault_proxy.netloc) == every_tool("unreachable")
        assert fault_proxy.log == []

    async def test_a_name_that_does_not_exist_is_unreachable_at_once(
        self, gateway_of: Callable[..., Portcall]
    ) -> None:
        portcall = gateway_of({}, network={"timeout": 10, "proxy": "none"})
        with within(5):
            assert await codes(portcall, "registry.invalid") == every_tool("unreachable")

    def test_names_that_can_not_be_looked_up_now_are_tried_again_and_unreachable(
        self, shell: Shell, tmp_path: Path
    ) -> None:
        """No name service answers: what a laptop says that has just lost its network."""
        asked = tmp_path / "asked"
        command = in_own_network("absent", asked, "inspect", "registry.example/shop/api")
        done = shell.run(command, environment={"PORTCALL_NETWORK__TIMEOUT": "8"})
        assert done.status == 1
        assert done.err.startswith("unreachable: the host name registry.example cannot be looked up now. ")


class TestTags:
    @pytest.mark.parametrize(
        ("fault", "code"),
        [
            pytest.param(served(b'{"name": "demo/tags", "tags": ["1.0'), "upstream_error", id="half a JSON"),
            pytest.param(served(b'"tags"'), "upstream_error", id="JSON of another kind"),
            pytest.param(served(HTML, "text/html"), "upstream_error", id="HTML"),
            pytest.param(faults.Endless(), "too_large", id="endless"),
            pytest.param(faults.Stall(), "timeout", id="stalled"),
            pytest.param(faults.Status(502), "upstream_error", id="502"),
            pytest.param(faults.Redirect(METADATA), "blocked", id="redirect inward"),
        ],
    )
    async def test_a_list_that_can_not_be_read_is_an_error_and_never_an_empty_list(
        self, portcall: Portcall, fault_proxy: FaultProxy, fault: faults.Fault, code: str
    ) -> None:
        fault_proxy.rules = [Rule(fault, match=TAGS)]
        with refused(code):
            await portcall.search_tags(f"{fault_proxy.netloc}/demo/tags")
        fault_proxy.rules = []
        assert (await portcall.search_tags(f"{fault_proxy.netloc}/demo/tags")).total == len(PUSHED_TAGS)

    async def test_an_outage_while_looking_for_near_tags_does_not_hide_the_answer(
        self, portcall: Portcall, fault_proxy: FaultProxy
    ) -> None:
        fault_proxy.rules = [Rule(faults.Status(503, retry_after=60), match="tags/list")]
        with refused("not_found") as errors:
            await portcall.get_image_details(f"{fault_proxy.netloc}/demo/app:absent")
        assert errors[0].candidates == ()

    async def test_an_outage_is_never_told_as_missing_when_many_are_checked(
        self, portcall: Portcall, fault_proxy: FaultProxy, app: str
    ) -> None:
        fault_proxy.rules = [Rule(faults.Status(503), match=INDEX)]
        answer = await portcall.check_images([app, f"{fault_proxy.netloc}/demo/docker:list"])
        assert [check.exists for check in answer.checks] == [None, True]
        assert answer.checks[0].error is not None
        assert answer.checks[0].error.code == "upstream_error"


class TestNothingThere:
    async def test_a_closed_port_is_unreachable(self, gateway_of: Callable[..., Portcall]) -> None:
        with socket.socket() as bound:  # so that nobody else gets the port, and not listening
            bound.bind(("127.0.0.1", 0))
            netloc = f"127.0.0.1:{bound.getsockname()[1]}"
            portcall = impatient(gateway_of, netloc)
            with refused("unreachable") as errors:
                await portcall.get_image_details(f"{netloc}/demo/app:1.0")
        assert netloc in errors[0].message

    async def test_a_port_that_never_answers_is_a_timeout(self, gateway_of: Callable[..., Portcall]) -> None:
        with socket.create_server(("127.0.0.1", 0)) as silent:
            netloc = f"127.0.0.1:{silent.getsockname()[1]}"
            with refused("timeout"):
                await impatient(gateway_of, netloc).get_image_details(f"{netloc}/demo/app:1.0")

    async def test_a_port_that_speaks_something_else_is_unreachable(
        self, tls_port: str, gateway_of: Callable[..., Portcall]
    ) -> None:
        with pytest.raises(PortcallError) as caught:
            await impatient(gateway_of, tls_port).get_image_details(f"{tls_port}/demo/app:1.0")
        assert caught.value.code in {"unreachable", "upstream_error"}

    @pytest.fixture
    def tls_port(self, tls_registry: Any) -> str:
        """Where https is spoken, and http will be tried."""
        return str(tls_registry.netloc)

    async def test_a_certificate_of_nobody_known_is_unreachable_and_says_what_to_do(
        self, tls_port: str, gateway_of: Callable[..., Portcall]
    ) -> None:
        entries = {tls_port: {"endpoint": f"https://{tls_port}"}}
        portcall = gateway_of(entries, network={"timeout": TIMEOUT})
        with refused("unreachable") as errors:
            await portcall.get_image_details(f"{tls_port}/demo/app:1.0")
        assert "TLS" in errors[0].message
        assert "ca_file" in errors[0].hint


class TestLists:
    """Lists that no real registry here can be made to send."""

    @pytest.fixture
    def shop(self, fake_registry: FakeRegistry) -> FakeRegistry:
        fake_registry.push("shop/api", image([layer({"srv/app": "x"})]), tags=["1.0", "1.1", "2.0", "2.1", "3.0"])
        return fake_registry

    @pytest.fixture
    def ask(self, shop: FakeRegistry, gateway_of: Callable[..., Portcall]) -> Callable[[], Any]:
        netloc = shop.address.netloc
        portcall = impatient(gateway_of, netloc)
        return lambda: portcall.search_tags(f"{netloc}/shop/api")

    @pytest.mark.parametrize(
        ("quirk", "warning"),
        [
            pytest.param(quirks.LoopingLink(), "goes round in a circle", id="a Link to itself"),
            pytest.param(quirks.LinkElsewhere(METADATA), "on another host", id="a Link inward"),
            pytest.param(quirks.LinkElsewhere("file:///etc"), "another host", id="a Link to a file"),
        ],
    )
    async def test_a_link_that_leads_nowhere_ends_the_list_and_is_owned_up_to(
        self, shop: FakeRegistry, ask: Callable[[], Any], quirk: quirks.Quirk, warning: str
    ) -> None:
        shop.add(quirks.ShortPages(2), quirk)
        page = await ask()
        assert [tag.name for tag in page.tags] == ["1.1", "1.0"]
        assert warning in page.warnings[0]

    async def test_a_list_without_end_ends_with_the_call(self, shop: FakeRegistry, ask: Callable[[], Any]) -> None:
        with shop.misbehaving(quirks.EndlessTags()), refused("timeout"):
            await ask()

    @pytest.mark.parametrize(
        "quirk",
        [
            quirks.ShortPages(2),
            quirks.NullsAmongTags(),
            quirks.DigestsAmongTags(),
            quirks.PagingIgnored(),
            quirks.NullTags(),
        ],
        ids=lambda quirk: type(quirk).__name__,
    )
    async def test_an_odd_list_is_read_for_what_it_means(
        self, shop: FakeRegistry, ask: Callable[[], Any], quirk: quirks.Quirk
    ) -> None:
        shop.add(quirk)
        page = await ask()
        assert [tag.name for tag in page.tags] == ["3.0", "2.1", "2.0", "1.1", "1.0"]
        assert page.warnings == ()

    async def test_null_for_no_tags_is_an_empty_list(self, shop: FakeRegistry, ask: Callable[[], Any]) -> None:
        for tag in ("1.0", "1.1", "2.0", "2.1", "3.0"):
            shop.delete_tag("shop/api", tag)
        shop.add(quirks.NullTags())
        page = await ask()
        assert (page.tags, page.total, page.newest_stable) == ((), 0, None)


@pytest.mark.parametrize(
    ("quirk", "code"),
    [
        pytest.param(quirks.EmptyToken(), "upstream_error", id="no token in the reply"),
        pytest.param(quirks.Garbage(path="/token"), "upstream_error", id="no JSON"),
        pytest.param(quirks.HtmlPage(path="/token"), "upstream_error", id="HTML"),
        pytest.param(quirks.HugeBody(path="/token", announced=False), "too_large", id="huge"),
        pytest.param(quirks.Stall(path="/token"), "timeout", id="stalled"),
        pytest.param(quirks.Answer(503, path="/token", retry_after=60), "upstream_error", id="503"),
        pytest.param(quirks.Answer(429, path="/token"), "rate_limited", id="429"),
        pytest.param(quirks.Redirect(METADATA, path="/token", keep_path=False), "upstream_error", id="redirected"),
    ],
)
async def test_a_token_service_may_break_as_well(
    fake_registry: FakeRegistry, gateway_of: Callable[..., Portcall], quirk: quirks.Quirk, code: str
) -> None:
    fake_registry.auth = BearerAuth()
    fake_registry.push("shop/api", image([layer({"srv/app": "x"})]), tags=["1.0"])
    netloc = fake_registry.address.netloc
    portcall = impatient(gateway_of, netloc)
    with fake_registry.misbehaving(quirk), refused(code):
        await portcall.get_image_details(f"{netloc}/shop/api:1.0")
    assert (await portcall.get_image_details(f"{netloc}/shop/api:1.0")).tag == "1.0"
