"""The double itself."""

from __future__ import annotations

from collections.abc import Iterable

from portcall.testing import FakeRegistry, RecordedRequest
from portcall.testing.quirks import Quirk

from harbor_double.accounts import Account
from harbor_double.api import BASE, HarborApi
from harbor_double.registry_auth import HarborAuth
from harbor_double.site import Project, Site


class HarborDouble(FakeRegistry):
    """A Harbor; what it holds is pushed as to any :class:`portcall.testing.FakeRegistry`.

    ::

        robot = Account("robot$team+ci", "s3cret", {"team": PULL})
        harbor = HarborDouble([Project("team", public=False)], accounts=[robot])

    Args:
        projects: Its projects; ``library`` and ``team``, both public, by default.
        accounts: Whom it knows.
        quirks: How it misbehaves, see :mod:`portcall.testing.quirks`; ``path="^GET /api/"`` for its API alone.
        old: Whether it is from before goharbor/harbor#18856: see :class:`HarborAuth`.

    Attributes:
        site: What its API tells of, beside manifests: ``harbor.site.about["team/api"] = About(pulls=7)``.
        violations: What requests to its API, or its own answers, did that Harbor's do not.
    """

    def __init__(
        self,
        projects: Iterable[Project] = (Project("library"), Project("team")),
        *,
        accounts: Iterable[Account] = (),
        quirks: Iterable[Quirk] = (),
        old: bool = False,
    ) -> None:
        self.site = Site(
            {project.name: project for project in projects}, {account.name: account for account in accounts}
        )
        self.violations: list[str] = []
        # First of the quirks: the others work on what it answers.
        api, auth = HarborApi(self.site, self.violations), HarborAuth(self.site, old=old)
        super().__init__(auth=auth, quirks=[api, *quirks])

    @property
    def api_requests(self) -> list[str]:
        """What its API was asked, in order, below ``/api/v2.0``: ``["/projects?name=team"]``."""
        return [each.target.removeprefix(BASE) for each in self.asked_of_api()]

    def asked_of_api(self) -> list[RecordedRequest]:
        """Return the requests to its API, in order."""
        return [each for each in self.requests if each.path.startswith(BASE)]
