"""MCP hosts: what each calls its configuration, where that is, and how portcall gets into it."""

from portcall.hosts.catalog import HOSTS, host_named
from portcall.hosts.entry import entry_for
from portcall.hosts.host import Host
from portcall.hosts.installation import Installed, install
from portcall.hosts.launcher import Launcher, launcher_here, origin_of_installation
from portcall.hosts.places import Machine, project_file, user_file
from portcall.hosts.servers import LocalServer, RemoteServer, check_name
from portcall.hosts.snippet import snippet
from portcall.hosts.survey import Found, survey

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
    "snippet",
    "survey",
    "user_file",
]
