"""The web server: `python -m smartblur_site.webserver --host 127.0.0.1 --port 8000`.

One thread moves all bytes, threads of their own run Django: a body is handed over once it is whole, an answer is
written into a buffer. So whoever sends or reads slowly holds a socket, never a thread, and only until a deadline.
"""

import argparse
import contextlib
import copy
import os
import re
import resource
import signal
import socket
import sys
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartblur_site.settings")

from django.core.handlers.wsgi import WSGIRequest
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher, WSGITask

from annotate.core.errors import NO_SPACE
from smartblur_site.bodies import FROM_ANYBODY, HAS_ROOM, OF_FILES, largest_body
from smartblur_site.wsgi import application

THREADS = 4
APART = {"download": 64, "probe": 1}  # threads for answers of gigabytes, and for who asks whether the site lives
BEGINNERS = 2  # threads in which Django begins downloads
ROUTES = {"download": re.compile(r"/api/\w+/\d+/download/$"), "probe": re.compile(r"/(healthz|readyz)$")}
CONNECTIONS, PER_ADDRESS = 2000, 400  # behind one address may sit a lab of 60 people, six connections a browser
HEADER_S, BODY_S, STALLED_S, IDLE_S, LINGER_S = 15, 30, 60, 75, 10
LOOK_S = 2  # how often deadlines are looked at
SLOWEST = 4096  # bytes a second of a body beyond BODY_S
TURN_S = 0.0005  # a thread that computes lets the one that moves bytes in: Python's own 5 ms cost a save a third
IN_MEMORY = 2**16  # bytes of a body, then it is a file


class Request(HTTPRequestParser):
    """A request while its bytes come in."""

    most: int | None = None  # bytes its body may have, once that was asked
    has_room = True  # on the disk, for its body

    @property
    def size(self) -> int:
        """The bytes of its body: those it tells of, or those that came."""
        return max(self.content_length, self.body_bytes_received)

    def drop_body(self) -> None:
        """Forget the body; its size is still told to the site, and the connection ends with the answer."""
        with contextlib.suppress(OSError):  # of what the full disk did not take
            self.close()
        self.headers |= {"CONTENT_LENGTH": str(self.size), "CONNECTION": "close"}
        self.body_rcv, self.completed = None, True


class Answer(WSGITask):
    """An answer while Django makes it."""

    def get_environment(self) -> dict[str, Any]:
        """What the site is told of the request."""
        return super().get_environment() | {HAS_ROOM: self.request.has_room}

    def set_close_on_finish(self) -> None:
        """End the connection with this answer; one without a body (204, 304) needs no length and no end."""
        asked = self.version == "1.0" or self.request.headers.get("CONNECTION", "").lower() == "close"
        if self.has_body or asked:
            super().set_close_on_finish()


class Channel(HTTPChannel):
    """A connection, which lives as long as no deadline is over."""

    parser_class, task_class = Request, Answer
    is_asking = False  # whether a thread finds out how large the body may be
    refused_at: float | None = None
    began = 0.0  # when the request's first byte came

    def __init__(self, server: "Server", *words: Any, **options: Any) -> None:
        super().__init__(server, *words, **options)
        server.make_room(self)

    def readable(self) -> bool:
        """Whether more bytes may come in; after a refusal they are dropped, since a reset would eat the answer."""
        return self.refused_at is not None or (not self.is_asking and super().readable())

    def received(self, data: bytes) -> None:
        """Take bytes in, and ask for leave once a body is large."""
        if self.refused_at is not None:
            return
        if self.request is None:
            self.began = time.time()
        try:
            super().received(data)
        except OSError as error:
            if error.errno not in NO_SPACE:
                raise
            self.request.has_room = False
            self.refuse()
        if self.request is None or self.request.size <= FROM_ANYBODY:
            return
        if self.request.most is None:
            self.is_asking = True
            self.server.ask(self)
        elif self.request.size > self.request.most:
            self.refuse()

    def ask(self) -> None:
        """Find out how large the body may be, in a thread that may ask the database."""
        environ = self.task_class(self, self.request).get_environment()
        self.request.most = largest_body(WSGIRequest(environ))
        if self.request.size > self.request.most:
            self.refuse()
        self.is_asking = False
        self.server.pull_trigger()

    def refuse(self) -> None:
        """Hand the request over without its body: the site says that it is too large, or the disk too full."""
        with self.requests_lock:
            request, self.request = self.request, None
            request.drop_body()
            self.refused_at = time.time()
            self.requests.append(request)
        self.server.add_task(self)

    def handle_write(self) -> None:
        """Send what is there; after a refusal, say that no more comes and wait for the other side to end."""
        if self.refused_at is not None and self.close_when_flushed and not self.total_outbufs_len:
            self.close_when_flushed = False
            self.socket.shutdown(socket.SHUT_WR)
        super().handle_write()

    def is_late(self, now: float) -> bool:
        """Whether a deadline is over: for the header, the body, the answer's reader, or the next request."""
        if self.refused_at is not None:
            return now - self.refused_at > LINGER_S
        if self.total_outbufs_len:
            return now - self.last_activity > STALLED_S
        if self.requests or self.is_asking:
            return False  # it waits for us
        if self.request is None:
            return now - self.last_activity > IDLE_S
        enough_s = BODY_S + self.request.body_bytes_received / SLOWEST if self.request.headers_finished else HEADER_S
        return now - self.began > enough_s


