"""A verified token holds its caller, and shows nothing of what the caller holds."""

from __future__ import annotations

from portcall.auth.caller_token import CallerToken
from portcall.caller import Caller
from portcall.http.upstream import Credentials

ADA = Caller(
    "dockerhub:ada", "ada", frozenset({"write", "read"}), {"docker.io": Credentials("ada", "canary-secret")}
)


def test_it_is_good_for_what_its_caller_may_do() -> None:
    token = CallerToken.of(ADA, "canary-token", client_id="desk", expires_at=5, resource="https://pc.example/mcp")
    assert token.caller is ADA
    assert (token.token, token.client_id, token.scopes) == ("canary-token", "desk", ["read", "write"])
    assert (token.subject, token.expires_at, token.resource) == ("dockerhub:ada", 5, "https://pc.example/mcp")


def test_a_copy_still_knows_its_caller() -> None:
    token = CallerToken.of(ADA, "canary-token", client_id="desk")
    assert token.model_copy(update={"scopes": ["read"]}).caller is ADA


def test_neither_its_repr_nor_its_dump_shows_a_login_and_its_repr_no_token() -> None:
    token = CallerToken.of(ADA, "canary-token", client_id="desk")
    assert "canary" not in f"{token!r} {token}"
    assert "canary-secret" not in f"{token.model_dump()} {token.model_dump_json()} {token.caller!r}"
