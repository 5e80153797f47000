"""How the double of api.github.com is set; all of it may be changed while it is served."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(slots=True)
class Settings:
    """Switches.

    Attributes:
        links_by_id: ``Link`` headers go to ``/organizations/{id}/…`` and ``/user/{id}/…`` instead of the path that
            was asked: recorded for events and repositories (#fs-13071825927), for packages [U].
        incomplete_search: Searches say ``incomplete_results: true`` and find the first half only (gh-spec).
    """

    links_by_id: bool = True
    incomplete_search: bool = False
