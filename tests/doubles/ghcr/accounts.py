"""Users and organisations: ``/users/{username}``, ``/orgs/{org}``, ``/user``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.doubles.ghcr.refusals import not_found

from portcall.testing import Reply
from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.ghcr.call import Call
    from tests.doubles.ghcr.catalogue import Account

_SINCE, _CHANGED = "2020-01-01T00:00:00Z", "2024-06-01T00:00:00Z"
_OF_USERS = {
    "followers_url": "/followers",
    "following_url": "/following{/other_user}",
    "gists_url": "/gists{/gist_id}",
    "starred_url": "/starred{/owner}{/repo}",
    "subscriptions_url": "/subscriptions",
    "organizations_url": "/orgs",
    "repos_url": "/repos",
    "events_url": "/events{/privacy}",
    "received_events_url": "/received_events",
}
_OF_ORGANISATIONS = {
    "repos_url": "/repos",
    "events_url": "/events",
    "hooks_url": "/hooks",
    "issues_url": "/issues",
    "members_url": "/members{/member}",
    "public_members_url": "/public_members{/member}",
}


def get_user(call: Call) -> Reply:
    """``GET /users/{username}``: organisations, too, told apart by ``type``."""
    return json_reply(_public_user(call, account_named(call, call.arguments["username"])))


def get_organisation(call: Call) -> Reply:
    """``GET /orgs/{org}``: 404 for a user."""
    account = account_named(call, call.arguments["org"], "Organization")
    url = f"{call.base}/orgs/{account.login}"
    return json_reply(
        {
            "login": account.login,
            "id": account.id,
            "node_id": f"O_{account.id}",
            "url": url,
            **{name: url + end for name, end in _OF_ORGANISATIONS.items()},
            "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
            "description": account.description,
            "name": account.name,
            "html_url": f"https://github.com/{account.login}",
            "is_verified": False,
            "has_organization_projects": True,
            "has_repository_projects": True,
            "type": "Organization",
            **_counts(call, account),
            "archived_at": None,
        }
    )


def get_myself(call: Call) -> Reply:
    """``GET /user``: whose token it is."""
    return json_reply(_public_user(call, account_named(call, call.signed_in().user)))


def account_named(call: Call, login: str, kind: str | None = None) -> Account:
    """Return an account, whatever the case of its name.

    Raises:
        RefusedError: 404, there is none, or none of that kind.
    """
    account = call.catalogue.accounts.get(login.lower())
    if account is None or kind not in {None, account.kind}:
        raise not_found()
    return account


def simple_user(call: Call, account: Account) -> dict[str, Any]:
    """Return gh-spec's ``simple-user``: whose something is."""
    url = f"{call.base}/users/{account.login}"
    return {
        "login": account.login,
        "id": account.id,
        "node_id": f"U_{account.id}",
        "avatar_url": f"https://avatars.githubusercontent.com/u/{account.id}?v=4",
        "gravatar_id": "",
        "url": url,
        "html_url": f"https://github.com/{account.login}",
        **{name: url + end for name, end in _OF_USERS.items()},
        "type": account.kind,
        "user_view_type": "public",
        "site_admin": False,
    }


def _public_user(call: Call, account: Account) -> dict[str, Any]:
    nothing = ("company", "location", "email", "hireable", "twitter_username")
    return {
        **simple_user(call, account),
        **dict.fromkeys(nothing),
        "name": account.name,
        "bio": account.description,
        "blog": "",
        **_counts(call, account),
    }


def _counts(call: Call, account: Account) -> dict[str, Any]:
    owned = [one for one in call.catalogue.repositories.values() if one.owner == account.login and not one.private]
    return {
        "public_repos": len(owned),
        "public_gists": 0,
        "followers": 0,
        "following": 0,
        "created_at": _SINCE,
        "updated_at": _CHANGED,
    }
