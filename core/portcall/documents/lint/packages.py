"""Package managers, as data: how their commands read, and what they leave behind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from portcall.documents.lint.shell import Command

#: Options whose value is the next word, and no verb.
_TAKES_VALUE = frozenset({"-o", "-t", "-c", "--option", "--target-release", "--config-file", "--prefix", "--cwd"})


@dataclass(frozen=True, slots=True)
class PackageManager:
    """One package manager.

    Attributes:
        name: What it is called in messages.
        programs: Its programs.
        installs: Verbs that install; ``""`` is the program without any.
        caches: What it leaves below these folders.
        cleans: Verbs that remove it.
    """

    name: str
    programs: frozenset[str]
    installs: frozenset[str]
    caches: tuple[str, ...] = ()
    cleans: tuple[str, ...] = ()

    def is_installing(self, command: Command) -> bool:
        """Return whether a command installs packages with it."""
        return command.program in self.programs and verb_of(command) in self.installs

    def is_cleaning(self, command: Command) -> bool:
        """Return whether a command removes what it has left behind."""
        if command.program in self.programs:
            return any(verb in command.operands for verb in self.cleans)
        return command.program in {"rm", "find"} and any(
            operand.startswith(_stem(cache)) or _stem(cache).startswith(f"{operand.rstrip('/*')}/")
            for operand in command.operands
            if operand.startswith(("/", "~", "$HOME", "${HOME"))
            for cache in _spellings(self.caches)
        )


def _stem(cache: str) -> str:
    return cache.rstrip("/")


def _spellings(caches: tuple[str, ...]) -> list[str]:
    """Return folders, those of root also as its shell names them."""
    homes = [cache.replace("/root", home, 1) for cache in caches for home in ("~", "$HOME", "${HOME}")]
    return [*caches, *(home for home in homes if not home.startswith("/"))]


def verb_of(command: Command) -> str:
    """Return the first argument that is no option: ``install``; empty where there is none."""
    skips = False
    for word in command.arguments:
        if skips:
            skips = False
        elif word in _TAKES_VALUE:
            skips = True
        elif not word.startswith("-"):
            return word
    return ""


APT = PackageManager(
    "apt-get",
    frozenset({"apt-get", "apt", "aptitude"}),
    frozenset({"install", "reinstall", "build-dep"}),
    ("/var/lib/apt/lists",),
)
APK = PackageManager("apk", frozenset({"apk"}), frozenset({"add"}), ("/var/cache/apk", "/etc/apk/cache"))
DNF = PackageManager(
    "dnf",
    frozenset({"dnf", "dnf5", "microdnf", "tdnf"}),
    frozenset({"install", "groupinstall", "localinstall", "reinstall", "update", "upgrade"}),
    ("/var/cache/dnf", "/var/cache/libdnf5", "/var/cache/yum", "/var/cache/tdnf"),
    ("clean",),
)
YUM = PackageManager("yum", frozenset({"yum"}), DNF.installs, ("/var/cache/yum", "/var/cache/dnf"), ("clean",))
ZYPPER = PackageManager(
    "zypper", frozenset({"zypper"}), frozenset({"install", "in"}), ("/var/cache/zypp",), ("clean", "cc")
)
PIP = PackageManager(
    "pip",
    frozenset({"pip", "pip2", "pip3"}),
    frozenset({"install"}),
    ("/root/.cache/pip",),
    ("purge",),
)
NPM = PackageManager(
    "npm", frozenset({"npm"}), frozenset({"install", "i", "ci", "clean-install"}), ("/root/.npm",), ("clean",)
)
YARN = PackageManager(
    "yarn",
    frozenset({"yarn"}),
    frozenset({"", "install"}),
    ("/usr/local/share/.cache/yarn",),
    ("clean",),
)
PNPM = PackageManager("pnpm", frozenset({"pnpm"}), frozenset({"install", "i"}), ("/root/.local/share/pnpm",))

#: Those whose steps one after the other belong into one.
SYSTEM = (APT, APK, DNF, YUM, ZYPPER)
#: Those whose packages a project lists in a file of its own.
PROJECT = (PIP, NPM, YARN, PNPM)
