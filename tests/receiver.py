"""A program that is told by webhooks: a small HTTP server on this computer that keeps what it was sent."""

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self


@dataclass
class Message:
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def content(self) -> dict[str, Any]:
        return json.loads(self.body)


class Receiver:
    """`with Receiver() as receiver: receiver.url`; it answers with `status` and `answer_headers`."""

    def __init__(self, status: int = 204) -> None:
        self.status, self.answer_headers, self.messages = status, {}, list[Message]()
        self.came = threading.Condition()
        keep, receiver = self._keep, self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                keep(Message(self.path, {name.lower(): value for name, value in self.headers.items()}, body))
                self.send_response(receiver.status)
                for name, value in receiver.answer_headers.items():
                    self.send_header(name, value)
                self.end_headers()

            do_GET = do_POST

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"

    def _keep(self, message: Message) -> None:
        with self.came:
            self.messages.append(message)
            self.came.notify_all()

    def wait_for(self, count: int, within_s: float = 30) -> list[Message]:
        with self.came:
            assert self.came.wait_for(lambda: len(self.messages) >= count, within_s), self.messages
            return list(self.messages)

    def __enter__(self) -> Self:
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
