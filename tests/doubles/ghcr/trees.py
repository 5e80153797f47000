"""``GET /repos/{owner}/{repo}/git/trees/{tree_sha}``: all paths of a repository in one answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.doubles.ghcr.refusals import RefusedError, api_refusal, not_found
from tests.doubles.ghcr.repositories import repository_of

from portcall.testing.wire import json_reply

if TYPE_CHECKING:
    from tests.doubles.ghcr.call import Call

    from portcall.testing import Reply


def get_tree(call: Call) -> Reply:
    """Return a tree by branch, tag or SHA; all that is below it with ``recursive``, whatever its value.

    Source: gh-spec; 409 for an empty repository is among its statuses.
    """
    repository = repository_of(call)
    if not repository.files:
        raise RefusedError(api_refusal(409, "Git Repository is empty."))
    tree = repository.tree(call.arguments["tree_sha"])
    if tree is None:
        raise not_found()
    recursive = call.request.parameter("recursive") is not None
    entries = list(tree.everything()) if recursive else list(tree.entries())
    home = f"{call.base}/repos/{repository.full_name}/git"
    lines = [
        {
            "path": entry.path,
            "mode": entry.mode,
            "type": entry.kind,
            "sha": entry.sha,
            **({} if entry.size is None else {"size": entry.size}),
            "url": f"{home}/{entry.kind}s/{entry.sha}",
        }
        for entry in entries[: repository.tree_limit]
    ]
    truncated = len(entries) > repository.tree_limit
    return json_reply({"sha": tree.sha, "url": f"{home}/trees/{tree.sha}", "tree": lines, "truncated": truncated})
