"""Every quirk does what its registry does: tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.core.testing_quirks.asking import (
    MANIFEST,
    asking,
    code,
)

from portcall.testing import BearerAuth, quirks

if TYPE_CHECKING:
    from portcall.testing.quirks import Quirk


@pytest.mark.parametrize(
    ("quirk", "keys"),
    [
        (quirks.TokenWithoutExpiry(), {"token", "access_token"}),
        (quirks.TokenExpiryZero(), {"token", "access_token", "expires_in", "issued_at"}),
        (quirks.AccessTokenOnly(), {"access_token", "expires_in", "issued_at"}),
        (quirks.TokenOnly(), {"token"}),
        (quirks.SkewedIssuedAt(), {"token", "access_token", "expires_in", "issued_at"}),
        (quirks.EmptyToken(), {"token", "access_token", "expires_in", "issued_at"}),
    ],
    ids=lambda value: type(value).__name__,
)
def test_token_answer_holds_only_some_fields(quirk: Quirk, keys: set[str]):
    with asking(quirk, auth=BearerAuth()) as client:
        answer = client.get("/token").json()
        assert set(answer) == keys
        assert (answer.get("expires_in") == 0) == isinstance(quirk, quirks.TokenExpiryZero)
        assert (answer.get("token") == "") == isinstance(quirk, quirks.EmptyToken)
        assert answer.get("issued_at", "").startswith("2001") == isinstance(quirk, quirks.SkewedIssuedAt)


def test_token_refused_for_missing():
    with asking(quirks.TokenRefusedForMissing(), auth=BearerAuth()) as client:
        answer = client.get("/token?scope=repository:shop/none:pull")
        assert (answer.status_code, code(answer)) == (403, "DENIED")
        assert client.get("/token?scope=repository:shop/api:pull").status_code == 200


def test_bad_credentials_forbidden():
    with asking(quirks.BadCredentialsForbidden(), auth=BearerAuth({"ada": "secret"})) as client:
        answer = client.get("/token", auth=("ada", "wrong"))
        assert answer.status_code == 403
        assert "WWW-Authenticate" not in answer.headers


def test_no_challenge():
    with asking(quirks.NoChallenge(), auth=BearerAuth()) as client:
        answer = client.get(MANIFEST)
        assert answer.status_code == 401
        assert "WWW-Authenticate" not in answer.headers
        assert "WWW-Authenticate" in client.get("/v2/").headers


def test_placeholder_scope():
    with asking(quirks.PlaceholderScope(), auth=BearerAuth()) as client:
        assert client.get("/v2/").headers["WWW-Authenticate"].endswith(',scope="repository:user/image:pull"')


def test_insufficient_scope():
    with asking(quirks.InsufficientScope()) as client:
        answer = client.get(MANIFEST)
        assert answer.status_code == 401
        assert 'error="insufficient_scope"' in answer.headers["WWW-Authenticate"]


@pytest.mark.parametrize("one_header", [True, False])
def test_several_challenges(one_header: bool):
    with asking(quirks.SeveralChallenges(one_header), auth=BearerAuth()) as client:
        challenges = client.get("/v2/").headers.get_list("WWW-Authenticate")
        assert len(challenges) == (1 if one_header else 2)
        assert challenges[0].startswith('Basic realm="a, \\"quoted\\" realm"')
        assert "Bearer realm=" in challenges[-1]
