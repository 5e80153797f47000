"""Pages that end a sign-in, each with what to do next."""

from __future__ import annotations

from dataclasses import dataclass

from portcall.auth.signin.frame import framed
from portcall.auth.signin.markup import element

_FROM_THE_APP = "go back to the app that sent you here and connect it once more."
_START_AGAIN = _FROM_THE_APP.capitalize()


@dataclass(frozen=True, slots=True)
class Notice:
    """Something that a person has to know.

    Args:
        status: Of the answer.
        title: What is the matter.
        text: Why, and what to do next.
        retry_after: Seconds until another try makes sense; 0 where that says nothing.
    """

    status: int
    title: str
    text: str
    retry_after: int = 0


ENDED = Notice(
    400, "This sign-in is over", f"It took too long, was finished already, or failed too often. {_START_AGAIN}"
)
ELSEWHERE = Notice(
    403,
    "This sign-in belongs to another browser",
    f"It was opened there first. If somebody sent you this link, close the page. Otherwise, {_FROM_THE_APP}",
)
UNKNOWN_APP = Notice(
    400,
    "This app is not known here (any more)",
    "Start again from the app. If you get here once more, remove the connection there and add it anew.",
)
UNUSABLE_LINK = Notice(
    400,
    "This link cannot be used",
    "It is not complete, or it leads back to where the app never said it would be. Nothing was done. "
    "Start again from the app.",
)
NO_COOKIE = Notice(
    403,
    "Your browser sent no cookie",
    f"Signing in needs one, for ten minutes. Allow cookies for this site. {_START_AGAIN}",
)
NOT_OURS = Notice(403, "This form was not sent from our page", f"Nothing was done. {_START_AGAIN}")
UNREADABLE = Notice(400, "This form cannot be read", f"Nothing was done. {_START_AGAIN}")
UNAVAILABLE = Notice(
    503,
    "Signing in does not work just now",
    "This server cannot reach its own records. Try again in a moment; if it stays so, tell whoever runs it.",
    retry_after=30,
)


def notice_page(notice: Notice, *, base: str) -> str:
    """Return the document that tells it.

    Args:
        notice: What it tells.
        base: Path of the issuer, without a slash at its end.
    """
    return framed(notice.title, element("h1", notice.title), element("p", notice.text), base=base)
