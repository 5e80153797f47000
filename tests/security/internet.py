"""A small internet: names and public addresses that lead to servers on loopback.

It stands in for the resolver and the routing table, which no test owns; portcall's own code is whole, and
sees what it would see out there. Whatever it looks up, and every address that it connects to, is written down.
"""

from __future__ import annotations

import errno
import socket
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from portcall.testing import Address

if TYPE_CHECKING:
    import pytest

#: What belongs to nobody here; no packet leaves.
_FIRST_PUBLIC = int(ip_address("93.184.215.1"))


class Internet:
    """Names, addresses, and who connected where.

    Attributes:
        looked_up: Every name that was resolved, in order.
        reached: Every address and port that a connection was begun to, in order.
    """

    def __init__(self) -> None:
        self.looked_up: list[str] = []
        self.reached: list[tuple[str, int]] = []
        self._names: dict[str, list[tuple[str, ...]]] = {}
        self._public: dict[str, str] = {}

    def name(self, host: str, *answers: str | tuple[str, ...]) -> str:
        """Let ``host`` resolve to these addresses: each lookup takes the next answer, and the last one stays."""
        self._names[host.lower()] = [(answer,) if isinstance(answer, str) else answer for answer in answers]
        return host

    def public(self, server: Address | None = None) -> str:
        """Return a public address; connections to it arrive at ``server``, or are refused where there is none."""
        address = str(ip_address(_FIRST_PUBLIC + len(self._public)))
        self._public[address] = server.host if server else ""
        return address

    def host(self, name: str, server: Address) -> Address:
        """Give a server a name of its own, at a public address."""
        self.name(name, self.public(server))
        return Address(name, server.port, server.scheme)

    def inside(self) -> list[tuple[str, int]]:
        """Return what was connected to that is not public."""
        return [(host, port) for host, port in self.reached if host not in self._public]

    def install(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Take the platform's place for one test."""
        resolve, connect = socket.getaddrinfo, socket.socket.connect

        def getaddrinfo(host: Any, port: Any, *rest: Any, **options: Any) -> list[Any]:
            name = host.lower() if isinstance(host, str) else ""
            if name not in self._names and not name.rstrip(".").endswith(".example"):
                return resolve(host, port, *rest, **options)
            self.looked_up.append(name)
            answers = self._names.get(name)
            if not answers:
                raise socket.gaierror(socket.EAI_NONAME, "no such name here")
            return [_info(address, int(port)) for address in (answers.pop(0) if answers[1:] else answers[0])]

        def connecting(own: socket.socket, address: Any) -> None:
            if own.family not in {socket.AF_INET, socket.AF_INET6}:
                return connect(own, address)
            host, port = str(address[0]), int(address[1])
            self.reached.append((host, port))
            arrives = host if ip_address(host).is_loopback else self._public.get(host)
            if not arrives:
                raise ConnectionRefusedError(errno.ECONNREFUSED, "nobody is there")
            return connect(own, (arrives, port, *address[2:]))

        monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
        monkeypatch.setattr(socket.socket, "connect", connecting)


def _info(address: str, port: int) -> tuple[int, int, int, str, tuple[Any, ...]]:
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, port))
