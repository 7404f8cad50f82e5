"""One message to an address that a person typed: to no private network, in one connection, within a deadline.

The address that is checked is the one that is connected, so a second answer of DNS cannot lead elsewhere. Redirects and
proxies are not followed, and of the answer only its status is read.
"""

from __future__ import annotations

import functools
import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Mapping

import httpcore

CONNECT_S, DEADLINE_S = 5.0, 10.0
PUBLIC_IPV6 = ipaddress.ip_network("2000::/3")
NAT64 = ipaddress.ip_network("64:ff9b::/96")

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class Undelivered(Exception):
    """Nothing was answered; `fault` is one of Delivery.Fault."""

    def __init__(self, fault: str) -> None:
        super().__init__(fault)
        self.fault = fault


def post(url: str, body: bytes, headers: Mapping[str, str], *, allowed: Iterable[Network] = ()) -> int:
    """The HTTP status that the address answered with.

    Args:
        allowed: private networks that may be reached all the same.

    Raises:
        Undelivered: it is private, unknown, away or too slow, or its certificate is not good.
    """
    try:
        with (
            httpcore.ConnectionPool(ssl_context=_trust(), network_backend=Checked(allowed)) as pool,
            pool.stream("POST", url, headers=dict(headers), content=body) as answer,
        ):
            return answer.status
    except httpcore.TimeoutException:
        raise Undelivered("late") from None
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise Undelivered("unsafe" if isinstance(error.__context__, ssl.SSLError) else "away") from None


@functools.cache
def _trust() -> ssl.SSLContext:
    return httpcore.default_ssl_context()


def find_address(host: str, port: int, allowed: Iterable[Network]) -> str:
    """A numeric address of the host that may be reached.

    Raises:
        Undelivered: it has none, or only private ones.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Undelivered("unknown") from None
    networks = list(allowed)
    for address in (each[4][0].partition("%")[0] for each in found):
        if may_reach(ipaddress.ip_address(address), networks):
            return address
    raise Undelivered("private")


def may_reach(address: Address, allowed: Iterable[Network] = ()) -> bool:
    """Whether the address is public or allowed; one that carries an IPv4 address is judged by that."""
    address = _carried(address)
    if any(address in network for network in allowed):
        return True
    return address.is_global and not address.is_multicast and (address.version == 4 or address in PUBLIC_IPV6)


def _carried(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or (address.teredo or [None, None])[1] or address


class Checked(httpcore.NetworkBackend):
    """Connects where it may, and gives the whole exchange one deadline."""

    def __init__(self, allowed: Iterable[Network]) -> None:
        self.allowed, self.system, self.until = allowed, httpcore.SyncBackend(), time.monotonic() + DEADLINE_S

    def connect_tcp(self, host: str, port: int, *_: object, **__: object) -> httpcore.NetworkStream:
        """A connection to an address of the host that may be reached."""
        return Timed(self.system.connect_tcp(find_address(host, port, self.allowed), port, CONNECT_S), self.until)


class Timed(httpcore.NetworkStream):
    """A connection of which every step counts against one deadline: bytes that drip do not extend it."""

    def __init__(self, stream: httpcore.NetworkStream, until: float) -> None:
        self.stream, self.until = stream, until

    def _left_s(self) -> float:
        left_s = self.until - time.monotonic()
        if left_s <= 0:
            raise httpcore.ReadTimeout
        return left_s

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        """Bytes that have come."""
        return self.stream.read(max_bytes, self._left_s())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        """Send them."""
        self.stream.write(buffer, self._left_s())

    def close(self) -> None:
        """End it."""
        self.stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: object = None
    ) -> Timed:
        """The same with TLS; the certificate must be of the name that was typed."""
        return Timed(self.stream.start_tls(ssl_context, server_hostname, self._left_s()), self.until)

    def get_extra_info(self, info: str) -> object:
        """What the socket knows of itself."""
        return self.stream.get_extra_info(info)
