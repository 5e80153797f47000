"""Users and organisations, as hub.docker.com tells of them; undocumented."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.doubles.dockerhub import errors

from portcall.testing.wire import Reply, Request, json_reply

if TYPE_CHECKING:
    from tests.doubles.dockerhub.accounts import Accounts, Caller, Organisation
    from tests.doubles.dockerhub.errors import MissingStyle
    from tests.doubles.dockerhub.paging import Paging


class People:
    """``/v2/users/{name}``, ``/v2/orgs/{name}`` and ``/v2/user/orgs``."""

    def __init__(self, accounts: Accounts, paging: Paging, missing_style: MissingStyle) -> None:
        self._accounts, self._paging = accounts, paging
        self.missing_style = missing_style

    def user(self, name: str) -> Reply:
        """Answer ``GET /v2/users/{name}``: cupdate models.go for the fields."""
        if name in self._accounts.organisations:
            return _moved(f"/v2/orgs/{name}")
        found = self._accounts.users.get(name)
        return errors.missing(self.missing_style) if found is None else json_reply(found.document())

    def organisation(self, name: str) -> Reply:
        """Answer ``GET /v2/orgs/{name}``."""
        if name in self._accounts.users:
            return _moved(f"/v2/users/{name}")
        found = self._accounts.organisations.get(name)
        return errors.missing(self.missing_style) if found is None else json_reply(found.document())

    def own_organisations(self, request: Request, caller: Caller | None) -> Reply:
        """Answer ``GET /v2/user/orgs``: hub-mcp accounts.ts; wants a login."""
        if caller is None:
            return errors.unauthorized()
        theirs = [one for one in self._accounts.organisations.values() if caller.name in one.members]
        return self._paging.reply(request, theirs, _own, cap=None)


def _moved(location: str) -> Reply:
    """Return what the other kind of account gets: 308, relative, no body (#fs-70316026505, #fs-14977807907)."""
    return Reply(status=308, headers={"Location": location})


def _own(one: Organisation) -> dict[str, Any]:
    rest = {
        "badge": one.badge,
        "is_active": True,
        "user_role": "Member",
        "user_groups": [],
        "org_groups_count": 1,
        "plan_name": None,
        "parent_name": None,
    }
    return one.document() | rest
