"""A folder for Node: scripts beside the packages that a lock names, and the Node that the tests have anyway."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.conformance.suite import HERE as CONFORMANCE
from tests.testbed.node import installed
from tests.testbed.process import Service, missing_program
from tests.testbed.shell import Shell

if TYPE_CHECKING:
    from pathlib import Path

    from tests.testbed.shell import Finished


@dataclass(frozen=True, slots=True)
class NodeProject:
    """A copy of a folder that people would run ``npm ci`` in.

    Attributes:
        folder: The copy, whose ``node_modules`` is a link.
        node: The Node.
        portcall: The program that is found on the ``PATH``.
        shell: The environment: a home folder of its own.
    """

    folder: Path
    node: Path
    portcall: Path
    shell: Shell

    @classmethod
    def of(cls, manifest: Path, portcall: Path, folder: Path, *scripts: Path) -> NodeProject:
        """Return a copy of ``manifest`` with more scripts in it, made below ``folder``, which is its home, too."""
        packages, node = installed(manifest), installed(CONFORMANCE).node
        if node is None:
            missing_program("no Node among the packages runs here: they have those for Linux, x64 and arm64")
        copy = folder / manifest.name
        shutil.copytree(manifest, copy, ignore=shutil.ignore_patterns("node_modules"))
        for script in scripts:
            shutil.copy(script, copy)
        (copy / "node_modules").symlink_to(packages.folder / "node_modules")
        return cls(copy, node, portcall, Shell(folder))

    def run(self, script: str, *arguments: str, stdin: str = "", **variables: str) -> Finished:
        """Run a script of the folder."""
        command = [str(self.node), str(self.folder / script), *arguments]
        return self.shell.run(command, stdin=stdin, environment=self.environment(**variables))

    def program(self, name: str, *arguments: str, **variables: str) -> Finished:
        """Run a program of the packages, in the folder."""
        command = [str(self.node), str(self.folder / "node_modules" / ".bin" / name), *arguments]
        return self.shell.run(command, environment=self.environment(**variables), cwd=self.folder)

    def started(self, script: str, *arguments: str, **variables: str) -> Service:
        """Start a script of the folder, whose output goes to ``<folder>/output``."""
        command = [str(self.node), str(self.folder / script), *arguments]
        return Service(command, self.folder / "output", self.environment(**variables))

    def environment(self, **variables: str) -> dict[str, str]:
        """Return a child's whole environment, with portcall on the ``PATH``."""
        path = os.pathsep.join((str(self.portcall.parent), os.environ["PATH"]))
        return self.shell.environment(PATH=path, **variables)
