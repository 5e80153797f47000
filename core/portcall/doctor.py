"""The doctor: what is set up, whether it works, and the next step where it does not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from portcall.errors import BlockedError, ConfigurationError, PortcallError
from portcall.http.pools import proxy_host
from portcall.models import Diagnosis, Finding
from portcall.render.quantity import counted, size
from portcall.render.registries import allowance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.gateway import Portcall
    from portcall.models import CacheContents, RegistryInfo, RegistryList
    from portcall.settings import Settings


async def diagnose(portcall: Portcall, registry: str = "") -> Diagnosis:
    """Look at everything; ask each registry, or those of one prefix, for a sign of life.

    What is wrong is not raised: it is what was found.
    """
    registries: list[Finding] = []
    try:
        registries += _registries(await portcall.list_registries(registry, probe=True))
    except PortcallError as error:
        registries.append(
            Finding(
                area="registries", subject=registry or "all", state="problem", message=str(error), hint=error.hint
            )
        )
    cache = await portcall.cache_contents()
    findings = [
        *_configuration(portcall.settings),
        *_cache(cache, portcall.settings),
        *_plugins(portcall),
        *_credentials(portcall),
        *await _server(portcall.settings),
        *registries,
    ]
    return Diagnosis(findings=tuple(findings))


def misconfigured(error: ConfigurationError) -> Diagnosis:
    """Return what is found where the configuration itself cannot be used: nothing else can be looked at then."""
    finding = Finding(
        area="configuration", subject="the configuration", state="problem", message=error.message, hint=error.hint
    )
    return Diagnosis(findings=(finding,))


def _configuration(settings: Settings) -> Iterator[Finding]:
    file = settings.surroundings.file
    entries = f"{len(settings.registries) or 'no'} {'entry' if len(settings.registries) == 1 else 'entries'}"
    yield Finding(
        area="configuration",
        subject=file or "no configuration file",
        state="good",
        message=f"read; {entries} under [registries]"
        if file
        else "the defaults hold, and what the environment sets",
    )
    for scheme, url in settings.surroundings.proxies.items():
        host = proxy_host(url)
        if scheme != "no":
            yield Finding(
                area="configuration",
                subject=f"{scheme} proxy",
                state="note" if host else "problem",
                message=f"{host} looks the addresses up, so portcall cannot check them"
                if host
                else "is no address of a proxy",
                hint="Only registries that are listed, or named in network.allow_hosts, are asked through it."
                if host
                else f"Correct or unset {scheme}_proxy, or set network.proxy.",
            )


def _cache(contents: CacheContents, settings: Settings) -> Iterator[Finding]:
    for tier in contents.tiers:
        held = f"holds {counted(tier.entries or 0, 'answer')}, {size(tier.bytes or 0)}"
        yield Finding(
            area="cache",
            subject=tier.where,
            state="problem" if tier.problem else "good",
            message=tier.problem or (held if tier.name != "memory" else "for as long as the process lives"),
            hint="Answers are slower until it works again, and none is lost." if tier.problem else "",
        )
    if "redis" in {tier.name for tier in contents.tiers} and settings.surroundings.store_key is None:
        yield Finding(
            area="cache",
            subject=settings.auth.key_env,
            state="note",
            message="is not set, so what took credentials to see stays in each process's memory",
            hint="Set it to the output of openssl rand -base64 32, the same for all processes.",
        )


def _plugins(portcall: Portcall) -> Iterator[Finding]:
    for report in portcall.plugins.reports:
        subject = f"{report.source.qualified} {report.source.version}".strip()
        for problem in report.problems:
            yield Finding(
                area="plugins",
                subject=subject,
                state="problem",
                message=problem,
                hint="Update or uninstall it, or name it in plugins.disabled.",
            )
        if not report.problems:
            what = (
                report.state
                if report.state != "loaded"
                else f"serves {', '.join(report.backends) or 'no registry'}"
            )
            yield Finding(area="plugins", subject=subject, state="good", message=what)


def _credentials(portcall: Portcall) -> Iterator[Finding]:
    notes = portcall.keyring.notes
    for note in notes:
        hosts = ", ".join(note.hosts[:20]) + (", …" if len(note.hosts) > 20 else "")
        yield Finding(
            area="credentials",
            subject=note.source,
            state="good" if not note.problem else "note" if note.usable else "problem",
            message=note.problem or (f"has logins for {hosts}" if hosts else "has no login"),
            hint=note.hint,
        )
    if not notes:
        yield Finding(
            area="credentials",
            subject="stored logins",
            state="good",
            message="there are none: registries without an entry of their own are asked anonymously",
            hint="docker login HOST stores some, and username and password_env in the configuration name others.",
        )


async def _server(settings: Settings) -> list[Finding]:
    """Return what is found of a server over HTTP, where one is configured."""
    if settings.auth.mode == "none" and settings.surroundings.auth_token is None:
        return []
    # Late: they take half a second, for those who have a server.
    from portcall.server.asgi import create_app
    from portcall.server.asgi.authentication import mode_of

    subject = f"auth.mode {mode_of(settings)}"
    try:
        found = await create_app(settings).examined()
    except PortcallError as error:
        return [Finding(area="server", subject=subject, state="problem", message=error.message, hint=error.hint)]
    findings = [Finding(area="server", subject=subject, state="good", message="can be served")]
    # The others are looked at above, as whoever is at this machine has them.
    for name, wrong in found.items():
        if name not in {"cache", "plugins"}:
            findings.append(
                Finding(
                    area="server",
                    subject=name,
                    state="problem" if wrong else "good",
                    message=wrong.message if wrong else "can be used",
                    hint=wrong.hint if wrong else "",
                )
            )
    return findings


def _registries(answer: RegistryList) -> Iterator[Finding]:
    for info in answer.registries:
        yield Finding(
            area="registries",
            subject=info.prefix,
            state=_state(info),
            message="; ".join(_told(info)),
            hint=info.hint or "",
        )


def _state(info: RegistryInfo) -> Literal["good", "note", "problem"]:
    if not info.problem:
        return "good"
    # One that is blocked was not asked, by the operator's own will; one that wants a login may be given one.
    by_will = info.problem.startswith(f"{BlockedError.code}:")
    return "note" if by_will or (info.reachable and info.credentials == "none") else "problem"


def _told(info: RegistryInfo) -> Iterator[str]:
    if info.problem:
        yield info.problem
    elif info.reachable:
        yield f"answers in {info.latency or 0:.3f} s"
    if info.credentials != "none":
        yield f"credentials: {info.credentials}"
    elif info.reachable is not None:
        yield "asked anonymously"
    if info.api_credentials:
        # No plugin has a question that costs nothing and needs a token: a wrong one shows at the first real one.
        yield f"credentials for its API: {info.api_credentials}, not tried"
    if info.rate_limit:
        yield allowance(info.rate_limit)
