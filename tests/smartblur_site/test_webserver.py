"""The web server: slow visitors hold no thread, large bodies ask first, and what is late is closed."""

import contextlib
import http.client
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from smartblur_site import webserver
from smartblur_site.bodies import HAS_ROOM
from smartblur_site.webserver import Server
from tests.disk import full_disk
from tests.smartblur_site.test_stores import eventually

MB = 2**20
began_in: set[int] = set()  # threads in which Django had part in a download


def echo(environ: dict, start_response: Callable) -> list[bytes]:
    """Says how many bytes came, 413 where it is told of more than it got, or 507 where these found no room."""
    told, body = int(environ.get("CONTENT_LENGTH") or 0), environ["wsgi.input"].read()
    status = "200 OK" if len(body) == told else "413 Content Too Large" if environ[HAS_ROOM] else "507 No Room"
    words = f"{len(body)} of {told}".encode()
    start_response(status, [("Content-Length", str(len(words)))])
    return [words]


def big(environ: dict, start_response: Callable) -> Iterator[bytes]:
    """100 MB, a piece at a time."""
    began_in.add(threading.get_ident())
    start_response("200 OK", [])
    return (bytes(MB) for _ in range(100))


def application(environ: dict, start_response: Callable) -> list[bytes] | Iterator[bytes]:
    """Both of them, and what has no body."""
    if environ["PATH_INFO"] == "/nothing":
        start_response("204 No Content", [])
        return []
    return (big if environ["PATH_INFO"].endswith("/download/") else echo)(environ, start_response)


@pytest.fixture
def address(monkeypatch) -> Iterator[tuple[str, int]]:
    """Where a server with deadlines of half a second listens; bodies of up to 3 MB may come in."""
    monkeypatch.setattr(webserver, "largest_body", lambda request: 3 * MB)
    for name in ("HEADER_S", "BODY_S", "STALLED_S", "IDLE_S", "LINGER_S"):
        monkeypatch.setattr(webserver, name, 0.5)
    monkeypatch.setattr(webserver, "LOOK_S", 0.2)
    monkeypatch.setattr(webserver, "application", application)
    server = Server(webserver.site, "127.0.0.1", 0)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    yield "127.0.0.1", int(server.effective_port)
    for pool in (server.task_dispatcher, *server.apart.values()):
        pool.shutdown(timeout=0)
    server.trigger.pull_trigger(lambda: server.asyncore.close_all(server._map))
    thread.join(5)


def ask(address: tuple[str, int], path: str = "/", body: bytes = b"") -> tuple[int, str]:
    line = http.client.HTTPConnection(*address, timeout=10)
    line.request("POST", path, body)
    answer = line.getresponse()
    words = answer.read().decode()
    line.close()
    return answer.status, words


@pytest.fixture
def opened(address) -> Iterator[Callable[[bytes], socket.socket]]:
    """Opens a connection and sends this."""
    with contextlib.ExitStack() as stack:

        def open_line(text: bytes) -> socket.socket:
            line = stack.enter_context(socket.create_connection(address, timeout=10))
            line.sendall(text)
            return line

        yield open_line


def hear(line: socket.socket, ending: bytes) -> None:
    """Read until this came; an answer may come in pieces."""
    heard = b""
    while not heard.endswith(ending):
        piece = line.recv(1000)
        assert piece, f"It ended after {heard!r}."
        heard += piece


def is_closed(line: socket.socket) -> bool:
    """Whether the other side has ended it."""
    line.settimeout(0.05)
    try:
        return line.recv(1) == b""
    except TimeoutError:
        return False
    except ConnectionError:
        return True


UNFINISHED = {
    "header": b"POST / HTTP/1.1\r\nHost: a\r\n",
    "body": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 10\r\n\r\n12345",
    "chunked body": b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n",
    "next request": b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\n1",
}


@pytest.mark.parametrize("what", UNFINISHED)
@pytest.mark.promise("L8")
def test_unfinished_requests_stop_nobody_and_are_closed(opened, address, what):
    lines = [opened(UNFINISHED[what]) for _ in range(50)]
    assert ask(address, body=b"abc") == (200, "3 of 3")
    if what == "next request":
        for line in lines:
            hear(line, b"1 of 1")
    assert eventually(lambda: all(map(is_closed, lines)), within_s=20)


@pytest.mark.promise("L8")
def test_readers_that_read_nothing_stop_nobody_and_are_closed(opened, address):
    path = b"GET /api/releases/1/download/ HTTP/1.1\r\nHost: a\r\n\r\n"
    lines = [opened(path) for _ in range(20)]
    assert ask(address) == (200, "0 of 0")
    assert 1 <= len(began_in) <= webserver.BEGINNERS
    for line in lines:
        line.settimeout(20)
    time.sleep(2)  # beyond STALLED_S and the server's look at its connections
    sizes = [sum(len(piece) for piece in pieces(line)) for line in lines]
    assert all(size < 100 * MB for size in sizes)


def pieces(line: socket.socket) -> Iterator[bytes]:
    """What is left in a connection that the other side has ended."""
    try:
        while piece := line.recv(MB):
            yield piece
    except ConnectionError:
        return


def test_a_patient_reader_gets_all_of_it(opened, address):
    line = opened(b"GET /api/releases/1/download/ HTTP/1.0\r\n\r\n")
    body = b"".join(pieces(line)).partition(b"\r\n\r\n")[2]
    assert body == bytes(100 * MB)


@pytest.mark.parametrize("size", [0, 1, MB, MB + 1, 3 * MB])
def test_a_body_within_its_bound_comes_in_whole(address, size):
    assert ask(address, body=bytes(size)) == (200, f"{size} of {size}")


@pytest.mark.parametrize("size", [3 * MB + 1, 40 * MB])
def test_a_body_beyond_its_bound_is_told_so_while_it_is_still_sent(address, size):
    assert ask(address, body=bytes(size)) == (413, f"0 of {size}")


def test_a_body_without_room_on_the_disk_is_told_so(address):
    with full_disk(MB):
        assert ask(address, body=bytes(2 * MB)) == (507, f"0 of {2 * MB}")
    assert ask(address, body=bytes(2 * MB)) == (200, f"{2 * MB} of {2 * MB}")


def test_a_body_of_no_told_size_is_bounded_too(opened, address):
    line = opened(b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n")
    for _ in range(5):
        line.sendall(b"100000\r\n" + bytes(MB) + b"\r\n")
    assert line.recv(1000).startswith(b"HTTP/1.1 413")


def test_an_answer_without_a_body_keeps_the_connection(opened, address):
    line = opened(b"GET /nothing HTTP/1.1\r\nHost: a\r\n\r\n")
    hear(line, b"\r\n\r\n")
    line.sendall(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    hear(line, b"0 of 0")


def test_beyond_its_share_an_address_loses_the_connection_that_waits_longest(opened, address, monkeypatch):
    monkeypatch.setattr(webserver, "PER_ADDRESS", 3)
    monkeypatch.setattr(webserver, "HEADER_S", 60)
    lines = [opened(UNFINISHED["header"]) for _ in range(3)]
    assert ask(address, body=b"abc") == (200, "3 of 3")
    assert eventually(lambda: is_closed(lines[0]), within_s=5)
    assert not any(map(is_closed, lines[1:]))
