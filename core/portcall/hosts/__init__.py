"""MCP hosts: what each calls its configuration, where that is, and how portcall gets into it."""

from portcall.hosts.catalog import HOSTS, host_named
from portcall.hosts.entry import entry_for
from portcall.hosts.foreign_file import real_file
from portcall.hosts.found import Found, survey
from portcall.hosts.host import Host
from portcall.hosts.installation import Installed, install
from portcall.hosts.launcher import Launcher, launcher_here
from portcall.hosts.origin import origin_of_installation
from portcall.hosts.places import Machine, project_file, user_file
from portcall.hosts.servers import LocalServer, RemoteServer, check_name
from portcall.hosts.snippets import snippet

__all__ = [
    "HOSTS",
    "Found",
    "Host",
    "Installed",
    "Launcher",
    "LocalServer",
    "Machine",
    "RemoteServer",
    "check_name",
    "entry_for",
    "host_named",
    "install",
    "launcher_here",
    "origin_of_installation",
    "project_file",
    "real_file",
    "snippet",
    "survey",
    "user_file",
]
