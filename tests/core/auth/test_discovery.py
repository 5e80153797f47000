"""Where an issuer's keys are: by what the operator says, or by what the issuer publishes."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from tests.core.auth.issuer import JWKS, OAUTH, OPENID, Issuer, http_client, key, verifying

from portcall.auth.discovery import IssuerSite, metadata_urls, read_document
from portcall.errors import BlockedError, ConfigurationError, PortcallError, UnreachableError
from portcall.http.origin import Origin
from portcall.http.reply import Reply
from portcall.testing.wire import Reply as Answer
from portcall.testing.wire import json_reply

pytestmark = pytest.mark.anyio

ORIGIN = Origin("https", "sso.example", 443)


def served(body: bytes = b"{}", status: int = 200, url: str = "https://sso.example/keys", **headers: str) -> Reply:
    return Reply(status, {name.replace("_", "-"): value for name, value in headers.items()}, body, url)


def paths(issuer: Issuer) -> list[str]:
    return [request.path for request in issuer.requests]


@pytest.mark.parametrize(
    ("issuer", "openid", "oauth"),
    [
        (
            "https://sso.example",
            "https://sso.example/.well-known/openid-configuration",
            "https://sso.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://acme.sso.example/",
            "https://acme.sso.example/.well-known/openid-configuration",
            "https://acme.sso.example/.well-known/oauth-authorization-server",
        ),
        (
            "https://sso.example:8443/realms/acme",
            "https://sso.example:8443/realms/acme/.well-known/openid-configuration",
            "https://sso.example:8443/.well-known/oauth-authorization-server/realms/acme",
        ),
    ],
)
def test_the_metadata_is_where_the_two_standards_say(issuer: str, openid: str, oauth: str) -> None:
    assert metadata_urls(issuer) == (openid, oauth)


class TestFinding:
    async def test_openid_connects_metadata_counts_first(self) -> None:
        with (issuer := Issuer(key())).serve():
            issuer.answers = {OPENID: issuer.metadata(), OAUTH: Answer(status=500)}
            async with verifying(issuer, jwks_url="") as verifier:
                assert await verifier.verify_token(issuer.token())
            assert paths(issuer) == [OPENID, JWKS]

    async def test_oauths_metadata_counts_where_there_is_no_other(self) -> None:
        with (issuer := Issuer(key())).serve():
            async with verifying(issuer, jwks_url="") as verifier:
                assert await verifier.verify_token(issuer.token())
            assert paths(issuer) == [OPENID, OAUTH, JWKS]

    async def test_an_issuer_that_ends_in_a_slash_is_one(self) -> None:
        with (issuer := Issuer(key())).serve():
            name = f"{issuer.url}/"
            issuer.answers = {OAUTH: issuer.metadata(issuer=name)}
            async with verifying(issuer, jwks_url="", name=name) as verifier:
                assert await verifier.verify_token(issuer.token(iss=name))
                assert await verifier.verify_token(issuer.token()) is None

    async def test_nothing_is_shown_to_the_issuer(self) -> None:
        with (issuer := Issuer(key())).serve():
            async with verifying(issuer, jwks_url="") as verifier:
                assert await verifier.verify_token(issuer.token())
            assert issuer.secrets() == []

    @pytest.mark.parametrize(
        ("metadata", "reason"),
        [
            ({"issuer": "https://other.example"}, "names another: https://other.example"),
            ({"issuer": "\x1b[31mhttps://other.example"}, "names another: https://other.example"),
            ({"issuer": None}, "names another: nothing"),
            ({"jwks_uri": None}, "has no jwks_uri by https"),
            ({"jwks_uri": ["https://sso.example/keys"]}, "has no jwks_uri by https"),
            ({"jwks_uri": "keys"}, "has no jwks_uri by https"),
            ({"jwks_uri": "file:///etc/passwd"}, "has no jwks_uri by https"),
            ({"jwks_uri": "https://ada@sso.example/keys"}, "has no jwks_uri by https"),
            ({"jwks_uri": "http://sso.example/keys"}, "has no jwks_uri by https"),
            ({"jwks_uri": "https://127.0.0.1:1/keys"}, "no public address"),
            ({"jwks_uri": "https://169.254.169.254/keys"}, "no public address"),
        ],
        ids=str,
    )
    async def test_metadata_that_makes_no_sense_or_leads_inward_vouches_for_nobody(
        self, metadata: dict[str, Any], reason: str, caplog: pytest.LogCaptureFixture
    ) -> None:
        """The token may well be good; so it is not called bad either, and the log says what to correct."""
        with (issuer := Issuer(key())).serve():
            issuer.answers = {OPENID: issuer.metadata(**metadata)}
            async with verifying(issuer, jwks_url="") as verifier:
                with pytest.raises(UnreachableError):
                    await verifier.verify_token(issuer.token())
        (record,) = caplog.records
        assert (record.message, record.levelno) == ("issuer_keys_not_fetched", logging.WARNING)
        assert reason in vars(record)["reason"]
        assert "\x1b" not in vars(record)["reason"]

    async def test_an_issuer_without_metadata_is_told(self, caplog: pytest.LogCaptureFixture) -> None:
        with (issuer := Issuer(key())).serve():
            issuer.answers = {OAUTH: Answer(status=404)}
            async with verifying(issuer, jwks_url="") as verifier:
                with pytest.raises(UnreachableError):
                    await verifier.prepare()
        assert "publishes no metadata" in vars(caplog.records[0])["reason"]

    async def test_where_the_first_cannot_be_asked_the_second_is_not_taken_for_the_only_one(self) -> None:
        with (issuer := Issuer(key())).serve():
            issuer.answers = {OPENID: Answer(status=503)}
            async with verifying(issuer, jwks_url="", patience=0.3) as verifier:
                with pytest.raises(UnreachableError):
                    await verifier.verify_token(issuer.token())
            assert set(paths(issuer)) == {OPENID}


class TestElsewhere:
    async def test_a_redirect_to_another_server_is_not_followed(self) -> None:
        with (issuer := Issuer(key())).serve(), (other := Issuer(key())).serve():
            issuer.answers = {JWKS: Answer(status=302, headers={"Location": f"{other.url}{JWKS}"})}
            async with verifying(issuer) as verifier:
                with pytest.raises(UnreachableError):
                    await verifier.verify_token(issuer.token())
            assert other.requests == []

    async def test_a_redirect_to_another_place_of_the_same_server_is(self) -> None:
        with (issuer := Issuer(key())).serve():
            issuer.answers = {
                JWKS: Answer(status=307, headers={"Location": "/keys/v2"}),
                "/keys/v2": json_reply({"keys": issuer.keys}),
            }
            async with verifying(issuer) as verifier:
                assert await verifier.verify_token(issuer.token())

    @pytest.mark.parametrize("url", ["https://sso.example.evil.example/", "http://sso.example/", ""])
    def test_what_another_server_answered_in_the_end_is_not_read(self, url: str) -> None:
        """The one at the end of a redirect may have a public address, to which any connection may be made."""
        assert read_document(served(), ORIGIN)
        with pytest.raises(BlockedError):
            read_document(served(url=url), ORIGIN)


class TestReading:
    @pytest.mark.parametrize("status", [404, 410])
    def test_none_is_none(self, status: int) -> None:
        assert read_document(served(status=status), ORIGIN) is None

    @pytest.mark.parametrize("status", [201, 204, 302, 401, 403, 429, 500, 503])
    def test_a_refusal_or_a_fault_is_not_none(self, status: int) -> None:
        with pytest.raises(PortcallError, match=f"status {status}"):
            read_document(served(status=status), ORIGIN)

    @pytest.mark.parametrize(
        "body", [b"", b"<html>", b"[]", b"null", b'"keys"', b"\xff", b"[" * 100_000, b'{"a":']
    )
    def test_what_is_no_json_object_is_none_either(self, body: bytes) -> None:
        with pytest.raises(PortcallError, match="no JSON object"):
            read_document(served(body), ORIGIN)

    @pytest.mark.parametrize(
        ("header", "seconds"),
        [
            ("public, max-age=600", 600),
            ("MAX-AGE = 5", 5),
            ('max-age="60"', 60),
            ("s-maxage=9, max-age=7", 7),
            ("s-maxage=9", None),
            ("no-store", None),
            ("max-age=-1", None),
            ("max-age=soon", None),
            ("", None),
        ],
    )
    def test_how_long_it_is_good_is_as_the_issuer_says(self, header: str, seconds: float | None) -> None:
        document = read_document(served(cache_control=header), ORIGIN)
        assert document is not None
        assert document.max_age == seconds


@pytest.mark.parametrize(
    ("issuer", "jwks_url", "reason"),
    [
        ("sso.example", "", "auth.issuer is no URL"),
        ("ftp://sso.example", "", "auth.issuer is no URL"),
        ("https://canary@sso.example", "", "auth.issuer is no URL"),
        ("https://sso.example/?canary", "", "auth.issuer is no URL"),
        ("https://sso.example/#canary", "", "auth.issuer is no URL"),
        ("sso.example", "file:///canary", "auth.jwks_url is no URL"),
        ("sso.example", "https://sso.example/keys#canary", "auth.jwks_url is no URL"),
    ],
)
async def test_what_is_no_address_stops_the_start(issuer: str, jwks_url: str, reason: str) -> None:
    async with http_client() as http:
        with pytest.raises(ConfigurationError, match=reason) as refused:
            IssuerSite(http, issuer, jwks_url)
    assert "canary" not in f"{refused.value} {refused.value.hint}"


async def test_with_an_address_of_the_keys_the_issuer_may_be_any_name() -> None:
    with (issuer := Issuer(key())).serve():
        async with verifying(issuer, jwks_url=f"{issuer.url}{JWKS}?p=policy", name="accounts.example") as verifier:
            assert await verifier.verify_token(issuer.token(iss="accounts.example"))
        assert [request.target for request in issuer.requests] == [f"{JWKS}?p=policy"]
