"""``/healthz`` and ``/readyz``: whether this process serves, and whether it should be given requests."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from starlette.routing import Route

from portcall.errors import InternalError, PortcallError
from portcall.logs import get_logger
from portcall.server.asgi.replies import reply

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Collection, Mapping

    from starlette.types import Receive, Scope, Send

    from portcall.server.asgi.lifecycle import Lifecycle

_log = get_logger("portcall.server")

#: Seconds that a check may take, and for which its result stands.
PATIENCE = 2.0
_LIFETIME = 1.0


class Check(Protocol):
    """Something that this server needs, or would rather not miss.

    Args:
        is_vital: Whether answers can't be given without it.
    """

    @property
    def is_vital(self) -> bool:
        """Whether answers can't be given without it."""

    async def check(self) -> None:
        """Return where all is well.

        Raises:
            PortcallError: What is wrong; people are told its code alone.
        """


@dataclass(frozen=True, slots=True)
class AskedCheck:
    """A check that awaits one function, which raises :class:`PortcallError` where something is wrong."""

    ask: Callable[[], Awaitable[object]]
    is_vital: bool = False

    async def check(self) -> None:
        """Ask."""
        await self.ask()


@dataclass(frozen=True, slots=True)
class ProblemsCheck:
    """A check that fails where a list of problems has any: plugins that did not load, say."""

    problems: Callable[[], Collection[object]]
    is_vital: bool = False

    async def check(self) -> None:
        """Look at the list.

        Raises:
            InternalError: There is something in it.
        """
        if problems := self.problems():
            raise InternalError(f"there are {len(problems)} problems", hint="The log names them.")


class Health:
    """Answers the two questions; ``routes`` says where.

    Args:
        checks: What is looked at, by name, side by side.
        lifecycle: Knows whether the end is near.
        patience: Seconds that each check has.
        lifetime: Seconds for which what was found is told again.
        clock: Tells seconds, from whenever.
    """

    def __init__(
        self,
        checks: Mapping[str, Check],
        lifecycle: Lifecycle,
        *,
        patience: float = PATIENCE,
        lifetime: float = _LIFETIME,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._watched = {name: _Watched(name, check) for name, check in checks.items()}
        self._lifecycle = lifecycle
        self._patience = patience
        self._lifetime = lifetime
        self._clock = clock
        self._found: dict[str, str | None] = {}
        self._until = -1.0

    @property
    def routes(self) -> list[Route]:
        """The paths, for GET and HEAD."""
        return [
            Route("/healthz", endpoint=_Answer(self._alive), methods=["GET"]),
            Route("/readyz", endpoint=_Answer(self._ready), methods=["GET"]),
        ]

    async def look(self) -> None:
        """Look at everything, unless somebody just did; what is wrong is logged."""
        await self._look()

    async def _alive(self) -> tuple[int, Mapping[str, Any]]:
        return 200, {"status": "ok"}

    async def _ready(self) -> tuple[int, Mapping[str, Any]]:
        if self._lifecycle.is_closing:
            return 503, {"status": "closing"}
        await self._look()
        failed = {name for name, code in self._found.items() if code is not None}
        is_down = any(self._watched[name].check.is_vital for name in failed)
        checks = {name: _told(code) for name, code in self._found.items()}
        status = "failing" if is_down else "degraded" if failed else "ok"
        return 503 if is_down else 200, {"status": status, "checks": checks}

    async def _look(self) -> None:
        """Look at everything, unless somebody just did; those who ask meanwhile wait for the same checks."""
        if self._clock() < self._until:
            return
        names = tuple(self._watched)
        codes = await asyncio.gather(*(self._watched[name].look(self._patience) for name in names))
        self._found = dict(zip(names, codes, strict=True))
        self._until = self._clock() + self._lifetime


class _Watched:
    """A check, and what it last found: changes are logged, and one that hangs is not begun a second time."""

    def __init__(self, name: str, check: Check) -> None:
        self.check = check
        self._name = name
        self._running: asyncio.Task[str | None] | None = None
        self._found: str | None = None
        self._reason = ""

    async def look(self, patience: float) -> str | None:
        """Return the code of what is wrong, if anything is."""
        if self._running is None or self._running.done():
            self._running = asyncio.ensure_future(self._run())
        # By the time this one is told that it is over, somebody else may have begun another.
        running = self._running
        # Not `wait_for`, which waits for what it cancels: a thread that hangs in there cannot be.
        done, _ = await asyncio.wait({running}, timeout=patience)
        code = running.result() if done else "timeout"
        if not done:
            running.cancel()
        if code != self._found:
            log = _log.info if code is None else _log.warning
            event = "check_recovered" if code is None else "check_failed"
            log(event, check=self._name, code=code, **({"reason": self._reason} if code else {}))
        self._found = code
        return code

    async def _run(self) -> str | None:
        try:
            await self.check.check()
        except PortcallError as error:
            self._reason = f"{error.message}. {error.hint}".strip()
            return error.code
        except asyncio.CancelledError:
            return "timeout"
        except Exception:  # noqa: BLE001 - a check's own fault is a finding, too
            _log.exception("check_broken", check=self._name)
            return "internal"
        return None


class _Answer:
    """A document behind a path; HEAD asks for the same, and the server leaves the body out."""

    def __init__(self, ask: Callable[[], Awaitable[tuple[int, Mapping[str, Any]]]]) -> None:
        self._ask = ask

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        del scope, receive
        status, body = await self._ask()
        await reply(send, status, body)


def _told(code: str | None) -> dict[str, str]:
    return {"status": "ok"} if code is None else {"status": "failing", "code": code}
