"""Messages reach no private network whatever name leads there, follow nothing, and end in time."""

import contextlib
import ipaddress
import socket
import threading
import time

import pytest

from annotate import outgoing
from tests.receiver import Receiver

HERE = [ipaddress.ip_network("127.0.0.0/8")]
INNER = [
    *("0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1"),  # noqa: S104
    *("198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1"),
    *("fc00::1", "fe80::1", "fec0::1", "ff02::1", "64:ff9b::7f00:1", "2002:7f00:1::1", "2001:db8::1", "100::1"),
    "2001:0:4136:e378:8000:63bf:80ff:fffe",
]
OUTER = ["93.184.215.14", "1.1.1.1", "2606:4700:4700::1111", "64:ff9b::101:101", "::ffff:1.1.1.1"]


def fault_of(url, **options):
    with pytest.raises(outgoing.Undelivered) as refused:
        outgoing.post(url, b"{}", {}, **options)
    return refused.value.fault


def test_private_addresses_are_told_from_public_ones_in_every_spelling():
    may = {text: outgoing.may_reach(ipaddress.ip_address(text)) for text in [*INNER, *OUTER]}
    assert may == dict.fromkeys(INNER, False) | dict.fromkeys(OUTER, True)
    assert outgoing.may_reach(ipaddress.ip_address("10.1.2.3"), [ipaddress.ip_network("10.0.0.0/8")])


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.1", "2130706433", "0x7f000001", "[::1]", "[::]"])
@pytest.mark.promise("S12")
def test_a_private_network_is_not_reached_unless_it_is_allowed(host):
    with Receiver() as receiver:
        port = receiver.server.server_port
        assert fault_of(f"http://{host}:{port}/") == "private"
        assert receiver.messages == []


@pytest.mark.promise("S12")
def test_a_name_that_is_looked_up_again_does_not_lead_elsewhere(monkeypatch):
    """DNS rebinding: a public answer for whoever checks, a private one for whoever connects."""
    asked, connected = [], []
    answers = iter(["93.184.215.14", "127.0.0.1"])

    def look_up(host, port, **_):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    def connect(address, *_, **__):
        connected.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    assert fault_of("http://rebinding.example/hook") == "away"
    assert (asked, connected) == (["rebinding.example"], [("93.184.215.14", 80)])


def test_the_status_comes_back_and_a_redirect_is_not_followed():
    with Receiver(307) as receiver, Receiver() as inner:
        receiver.answer_headers = {"Location": inner.url}
        assert outgoing.post(receiver.url, b'{"a": 1}', {"X-Own": "1"}, allowed=HERE) == 307
        assert [(each.body, each.headers["x-own"]) for each in receiver.messages] == [(b'{"a": 1}', "1")]
        assert inner.messages == []


def test_what_goes_wrong_has_a_name(monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        threading.Thread(target=drip, args=(silent,), daemon=True).start()
        monkeypatch.setattr(outgoing, "DEADLINE_S", 0.5)
        began = time.monotonic()
        assert fault_of(f"http://127.0.0.1:{port}/", allowed=HERE) == "late"
        assert time.monotonic() - began < 2
    assert fault_of(f"http://127.0.0.1:{port}/", allowed=HERE) == "away"
    assert fault_of("http://no-such-host.invalid/") == "unknown"
    with Receiver() as plain:
        assert fault_of(plain.url.replace("http:", "https:"), allowed=HERE) == "unsafe"


def drip(server):
    """Take a connection and send a byte of a header again and again."""
    peer, _ = server.accept()
    with peer, contextlib.suppress(OSError):
        for byte in b"HTTP/1.1 200 OK\r\nA: " + b"a" * 100:
            peer.send(bytes([byte]))
            time.sleep(0.1)
