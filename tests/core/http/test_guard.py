"""Which addresses may be connected to, whatever form they come in."""

from __future__ import annotations

import socket
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.core.http.asking import unhurried

from portcall.http.guard import (
    AddressRefusedError,
    Guard,
    configured,
    is_loopback,
    is_metadata,
    is_public,
    loopback_only,
    noting_refusals,
    public_only,
)

#: IANA's registries of special-purpose addresses, and multicast; first and last address of each are tried.
SPECIAL_IPV4 = [
    "0.0.0.0/8",
    "10.0.0.0/8",
    "100.64.0.0/10",
    "127.0.0.0/8",
    "169.254.0.0/16",
    "172.16.0.0/12",
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.88.99.0/24",
    "192.168.0.0/16",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
    "255.255.255.255/32",
]
SPECIAL_IPV6 = [
    "::/128",
    "::1/128",
    "::/96",  # IPv4-compatible
    "::ffff:0:0:0/96",  # IPv4-translated
    "64:ff9b:1::/48",  # NAT64 for local use
    "100::/64",  # discard
    "100:0:0:1::/64",
    "2001::/32",  # Teredo
    "2001:2::/48",  # benchmarking
    "2001:10::/28",  # ORCHID
    "2001:20::/28",
    "2001:db8::/32",
    "2002::/16",  # 6to4
    "3fff::/20",  # documentation
    "5f00::/16",  # segment routing
    "fc00::/7",
    "fe80::/10",
    "fec0::/10",  # site-local
    "ff00::/8",
]
PUBLIC = [
    "1.1.1.1",
    "8.8.8.8",
    "54.1.2.3",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.255.255",
    "172.32.0.0",
    "192.0.1.0",
    "198.20.0.0",
    "223.255.255.255",
    "2600:1f18::1",
    "2a00:1450:4001::200e",
    "2001:4860:4860::8888",
    "2606:4700::1111",
]
METADATA = [
    "169.254.169.254",
    "169.254.170.2",
    "fe80::a9fe:a9fe",
    "168.63.129.16",
    "100.100.100.200",
    "192.0.0.192",
    "fd00:ec2::254",
    "fd20:ce::254",
    "::ffff:169.254.169.254",
    "64:ff9b::a9fe:a9fe",
]


@pytest.mark.parametrize("network", SPECIAL_IPV4)
def test_special_ipv4_is_not_public(network: str):
    for address in (IPv4Network(network)[0], IPv4Network(network)[-1]):
        assert not is_public(address)


@pytest.mark.parametrize("network", SPECIAL_IPV6)
def test_special_ipv6_is_not_public(network: str):
    for address in (IPv6Network(network)[0], IPv6Network(network)[-1]):
        assert not is_public(address)


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is_public(address: str):
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", METADATA)
def test_metadata_services_are_not_public_in_any_form(address: str):
    assert not is_public(ip_address(address))
    assert is_metadata(ip_address(address))


def test_address_with_a_zone_is_not_public():
    assert not is_public(ip_address("fe80::1%eth0"))


@unhurried
@given(st.ip_addresses(v=4))
def test_wrapped_address_is_judged_by_what_it_carries(address: IPv4Address):
    for wrapped in (f"::ffff:{address}", f"64:ff9b::{address}"):
        assert is_public(IPv6Address(wrapped)) == is_public(address)
        assert is_metadata(IPv6Address(wrapped)) == is_metadata(address)
    assert is_loopback(IPv6Address(f"::ffff:{address}")) == is_loopback(address)


@unhurried
@given(st.ip_addresses(v=4))
def test_ipv4_behind_a_tunnel_is_never_public(address: IPv4Address):
    number = int(address)
    for tunnel in (0x2002 << 112 | number << 80, 0x2001 << 112 | number, number):
        assert not is_public(IPv6Address(tunnel))


@unhurried
@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6, network="2000::/3"), st.ip_addresses(v=6)))
def test_what_is_public_is_nothing_special(address: IPv4Address | IPv6Address):
    if is_public(address) and not any(address in IPv6Network(each) for each in ("::ffff:0:0/96", "64:ff9b::/96")):
        assert public_only(address)
        assert not is_metadata(address)
        assert not is_loopback(address)
        assert address.is_global
        assert not address.is_multicast
        assert not address.is_reserved


@pytest.mark.parametrize(
    ("address", "is_one"), [("127.0.0.1", True), ("127.8.8.8", True), ("::1", True), ("10.0.0.1", False)]
)
def test_loopback_rule_lets_only_this_machine_through(address: str, is_one: bool):
    assert loopback_only(ip_address(address)) == is_one


def test_configured_host_may_be_private():
    assert configured("registry.corp.example")(ip_address("10.1.2.3"))
    assert configured("registry.corp.example")(ip_address("fd12::1"))


@pytest.mark.parametrize("address", METADATA)
def test_configured_name_never_leads_to_a_metadata_service(address: str):
    assert not configured("registry.corp.example")(ip_address(address))


@pytest.mark.parametrize("address", METADATA)
def test_link_local_may_be_configured_literally(address: str):
    assert configured(address)(ip_address(address))


def test_configured_link_local_address_permits_no_other():
    assert not configured("169.254.1.1")(ip_address("169.254.169.254"))


def address_info(address: str) -> tuple[int, int, int, str, tuple[str, int]]:
    return (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (address, 80))


def test_guard_makes_a_socket_for_what_its_rule_permits():
    with Guard(loopback_only).socket_for(address_info("127.0.0.1")) as made:
        assert made.family == socket.AF_INET


@pytest.mark.parametrize("address", ["127.0.0.1", "not an address", ""])
def test_guard_refuses_the_rest_and_tells_which(address: str):
    with noting_refusals() as refused, pytest.raises(AddressRefusedError):
        Guard(public_only).socket_for(address_info(address))
    assert refused == [address]
