"""Rules about package managers in ``RUN``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from portcall.documents.lint.finding import Check, Place, Rule
from portcall.documents.lint.packages import APK, APT, DNF, NPM, PIP, YUM, ZYPPER, PackageManager, verb_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from portcall.documents.lint.shell import Command
    from portcall.documents.lint.steps import Build, Step

_UPGRADES = frozenset({"upgrade", "dist-upgrade", "full-upgrade"})
_RPM = (DNF, YUM, ZYPPER)


def _apt(build: Build) -> Iterator[tuple[Step, Command]]:
    for step in build.runs():
        for command in step.commands:
            if command.program in APT.programs:
                yield step, command


def _assume_yes(build: Build) -> Iterator[Place]:
    for step in build.runs():
        is_asked = any(APT.is_installing(command) and not _answers(command) for command in step.commands)
        if is_asked and not _is_piped_yes(step):
            yield Place(step.line, "apt-get install asks, and nobody answers")


def _answers(command: Command) -> bool:
    """Return whether its options mean yes: ``-y``, or quiet twice."""
    quiet = sum(option.count("q") for option in command.options if not option.startswith("--"))
    return command.has_flag("y", "--yes", "--assume-yes", "--quiet=2") or quiet > 1


def _is_piped_yes(step: Step) -> bool:
    return any(command.program == "yes" and command.operator == "|" for command in step.commands)


def _recommends(build: Build) -> Iterator[Place]:
    for step, command in _apt(build):
        is_told = any("no-install-recommends" in word.lower() for word in command.arguments)
        is_configured = any("Install-Recommends" in word for word in command.arguments)
        if verb_of(command) == "install" and not is_told and not is_configured:
            yield Place(step.line, "apt-get installs what is merely recommended, too")


def _update_alone(build: Build) -> Iterator[Place]:
    for step in build.runs():
        verbs = {verb_of(command) for command in step.commands if command.program in APT.programs}
        if "update" in verbs and not verbs & (APT.installs | _UPGRADES):
            yield Place(step.line, "apt-get update in a layer of its own: later installs work with old lists")


def _lists_left(build: Build) -> Iterator[Place]:
    for step in build.runs():
        verbs = {verb_of(command) for command in step.commands if command.program in APT.programs}
        if "update" not in verbs or step.is_mounted("/var/lib/apt/lists"):
            continue
        if not any(APT.is_cleaning(command) for command in step.commands):
            yield Place(step.line, "the package lists stay in the layer")


def _apt_for_people(build: Build) -> Iterator[Place]:
    for step, command in _apt(build):
        if command.program == "apt":
            yield Place(step.line, "apt is for people: its options and output may change")


def _upgrade(build: Build) -> Iterator[Place]:
    for step, command in _apt(build):
        if verb_of(command) in _UPGRADES:
            message = "what this upgrades depends on the day of the build, and doubles those files"
            yield Place(step.line, message)


def _apk_cache(build: Build) -> Iterator[Place]:
    for step in build.runs():
        if _leaves(step, APK) and not any(_is_uncached(command) for command in step.commands):
            yield Place(step.line, "apk leaves its index in the layer")


def _is_uncached(command: Command) -> bool:
    return command.program == "apk" and "--no-cache" in command.options


def _rpm_cache(build: Build) -> Iterator[Place]:
    for step in build.runs():
        for manager in _RPM:
            if _leaves(step, manager):
                yield Place(step.line, f"{manager.name} leaves its metadata and packages in the layer")


def _pip_cache(build: Build) -> Iterator[Place]:
    for step in build.runs():
        if "PIP_NO_CACHE_DIR" in step.settings or not _leaves(step, PIP, _by_pip):
            continue
        if not all(_keeps_none(command) for command in step.commands if _by_pip(command)):
            yield Place(step.line, "pip leaves its cache in the layer")


def _by_pip(command: Command) -> bool:
    """Return whether a command installs with pip, possibly as ``python -m pip``."""
    if PIP.is_installing(command):
        return True
    return command.program.startswith("python") and command.operands[:2] == ("pip", "install")


def _keeps_none(command: Command) -> bool:
    return bool({"--no-cache-dir", "--no-cache"} & set(command.options)) or "PIP_NO_CACHE_DIR" in command.assigned


def _npm_install(build: Build) -> Iterator[Place]:
    for step in build.runs():
        for command in step.commands:
            is_global = command.has_flag("g", "--global", "--location=global")
            if command.program == "npm" and command.operands in {("install",), ("i",)} and not is_global:
                yield Place(step.line, "npm install may change the lock file, and with it what is installed")


def _npm_cache(build: Build) -> Iterator[Place]:
    for step in build.runs():
        if _leaves(step, NPM):
            yield Place(step.line, "npm leaves its cache in the layer")


def _leaves(step: Step, manager: PackageManager, installs: object = None) -> bool:
    """Return whether a step installs, and leaves a cache in its layer."""
    is_installing = installs if callable(installs) else manager.is_installing
    if not any(is_installing(command) for command in step.commands):
        return False
    is_mounted = any(step.is_mounted(cache) or _is_elsewhere(step, cache) for cache in manager.caches)
    return not is_mounted and not any(manager.is_cleaning(command) for command in step.commands)


def _is_elsewhere(step: Step, cache: str) -> bool:
    """Return whether another user's cache of the same name is mounted, as in ``/home/app/.cache/pip``."""
    tail = cache.removeprefix("/root/")
    targets = [mount.get("target") or mount.get("dst") or mount.get("destination") or "" for mount in step.mounts]
    return tail != cache and any(target.endswith((f"/{tail}", "/.cache")) for target in targets)


def _codes(*codes: str) -> frozenset[str]:
    return frozenset(codes)


CHECKS = (
    Check(Rule("apt-asks", "warning", "Add -y.", _codes("DL3014")), _assume_yes),
    Check(
        Rule("apt-recommends", "info", "Add --no-install-recommends, and name what is needed.", _codes("DL3015")),
        _recommends,
    ),
    Check(
        Rule("apt-update-alone", "warning", "Join it with the install, in one RUN."),
        _update_alone,
    ),
    Check(
        Rule(
            "apt-lists",
            "warning",
            "End the same RUN with rm -rf /var/lib/apt/lists/*, or mount a cache there.",
            _codes("DL3009"),
        ),
        _lists_left,
    ),
    Check(Rule("apt-for-people", "info", "Use apt-get.", _codes("DL3027")), _apt_for_people),
    Check(
        Rule(
            "apt-upgrade",
            "info",
            "Build on a newer base, pinned by its digest, instead.",
            _codes("DL3005"),
        ),
        _upgrade,
    ),
    Check(Rule("apk-cache", "info", "Add --no-cache.", _codes("DL3019")), _apk_cache),
    Check(
        Rule(
            "rpm-cache",
            "warning",
            "End the same RUN with clean all, or mount a cache.",
            _codes("DL3040", "DL3032", "DL3036"),
        ),
        _rpm_cache,
    ),
    Check(
        Rule(
            "pip-cache",
            "info",
            "Add --no-cache-dir, or RUN --mount=type=cache,target=/root/.cache/pip.",
            _codes("DL3042"),
        ),
        _pip_cache,
    ),
    Check(Rule("npm-install", "info", "Copy the lock file, and use npm ci."), _npm_install),
    Check(
        Rule("npm-cache", "info", "Add RUN --mount=type=cache,target=/root/.npm, or npm cache clean --force."),
        _npm_cache,
    ),
)
