"""Users and organisations; nobody has a biography here, or a date.

Source: q: endpoints/api/user.py, organization.py, search.py (entities).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.doubles.quay.avatars import avatar
from tests.doubles.quay.refusals import message, not_found

from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.quay.call import Call
    from tests.doubles.quay.site import Site

    from portcall.testing import Reply

_MOST_ENTITIES = 10


def get_user(site: Site, call: Call) -> Reply:
    """Answer a user as strangers see one; an organisation is no user: 404, in Flask's form."""
    found = site.catalogue.namespaces.get(call.subject)
    if found is None or found.kind != "user":
        return message(404)
    face = avatar(found.name, found.email)
    return json_reply({"anonymous": False, "username": found.name, "avatar": face})


def get_organization(site: Site, call: Call) -> Reply:
    """Answer an organisation; its e-mail address is for administrators. A user is none: 404, problem JSON."""
    found = site.catalogue.namespaces.get(call.subject)
    if found is None or found.kind != "organization":
        return not_found(call.request)
    full = call.caller.scopes is None or "org:admin" in call.caller.scopes
    admin = full and call.caller.kind == "user" and call.caller.name in found.admins
    answer = {
        "name": found.name,
        "email": found.email if admin else "",
        "avatar": avatar(found.name, found.email),
        "is_admin": admin,
        "is_member": site.is_member(call.caller, found.name),
    }
    return json_reply(answer)


def list_entities(site: Site, call: Call) -> Reply:
    """Answer up to ten users by the beginning of their names; organisations are not among them."""
    prefix = call.subject.replace(" ", "").lower()
    partly = site.options.partial_user_autocomplete
    users = [
        one
        for one in site.catalogue.namespaces.values()
        if one.kind == "user" and (one.name.startswith(prefix) if partly else one.name == prefix)
    ]
    users.sort(key=lambda one: one.name != prefix)
    lines: list[dict[str, Any]] = [
        {"name": one.name, "kind": "user", "is_robot": False, "avatar": avatar(one.name, one.email)}
        for one in users[:_MOST_ENTITIES]
    ]
    within = site.catalogue.namespaces.get(call.text("namespace"))
    if within is not None and within.kind == "organization":
        for line in lines:
            line["is_org_member"] = line["name"] in within.members
    return json_reply({"results": lines})
