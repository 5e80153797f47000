"""What Quay's scanner found: told to whoever may pull, and never "nothing" where nothing is known."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.doubles.quay import (
    APP_TOKEN,
    GUEST_TOKEN,
    OAUTH_TOKEN,
    PASSWORD,
    ROBOT,
    HtmlInsteadOfJson,
    Outage,
    QuayDouble,
    Scan,
    TooManyRequests,
)
from tests.plugins.quay_backend import backend, gateway

from portcall.errors import (
    HiddenError,
    InvalidReferenceError,
    NotFoundError,
    RateLimitedError,
    UnauthorizedError,
    UnavailableError,
    UnsupportedError,
    UpstreamError,
)
from portcall.plugin import ApiClient, BackendContext, ScanReport
from portcall.testing import quirks
from portcall_quay import QuayBackend

pytestmark = pytest.mark.anyio

EXPORTER = "prometheus/node-exporter"
INTERNAL = "prometheus/internal"


def scanned(quay: QuayDouble, status: str = "scanned") -> str:
    """Return the digest of the manifest in the catalogue that has such a report."""
    (digest,) = [digest for digest, scan in quay.catalogue.scans.items() if scan.status == status]
    return digest


def private(quay: QuayDouble) -> str:
    """Return the digest of the private image."""
    return next(iter(quay.catalogue.repositories[INTERNAL].rows)).digest


# What is asked


async def test_each_packages_findings_are_told_with_what_fixes_them():
    double = QuayDouble()
    async with backend(double) as quay:
        told = await quay.get_vulnerabilities(EXPORTER, scanned(double))
    assert (told.status, told.scanner, told.scanned_at, told.warnings) == ("scanned", "Clair 4", None, ())
    curl, openssl, odd = told.vulnerabilities
    assert (curl.id, curl.severity, curl.package, curl.version) == (
        "CVE-2023-38546",
        "low",
        "curl",
        "7.61.1-30.el8_8.3",
    )
    assert (curl.fixed_version, curl.score) == ("0:7.61.1-33.el8_9.5", 3.7)
    assert (openssl.id, openssl.fixed_version) == ("RHSA-2024:0310: openssl security update (Moderate)", None)
    assert (odd.severity, odd.score, odd.description) == ("unknown", None, None)


async def test_it_costs_one_request():
    double = QuayDouble()
    async with backend(double) as quay:
        await quay.get_vulnerabilities(EXPORTER, scanned(double))
    assert [asked.operation for asked in double.requests] == ["getRepoManifestSecurity"]


@pytest.mark.parametrize("status", ["failed", "queued", "unsupported", "manifest_layer_too_large"])
async def test_where_there_is_no_result_there_is_a_status_alone(status: str):
    double = QuayDouble()
    digest = scanned(double)
    double.catalogue.scan(digest, Scan(status))  # type: ignore[arg-type]
    async with backend(double) as quay:
        assert await quay.get_vulnerabilities(EXPORTER, digest) == ScanReport(status)


@pytest.mark.parametrize(
    "status", ["of tomorrow", "Queued.", "see https://evil.example", "queued\n", "x" * 41, "é"], ids=repr
)
async def test_a_status_that_is_not_one_word_is_passed_on_to_nobody(status: str):
    double = QuayDouble()
    digest = scanned(double)
    double.catalogue.scan(digest, Scan(status))  # type: ignore[arg-type]
    async with backend(double) as quay:
        assert await quay.get_vulnerabilities(EXPORTER, digest) == ScanReport("unknown")


async def test_the_tool_looks_at_the_platforms_manifest_and_puts_the_worst_first():
    async with gateway(QuayDouble()) as pc:
        told = await pc.get_vulnerabilities(f"quay.io/{EXPORTER}:latest", platform="linux/amd64")
        waiting = await pc.get_vulnerabilities(f"quay.io/{EXPORTER}:latest", platform="linux/arm64")
    assert [each.severity for each in told.vulnerabilities] == ["high", "low", "unknown"]
    assert (waiting.status, waiting.counts) == ("queued", None)


# Who may ask


@pytest.mark.parametrize(
    "login", [ROBOT, APP_TOKEN, PASSWORD, ("$oauthtoken", OAUTH_TOKEN)], ids=["robot", "app", "password", "oauth"]
)
async def test_the_registrys_login_opens_the_reports_of_what_is_private(login: tuple[str, str]):
    double = QuayDouble()
    entry = {"username": login[0], "password_env": "LOGIN"}
    async with backend(double, environ={"LOGIN": login[1]}, **entry) as quay:
        assert (await quay.get_vulnerabilities(INTERNAL, private(double))).status == "queued"


async def test_a_token_for_the_api_comes_before_the_registrys_login():
    double = QuayDouble()
    entry = {"username": ROBOT[0], "password_env": "ROBOT"}
    async with backend(double, token=OAUTH_TOKEN, environ={"ROBOT": ROBOT[1]}, **entry) as quay:
        await quay.get_vulnerabilities(INTERNAL, private(double))
    assert double.requests[0].headers["authorization"] == f"Bearer {OAUTH_TOKEN}"


async def test_what_a_robot_was_told_strangers_are_not():
    double = QuayDouble()
    entry = {"username": ROBOT[0], "password_env": "ROBOT"}
    async with backend(double, environ={"ROBOT": ROBOT[1]}, **entry) as quay:
        await quay.get_vulnerabilities(INTERNAL, private(double))
        with pytest.raises(HiddenError):
            await quay.get_repository("ada/secret")
    shown = {
        asked.operation: "authorization" in asked.headers for asked in double.requests if "/api" in asked.path
    }
    assert shown == {"getRepoManifestSecurity": True, "getRepo": False, "listRepoTags": False}


def helper(folder: Path, script: str) -> dict[str, str]:
    """Return an environment in which a credential helper is asked for the login."""
    program = folder / "docker-credential-play"
    program.write_text(f"#!/bin/sh\ncat >/dev/null\n{script}\n")
    program.chmod(0o755)
    (folder / "config.json").write_text(json.dumps({"credHelpers": {"quay.io": "play"}}))
    return {"DOCKER_CONFIG": str(folder), "PATH": f"{folder}{os.pathsep}{os.environ['PATH']}"}


async def test_a_login_that_a_helper_keeps_counts_too(tmp_path: Path):
    double = QuayDouble()
    told = json.dumps({"Username": ROBOT[0], "Secret": ROBOT[1]})
    async with backend(double, environ=helper(tmp_path, f"echo '{told}'"), username=ROBOT[0]) as quay:
        assert (await quay.get_vulnerabilities(INTERNAL, private(double))).status == "queued"
        await quay.search("busybox", limit=10)
    assert ["authorization" in asked.headers for asked in double.requests] == [True, False]


async def test_a_helper_that_fails_costs_what_is_private_alone(tmp_path: Path):
    double = QuayDouble()
    async with backend(double, environ=helper(tmp_path, "exit 7"), username=ROBOT[0]) as quay:
        assert (await quay.get_vulnerabilities(EXPORTER, scanned(double))).vulnerabilities
        assert (await quay.search_users("nobody", limit=10)).users == ()
        with pytest.raises(UnauthorizedError, match="docker-credential-play"):
            await quay.get_vulnerabilities(INTERNAL, private(double))


async def test_a_login_that_is_kept_from_the_api_is_not_shown_to_it():
    double = QuayDouble()
    entry = {"username": ROBOT[0], "password_env": "ROBOT"}
    async with backend(double, environ={"ROBOT": ROBOT[1]}, **entry) as quay:
        assert quay.api is not None
        stranger = ApiClient(quay.http, replace(quay.api.upstream, credentials=None))
        kept = QuayBackend(BackendContext(quay.upstream, quay.http, stranger))
        with pytest.raises(HiddenError):
            await kept.get_vulnerabilities(INTERNAL, private(double))
    assert not any("authorization" in asked.headers for asked in double.requests)


async def test_strangers_are_told_which_credentials_count():
    double = QuayDouble()
    async with backend(double) as quay:
        with pytest.raises(HiddenError, match="or no access to it is granted") as hidden:
            await quay.get_vulnerabilities(INTERNAL, private(double))
    assert "configure a robot account" in hidden.value.hint


@pytest.mark.parametrize(
    ("token", "hint"), [(GUEST_TOKEN, "do not open it"), ("nobodys", "are not accepted; they may have expired")]
)
async def test_credentials_that_do_not_open_it_are_named_and_not_shown(token: str, hint: str):
    double = QuayDouble()
    async with backend(double, token=token) as quay:
        with pytest.raises(HiddenError) as hidden:
            await quay.get_vulnerabilities(INTERNAL, private(double))
    assert f"The credentials from the configuration {hint}" in hidden.value.hint
    assert token not in hidden.value.hint


# What goes wrong


async def test_a_scanner_that_is_down_has_not_found_nothing():
    double = QuayDouble()
    double.site.scanner_down = True
    async with backend(double) as quay:
        with pytest.raises(UnavailableError, match="520"):
            await quay.get_vulnerabilities(EXPORTER, scanned(double))


async def test_a_quay_without_scanner_says_so():
    double = QuayDouble(security_scanner=False)
    async with backend(double) as quay:
        with pytest.raises(UnsupportedError, match="has no scanner that could be asked"):
            await quay.get_vulnerabilities(EXPORTER, scanned(double))


async def test_a_quay_without_scanner_says_so_of_a_robots_repository_too():
    double = QuayDouble(security_scanner=False)
    entry = {"username": ROBOT[0], "password_env": "ROBOT"}
    async with backend(double, environ={"ROBOT": ROBOT[1]}, **entry) as quay:
        with pytest.raises(UnsupportedError, match="has no scanner that could be asked"):
            await quay.get_vulnerabilities(INTERNAL, private(double))


@pytest.mark.parametrize("second", [HtmlInsteadOfJson(), Outage(retry_after=900), TooManyRequests()])
async def test_a_page_in_place_of_the_whole_api_is_no_quay_without_scanner(second: quirks.Quirk):
    double = QuayDouble(quirks=[HtmlInsteadOfJson(status=404, path="/security")])
    async with backend(double) as quay:
        double.add(replace(second, path="includeTags"))
        with pytest.raises(UnavailableError, match=r"web page \(404\)"):
            await quay.get_vulnerabilities(EXPORTER, scanned(double))


async def test_a_manifest_that_is_not_there_is_not_found():
    async with backend() as quay:
        with pytest.raises(NotFoundError, match=f"has no manifest sha256:0000.* of {EXPORTER}"):
            await quay.get_vulnerabilities(EXPORTER, f"sha256:{'0' * 64}")


@pytest.mark.parametrize(
    "digest", ["latest", "..", "sha256:..", "sha256:0/../../x", f"sha256:{'0' * 64}/security", ""]
)
async def test_what_is_no_digest_is_never_sent(digest: str):
    double = QuayDouble()
    async with backend(double) as quay:
        with pytest.raises(InvalidReferenceError):
            await quay.get_vulnerabilities(EXPORTER, digest)
    assert double.requests == []


@pytest.mark.parametrize(
    ("quirk", "error"),
    [
        (Outage(retry_after=900), UnavailableError),
        (TooManyRequests(), RateLimitedError),
        (HtmlInsteadOfJson(), UnavailableError),
        (HtmlInsteadOfJson(status=403), UnavailableError),
        (HtmlInsteadOfJson(status=404), UnavailableError),
        (quirks.Answer(200, body=b"{}"), UpstreamError),
        (quirks.Answer(200, body=b'{"status": "scanned", "data": null}'), UpstreamError),
        (quirks.Answer(200, body=b'{"status": "scanned", "data": {"Layer": {"Features": 7}}}'), UpstreamError),
    ],
    ids=[
        "down",
        "too many",
        "page",
        "page of a proxy",
        "no such page",
        "nothing",
        "scanned, no data",
        "scanned, no features",
    ],
)
async def test_what_is_no_report_is_an_error_and_not_a_clean_image(quirk: quirks.Quirk, error: type[Exception]):
    double = QuayDouble(quirks=[quirk])
    async with backend(double) as quay:
        with pytest.raises(error):
            await quay.get_vulnerabilities(EXPORTER, scanned(double))
