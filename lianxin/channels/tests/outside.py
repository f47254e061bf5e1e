"""The outside, on loopback: an HTTP server that stands in for the services, and a mail server. They keep what came."""

import json
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit


@dataclass
class Came:
    """A request as it came in."""

    path: str
    asked: dict[str, str]
    body: bytes
    headers: dict[str, str]

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Services:
    """What came, and what is answered: `answers` first, then `well`. `before_answer` is called with each request."""

    port: int = 0
    came: list[Came] = field(default_factory=list)
    answers: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    well: tuple[int, dict[str, Any]] = (200, {"errcode": 0, "code": 0})
    before_answer: Callable[[Came], None] = lambda came: None

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def everything(self) -> str:
        return "\n".join(f"{c.path} {c.asked} {c.headers} {c.body.decode()}" for c in self.came)


@contextmanager
def services() -> Iterator[Services]:
    """A server that stands in for WeCom, DingTalk, Feishu and SMS gateways."""
    kept, lock = Services(), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = urlsplit(self.path)
            came = Came(parts.path, {k: v[0] for k, v in parse_qs(parts.query).items()}, body, dict(self.headers))
            with lock:
                kept.came.append(came)
                status, said = kept.answers.pop(0) if kept.answers else kept.well
            kept.before_answer(came)
            answer = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, format: str, *args: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.block_on_close = False
        kept.port = server.server_address[1]
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        thread.start()
        try:
            yield kept
        finally:
            server.shutdown()


@dataclass
class Mailed:
    """A message as the mail server took it."""

    to: list[str]
    data: str


@dataclass
class MailServer:
    """What came; `refuses`: says no to every reader."""

    port: int = 0
    came: list[Mailed] = field(default_factory=list)
    refuses: bool = False


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """A server that speaks as much SMTP as is needed."""
    kept = MailServer()

    class Handler(socketserver.StreamRequestHandler):
        def say(self, words: str) -> None:
            self.wfile.write(f"{words}\r\n".encode())

        def handle(self) -> None:
            self.say("220 loopback")
            to: list[str] = []
            while line := self.rfile.readline().decode().strip():
                verb = line.split(" ")[0].upper()
                if verb == "RCPT":
                    to.append(line.partition("<")[2].partition(">")[0])
                    self.say("550 no" if kept.refuses else "250 ok")
                elif verb == "DATA":
                    self.say("354 go on")
                    data = b"".join(iter(self.rfile.readline, b".\r\n"))
                    kept.came.append(Mailed(to, data.decode()))
                    self.say("250 ok")
                elif verb == "QUIT":
                    self.say("221 bye")
                    return
                else:
                    self.say("250 ok")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True
        block_on_close = False

    with Server(("127.0.0.1", 0), Handler) as server:
        kept.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()
        try:
            yield kept
        finally:
            server.shutdown()
