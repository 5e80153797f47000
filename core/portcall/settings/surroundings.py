"""What a configuration takes from its surroundings: where it was read, and what only the environment knows."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from portcall.settings.login_environment import LoginEnvironment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import SecretStr


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Where the settings come from; empty for settings that were built by hand.

    Args:
        file: The file that was read; empty where there is none.
        registries_from: The file or variable that the registries were read from; empty where neither.
        proxies: The proxies to use (``http``, ``https``), and under ``no`` the hosts that go without.
        logins: Where logins are stored.
        store_key: What the variable that ``auth.key_env`` names holds.
        auth_token: What ``PORTCALL_AUTH_TOKEN`` holds: the one token that callers over HTTP show.
    """

    file: str = ""
    registries_from: str = ""
    # Proxies' URLs hold passwords.
    proxies: Mapping[str, str] = field(default_factory=dict, repr=False)
    logins: LoginEnvironment = field(default_factory=LoginEnvironment)
    store_key: SecretStr | None = None
    auth_token: SecretStr | None = None
