"""Where this server may send what users ask it to send: rules for URLs and for addresses. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

INSPECTOR_HOST = "inspector.sandbox.example"
"""A delivery to this host never leaves the process: its path names an inspector bin of the same workspace."""

# Special-purpose networks as the IANA registries list them, with cloud metadata and translation prefixes,
# which `ipaddress.is_global` lets through.
_SPECIAL = """
0.0.0.0/8 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 168.63.129.16/32 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
192.0.2.0/24 192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.168.0.0/16 192.175.48.0/24 198.18.0.0/15
198.51.100.0/24 203.0.113.0/24 224.0.0.0/4 240.0.0.0/4
::/96 ::ffff:0:0/96 ::ffff:0:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23
2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7 fe80::/10 fec0::/10 ff00::/8
"""
_DENIED = tuple(ip_network(network) for network in _SPECIAL.split())
_LOOPBACK = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
_PRIVATE = tuple(
    ip_network(network) for network in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)
_LOCAL_NAMES = ("localhost", "localhost.localdomain", "ip6-localhost")
_PRIVATE_SUFFIXES = (".localhost", ".local", ".internal", ".home.arpa")


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be called besides public addresses, because whoever runs this server said so.

    `own` is the base address of this server: its own inspector may be called wherever it lives.
    """

    loopback: bool = False
    private: bool = False
    own: str = ""


PUBLIC = Reach()


def address_denied(text: str, reach: Reach = PUBLIC) -> bool:
    """Whether connecting to it is refused; what `reach` admits, it admits in its plain form only."""
    try:
        address = ip_address(text)
    except ValueError:
        return True
    if isinstance(address, IPv6Address) and address.scope_id is not None:
        return True
    return not _admitted(address, reach) and _within(address, _DENIED)


def url_refusal(url: str, reach: Reach = PUBLIC) -> str:
    """Why the URL may not be called, or the empty string. Resolves no names, judges only addresses."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return "is not a URL"
    if reason := _form_refusal(url, parts):
        return reason
    if reach.own and is_own_inspector(url, reach.own):
        return ""
    host = (parts.hostname or "").rstrip(".")
    if host == INSPECTOR_HOST:
        return "" if parts.scheme == "https" and port is None else "names the inspector but is not https"
    if port == 0:
        return "has no usable port"
    if _is_local_name(host):
        return "" if reach.loopback else "leads to this machine"
    return _host_refusal(host, parts.scheme, reach)


def stays_inside(url: str) -> bool:
    """Whether it is the address of a bin of the same workspace, reached without a network."""
    return (urlsplit(url).hostname or "").rstrip(".") == INSPECTOR_HOST


def is_own_inspector(url: str, own: str) -> bool:
    """Whether the URL is the public address of a bin of this server."""
    return url.startswith((f"{own}/inspect/", f"{own}/w/")) and "/inspect/" in url and "/.." not in url


def _form_refusal(url: str, parts: SplitResult) -> str:
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return "is not an http or https URL"
    if any(character <= " " or character in '\\"<>^`{|}\x7f' for character in url):
        return "contains characters that a URL may not contain"
    if "@" in parts.netloc:
        return "contains credentials"
    if "#" in url:
        return "has a fragment"
    return ""


def _host_refusal(host: str, scheme: str, reach: Reach) -> str:
    literal = _literal(host)
    if literal is not None:
        if address_denied(str(literal), reach):
            return "leads to a network that is not public"
        return "" if scheme == "https" or _admitted(literal, reach) else "is not https"
    if _numeric(host):
        return "spells an IP address in an unusual form"
    if not host.isascii() or "%" in host:
        return "has a host name that is not in its ASCII form"
    if reach.private:
        return ""
    if host.endswith(_PRIVATE_SUFFIXES) or "." not in host:
        return "names a host of a private network"
    return "" if scheme == "https" else "is not https"


def _is_local_name(host: str) -> bool:
    return host in _LOCAL_NAMES or host.endswith(".localhost")


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def _numeric(host: str) -> bool:
    """Whether the last label is a number: resolvers read 2130706433, 0x7f.1 and 0177.0.0.1 as addresses."""
    last = host.rpartition(".")[2]
    return last.isdigit() or last.startswith("0x")


def _admitted(address: IPv4Address | IPv6Address, reach: Reach) -> bool:
    return (reach.loopback and _within(address, _LOOPBACK)) or (reach.private and _within(address, _PRIVATE))


def _within(address: IPv4Address | IPv6Address, networks: tuple[IPv4Network | IPv6Network, ...]) -> bool:
    return any(address.version == network.version and address in network for network in networks)
