"""Names in Harbor's paths: checked before they are sent, for Harbor decodes them twice."""

from __future__ import annotations

import re
from urllib.parse import quote

from portcall.errors import NotFoundError

#: A path component of the distribution specification; Harbor's project names are narrower still.
_COMPONENT = re.compile(r"[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*\Z")
_LONGEST = 255


def is_project(name: str) -> bool:
    """Tell whether a project may be called so."""
    return len(name) <= _LONGEST and _COMPONENT.match(name) is not None


def repository_path(repository: str) -> tuple[str, str, str, str]:
    """Return a repository's path in the API, in segments: ``team/shop/api`` is ``shop/api`` of ``team``.

    The slashes within its name are encoded here, and once more with the rest of the segment: Harbor wants
    ``a/b`` as ``a%252Fb``.

    Raises:
        NotFoundError: Harbor has no repositories of such names.

    Source: goharbor/harbor api/v2.0/swagger.yaml, ``parameters.repositoryName``.
    """
    project, *rest = repository.split("/")
    if not rest or len(repository) > _LONGEST or not all(map(_COMPONENT.match, (project, *rest))):
        raise NotFoundError(
            "Harbor has no repositories of such names",
            hint="Write project/name, e.g. library/nginx, in lower case.",
        )
    return "projects", project, "repositories", quote("/".join(rest), safe="")
