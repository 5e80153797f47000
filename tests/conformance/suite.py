"""Runs the official conformance suite against a server, and reads what it wrote.

Its own exit status forgives more than we do: a baseline's entry may name a check that never ran. So the checks'
results are read, and compared with the baseline, entry by entry.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.testbed.node import NodePackages

HERE = Path(__file__).parent
#: How the suite names the folder of a scenario's results.
_RESULTS = re.compile(r"(?:server-|authorization-server-)(?P<scenario>.+)-\d{4}-\d\d-\d\dT[\d-]+Z")
#: Seconds; a run takes seven.
_PATIENCE = 120


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that the suite looked at.

    Args:
        name: ``scenario:check``, as baselines have it.
        status: ``SUCCESS``, ``FAILURE``, ``WARNING``, ``SKIPPED`` or ``INFO``.
        message: What was wrong.
    """

    name: str
    status: str
    message: str

    @property
    def scenario(self) -> str:
        return self.name.partition(":")[0]

    @property
    def failed(self) -> bool:
        """Whether it is held against the server; a warning is, as it is by the suite where there is a baseline."""
        return self.status in {"FAILURE", "WARNING"}


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one run.

    Args:
        status: The suite's exit status.
        output: What it printed.
        checks: Every check of every scenario.
    """

    status: int
    output: str
    checks: tuple[Check, ...]

    @property
    def scenarios(self) -> frozenset[str]:
        """The scenarios that ran."""
        return frozenset(check.scenario for check in self.checks)

    def passed(self) -> frozenset[str]:
        """Return the scenarios with a success and without a failure or a warning."""
        succeeded = {check.scenario for check in self.checks if check.status == "SUCCESS"}
        return frozenset(succeeded - {check.scenario for check in self.checks if check.failed})

    def successes(self) -> frozenset[str]:
        """Return the checks that succeeded."""
        return frozenset(check.name for check in self.checks if check.status == "SUCCESS")

    def failures(self, among: frozenset[str]) -> dict[str, str]:
        """Return what was wrong, by check, in these scenarios."""
        return {check.name: check.message for check in self.checks if check.failed and check.scenario in among}


@dataclass(frozen=True, slots=True)
class Client:
    """A registered OAuth client, which the suite is when it looks at authorization servers.

    Args:
        id: As it was registered.
        port: Where it is sent back to: ``http://127.0.0.1:<port>/callback``.
        resource: The MCP server that it asks for.
    """

    id: str
    port: int
    resource: str


@dataclass(frozen=True, slots=True)
class Suite:
    """The suite, installed.

    Args:
        packages: Which it is one of.
        folder: Where it writes results.
    """

    packages: NodePackages
    folder: Path

    def required(self, revision: str) -> frozenset[str]:
        """Return the scenarios that a revision of the protocol requires of servers."""
        modules = self.packages.folder / "node_modules" / "@modelcontextprotocol" / "conformance"
        requirements = yaml.safe_load((modules / "requirements" / f"{revision}.yaml").read_text())
        return frozenset(requirements["server"])

    def server(self, url: str, revision: str, baseline: Path) -> Report:
        """Return what a server does of what a revision requires; what is unscored runs, too."""
        return self._run("server", "--url", url, "--requirements", revision, "--expected-failures", str(baseline))

    def authorization(self, issuer: str, client: Client, sign_in: Callable[[str], None]) -> Report:
        """Return what an authorization server does, of all that the suite has on them.

        Args:
            issuer: Its URL, as it calls itself.
            client: Who the suite is to be.
            sign_in: What a person does with the address that an app sends them to.
        """
        told = ("--client-id", client.id, "--port", str(client.port), "--resource", client.resource)
        command = self._command("authorization", "--url", issuer, *told)
        with subprocess.Popen(
            command, env=self._surroundings(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as running:
            try:
                output = self._printed(running, lambda line: sign_in(line) if line.startswith(issuer) else None)
                status = running.wait(_PATIENCE)
            finally:
                running.kill()
        return Report(status, output, tuple(_checks(self.folder)))

    def _printed(self, running: subprocess.Popen[str], hear: Callable[[str], None]) -> str:
        """Return all that is printed, each line of which is heard at once."""
        lines = []
        for line in running.stdout or ():
            lines.append(line)
            hear(line.strip())
        return "".join(lines)

    def _run(self, *arguments: str) -> Report:
        outcome = subprocess.run(
            self._command(*arguments),
            env=self._surroundings(),
            timeout=_PATIENCE,
            check=False,
            capture_output=True,
            text=True,
        )
        return Report(outcome.returncode, outcome.stdout + outcome.stderr, tuple(_checks(self.folder)))

    def _command(self, *arguments: str) -> list[str]:
        return self.packages.command("conformance", *arguments, "-o", str(self.folder))

    def _surroundings(self) -> dict[str, str]:
        # Nothing of the machine's but the path: a proxy, or an option to Node, would be tested along.
        return {"PATH": os.environ["PATH"], "HOME": str(self.folder)}


def entries(baseline: Path) -> frozenset[str]:
    """Return the checks that a baseline expects to fail."""
    listed = frozenset((yaml.safe_load(baseline.read_text()) or {}).get("server") or ())
    whole = sorted(entry for entry in listed if ":" not in entry)
    if whole:
        raise ValueError(f"{baseline.name} names whole scenarios: {', '.join(whole)}; name their checks")
    return listed


def _checks(folder: Path) -> list[Check]:
    found = []
    for results in sorted(folder.glob("**/checks.json")):
        named = _RESULTS.fullmatch(results.parent.name)
        if named is None:
            raise ValueError(f"the suite names its results otherwise: {results.parent.name}")
        for check in json.loads(results.read_text()):
            name = f"{named['scenario']}:{check['id']}"
            found.append(Check(name, check["status"], check.get("errorMessage") or ""))
    return found
