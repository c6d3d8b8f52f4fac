"""A fast server in a process of its own that speaks the providers' APIs, as calm or as stormy as its flags say.

    python3 -m tests.runners.stormy_server --latency 0.3 --rate-limited 0.15

It prints its port, answers until its standard input is closed, and tells what it did at `GET /tally`. A reply's text is
`seed N` with the seed that was sent (chat completions only), so that a reply that went to the wrong request shows.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import subprocess
import sys
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, fields
from typing import Any, cast

from tests.llm.http_server import completion, generated, message
from utils.layout import REPOSITORY

TEXT = "@TEXT@"
MALFORMED = (b"{}", b'{"choices": [{"mess', b"<html>Bad gateway</html>", b'{"choices": []}', b"[]", b"")


@dataclass(frozen=True)
class Weather:
    """How many of the requests meet which fault, as a share of 1, and how long a reply takes."""

    rate_limited: float = 0.0
    failing: float = 0.0
    cut: float = 0.0
    hanging: float = 0.0
    malformed: float = 0.0
    latency: float = 0.0
    retry_after: float = 0.1
    seed: int = 0


class Sky:
    """Draws a fate for each request and counts them."""

    def __init__(self, weather: Weather) -> None:
        self.weather, self.chance = weather, random.Random(weather.seed)
        self.fates: Counter[str] = Counter()
        self.in_flight = self.most_in_flight = 0
        self.replies = {
            "/chat/completions": _reply(completion(TEXT)),
            "/messages": _reply(message(TEXT)),
            ":generateContent": _reply(generated(TEXT)),
        }

    def fate(self) -> str:
        drawn, w = self.chance.random(), self.weather
        for name in ("rate_limited", "failing", "cut", "hanging", "malformed"):
            drawn -= getattr(w, name)
            if drawn < 0:
                return str(name)
        return "answered"

    def answer(self, fate: str, path: str, body: bytes) -> tuple[bytes, bool]:
        """The bytes to send, and whether the connection is closed then."""
        odd = self.chance.random() < 0.5
        if fate == "rate_limited":
            more = f"Retry-After: {self.weather.retry_after}\r\n" if odd else ""
            return _response(429, b'{"error": {"message": "Rate limit reached", "code": "rate_limit"}}', more), False
        if fate == "failing":
            return _response(529 if odd else 500, b'{"error": {"message": "The server had an error"}}'), False
        if fate == "malformed":
            return _response(200, self.chance.choice(MALFORMED)), False
        head, _, tail = next(reply for end, reply in self.replies.items() if path.endswith(end))
        content = head + _seed(body) + tail
        answer = _response(200, content)
        if fate == "cut":
            return (b"" if odd else answer[: len(answer) - len(content) // 2]), True
        return answer, False


class Connection(asyncio.Protocol):
    """HTTP/1.1 as far as the SDKs' clients use it: requests one after the other, each with a Content-Length."""

    def __init__(self, sky: Sky) -> None:
        self._sky, self._received = sky, b""
        self._transport: asyncio.Transport | None = None
        self._busy = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def connection_lost(self, _: Exception | None) -> None:
        self._transport = None
        self._sky.in_flight -= self._busy
        self._busy = 0

    def data_received(self, data: bytes) -> None:
        self._received += data
        while (end := self._received.find(b"\r\n\r\n")) >= 0:
            head = self._received[:end].lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r")[0] or 0)
            if len(self._received) < end + 4 + length:
                return
            path = self._received.split(b" ", 2)[1].partition(b"?")[0].decode()
            body = self._received[end + 4 : end + 4 + length]
            self._received = self._received[end + 4 + length :]
            self._answer(path, body)

    def _answer(self, path: str, body: bytes) -> None:
        sky = self._sky
        if path == "/tally":
            told = {**sky.fates, "most_in_flight": sky.most_in_flight}
            self._send(_response(200, json.dumps(told).encode()), False)
            return
        fate = sky.fate()
        sky.fates[fate] += 1
        sky.in_flight, self._busy = sky.in_flight + 1, self._busy + 1
        sky.most_in_flight = max(sky.most_in_flight, sky.in_flight)
        if fate == "hanging":
            return
        answer, close = sky.answer(fate, path, body)
        if sky.weather.latency:
            asyncio.get_running_loop().call_later(sky.weather.latency, self._finish, answer, close)
        else:
            self._finish(answer, close)

    def _finish(self, answer: bytes, close: bool) -> None:
        if self._busy:
            self._busy -= 1
            self._sky.in_flight -= 1
        self._send(answer, close)

    def _send(self, answer: bytes, close: bool) -> None:
        if self._transport and not self._transport.is_closing():
            self._transport.write(answer)
            if close:
                self._transport.close()


def _seed(body: bytes) -> bytes:
    found = json.loads(body).get("seed")
    return f"seed {found}".encode()


def _reply(body: Any) -> tuple[bytes, bytes, bytes]:
    return json.dumps(body).encode().partition(TEXT.encode())


def _response(status: int, content: bytes, headers: str = "") -> bytes:
    head = (
        f"HTTP/1.1 {status} Said\r\nContent-Type: application/json\r\n{headers}Content-Length: {len(content)}\r\n\r\n"
    )
    return head.encode() + content


async def _serve(weather: Weather) -> None:
    loop, sky = asyncio.get_running_loop(), Sky(weather)
    server = await loop.create_server(lambda: Connection(sky), "127.0.0.1", 0, backlog=1024)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)


def main(argv: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for field in fields(Weather):
        parser.add_argument(f"--{field.name.replace('_', '-')}", type=type(field.default), default=field.default)
    asyncio.run(_serve(Weather(**vars(parser.parse_args(argv)))))


class Server:
    """The server as its user sees it."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}"

    def tally(self) -> dict[str, int]:
        """How many requests met each fate, and how many were ever in flight at once."""
        with urllib.request.urlopen(f"{self.address}/tally") as answer:
            told: dict[str, int] = json.load(answer)
            return told


@contextmanager
def weather(of: Weather) -> Iterator[Server]:
    """A server with this weather, in a process of its own."""
    flags = [part for name, value in asdict(of).items() for part in (f"--{name.replace('_', '-')}", str(value))]
    with subprocess.Popen(
        [sys.executable, "-m", "tests.runners.stormy_server", *flags],
        cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout
        assert process.stdin
        yield Server(int(process.stdout.readline()))
        process.stdin.close()


if __name__ == "__main__":
    main()
