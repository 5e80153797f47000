"""The page where somebody sees who asks for what, signs in, and says yes or no."""

from __future__ import annotations

from dataclasses import dataclass, field

from portcall.auth.signin.frame import PAGE, framed
from portcall.auth.signin.markup import Markup, element, joined
from portcall.auth.signin.redirects import place_for_people

_TOKENS = "https://app.docker.com/settings/personal-access-tokens"
_SCOPES = {
    "read": ("Read", "Look at what you can see on Docker Hub, your private repositories included."),
    "write": ("Write", "Copy, tag and delete images as you, where your token allows it."),
}
#: Read before anything is typed; the rest is below the buttons, for whoever wants to know more.
_KEPT_BRIEFLY = (
    "This server keeps your name and token, encrypted, until the app signs out, 30 days from now at most. "
    "Whoever runs it holds the key."
)
_KEPT = (
    "This server keeps your Docker Hub user name and token, encrypted. Whoever runs it could read them.",
    "It sends them to Docker Hub, and to nobody else. The app never sees them: it gets a key of its own.",
    "They go when the app signs out, or 30 days from now. To end it yourself, delete the token at Docker Hub.",
)


@dataclass(frozen=True, slots=True)
class Consent:
    """What the page says.

    Args:
        client_name: What the client calls itself; empty where it does not.
        redirect_uri: Where its answer goes.
        scopes: What may be allowed: asked for, and given by this server.
        ticket: The handle that the form sends back.
        token: What proves that it was our form; in no ``repr``.
        host: Whose page it is: the issuer's host, with its port if it has one.
        username: What was typed before.
        chosen: Scopes that were ticked before.
        problem: What went wrong, if something did.
        refused: Whether it was what was typed.
        base: Path of the issuer, without a slash at its end.
    """

    client_name: str
    redirect_uri: str
    scopes: tuple[str, ...]
    ticket: str = field(repr=False)
    token: str = field(repr=False)
    host: str
    username: str = ""
    chosen: frozenset[str] = frozenset()
    problem: str = ""
    refused: bool = False
    base: str = ""


def consent_page(consent: Consent) -> str:
    """Return the document."""
    return framed(
        "Sign in with Docker Hub",
        element("h1", "Sign in with Docker Hub"),
        _whose(consent.host),
        _asking(consent),
        _problem(consent.problem),
        _form(consent),
        _kept(),
        base=consent.base,
    )


def _whose(host: str) -> Markup:
    return element(
        "p",
        "This page belongs to portcall at ",
        element("strong", element("bdi", host), class_="host"),
        ", not to Docker.",
        class_="whose",
    )


def _asking(consent: Consent) -> Markup:
    place, kind = place_for_people(consent.redirect_uri)
    name = consent.client_name
    who = (
        joined(element("strong", element("bdi", name), class_="name"), " asks to use container registries as you.")
        if name
        else joined("An app that does not say its name asks to use container registries as you.")
    )
    claim = "The name is the app’s own claim; nobody has checked it. " if name else ""
    return element(
        "section",
        element("p", who, class_="asking"),
        element(
            "dl",
            element("dt", "You will be sent back to"),
            element("dd", element("strong", place, class_="place"), element("span", kind, class_="kind")),
        ),
        element("p", f"{claim}Go on only if you have just connected an app there yourself.", class_="note"),
        aria_label="Who asks",
    )


def _problem(problem: str) -> Markup:
    return element("p", problem, class_="problem", id="problem", role="alert") if problem else Markup()


def _form(consent: Consent) -> Markup:
    return element(
        "form",
        element("input", type="hidden", name="ticket", value=consent.ticket),
        element("input", type="hidden", name="token", value=consent.token),
        _fields(consent),
        element(
            "fieldset", element("legend", "The app may"), *(_scope(consent, scope) for scope in consent.scopes)
        ),
        element(
            "div",
            element("button", "Sign in and allow", name="decision", value="allow", class_="allow"),
            element("button", "Deny", name="decision", value="deny", class_="deny", formnovalidate=True),
            class_="buttons",
        ),
        method="post",
        action=f"{consent.base}{PAGE}",
    )


def _kept() -> Markup:
    return element(
        "section",
        element("h2", "What is kept"),
        element("ul", *(element("li", text) for text in _KEPT)),
        class_="kept",
    )


def _fields(consent: Consent) -> Markup:
    failed = bool(consent.problem)
    described = "problem " if failed else ""
    invalid = "true" if consent.refused else "false"
    username = element(
        "input",
        id="username",
        name="username",
        value=consent.username,
        autocomplete="username",
        autocapitalize="none",
        spellcheck="false",
        maxlength="254",
        required=True,
        aria_invalid=invalid,
        aria_describedby=f"{described}kept",
    )
    # Named so that password managers fill it; Docker's tokens are what it is for.
    secret = element(
        "input",
        id="password",
        name="password",
        type="password",
        autocomplete="current-password",
        maxlength="1024",
        required=True,
        # Not at first: people should read who asks.
        autofocus=failed,
        aria_invalid=invalid,
        aria_describedby=f"{described}kept password-help",
    )
    return joined(
        element("p", _KEPT_BRIEFLY, class_="briefly", id="kept"),
        element("div", element("label", "Docker Hub user name", for_="username"), username, class_="field"),
        element("div", element("label", "Access token", for_="password"), secret, _help(), class_="field"),
    )


def _help() -> Markup:
    link = element(
        "a", "Docker’s account settings (new tab)", href=_TOKENS, rel="noreferrer noopener", target="_blank"
    )
    return element(
        "p",
        "A personal access token with read-only access is enough. Make one in ",
        link,
        ". Accounts with two-factor authentication need one: a password will not do.",
        class_="help",
        id="password-help",
    )


def _scope(consent: Consent, scope: str) -> Markup:
    title, text = _SCOPES[scope]
    if scope == "read":
        return _given(title, text, beside_others=len(consent.scopes) > 1)
    box = element(
        "input",
        type="checkbox",
        id=f"scope-{scope}",
        name="scope",
        value=scope,
        checked=scope in consent.chosen,
        aria_describedby=f"scope-{scope}-help",
    )
    label = element("label", title, for_=f"scope-{scope}")
    help_text = element("p", text, id=f"scope-{scope}-help", class_="help")
    return element("div", box, element("div", label, help_text), class_="scope")


def _given(title: str, text: str, *, beside_others: bool) -> Markup:
    """Return what every app may do: nothing to choose, and so no box."""
    always = element("span", "always", class_="always") if beside_others else Markup()
    said = element("div", element("strong", title), always, element("p", text, class_="help"))
    return element("div", element("span", "", class_="tick"), said, class_="scope")