class Asking:
    """The task in which a channel asks how large its body may be."""

    def __init__(self, channel: Channel) -> None:
        self.service, self.cancel = channel.ask, channel.cancel


class Server(TcpWSGIServer):
    """All connections and the threads that answer them."""

    channel_class = Channel

    def __init__(self, site: Callable, host: str, port: int) -> None:
        self.apart = {name: ThreadedTaskDispatcher() for name in APART}
        for name, pool in self.apart.items():
            pool.set_thread_count(APART[name])
        super().__init__(
            site,
            host=host,
            port=port,
            threads=THREADS,
            ident=None,
            connection_limit=CONNECTIONS,
            asyncore_use_poll=True,
            cleanup_interval=LOOK_S,
            recv_bytes=2**16,
            inbuf_overflow=IN_MEMORY,
            outbuf_overflow=4 * IN_MEMORY,
            max_request_header_size=2**16,
            max_request_body_size=max(OF_FILES.values()) + 1,
            clear_untrusted_proxy_headers=False,  # SMARTBLUR_PROXIES says which are trusted
        )
        self.sparing = copy.copy(self.adj)  # a download waits for its reader, in a thread that is there for it
        self.sparing.outbuf_high_watermark = 1  # byte: one piece waits, and none beside it

    def add_task(self, channel: Channel) -> None:
        """Have a request answered, by threads of its own kind."""
        path = channel.requests[0].path
        kind = next((name for name in APART if ROUTES[name].match(path)), None)
        channel.adj = self.sparing if kind == "download" else self.adj
        self.apart.get(kind, self.task_dispatcher).add_task(channel)

    def ask(self, channel: Channel) -> None:
        """Have a thread find out how large the channel's body may be."""
        self.task_dispatcher.add_task(Asking(channel))

    def make_room(self, new: Channel) -> None:
        """Close the connection of the same address that has asked for nothing longest, where it has too many."""
        same = [each for each in self.active_channels.values() if each.addr[0] == new.addr[0]]
        waiting = [each for each in same if not each.requests and not each.total_outbufs_len and each is not new]
        if len(same) > PER_ADDRESS and waiting:
            min(waiting, key=lambda each: each.began or each.creation_time).will_close = True

    def maintenance(self, now: float) -> None:
        """Close what is late."""
        for channel in self.active_channels.values():
            if channel.is_late(now):
                channel.will_close = True


beginners = ThreadPoolExecutor(BEGINNERS, "download")


def site(environ: dict[str, Any], start_response: Callable) -> Iterable[bytes]:
    """The site, which begins downloads in few threads: Django keeps memory and a connection for each."""
    if ROUTES["download"].match(environ["PATH_INFO"]):
        return beginners.submit(application, environ, start_response).result()
    return application(environ, start_response)


def main() -> None:
    """Serve until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(description="The web server of the site.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    arguments = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    sys.setswitchinterval(TURN_S)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())
    Server(site, arguments.host, arguments.port).run()


if __name__ == "__main__":
    main()
