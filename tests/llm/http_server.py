"""A real HTTP server on loopback that answers as a test says, and replies as each provider's API reference has them."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass
class Answer:
    """What the server sends; `cut` closes the connection after so many bytes of the body, -1 before any answer."""

    body: Any
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None

    @property
    def content(self) -> bytes:
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass
class Received:
    """A request as it came in."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


@contextmanager
def serving(answer: Callable[[Received], Answer]) -> Iterator[tuple[str, list[Received]]]:
    """The server's address and, as they come, the requests it received."""
    received: list[Received] = []

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            request = Received(
                self.path, {n.lower(): v for n, v in self.headers.items()}, json.loads(self.rfile.read(length))
            )
            received.append(request)
            told = answer(request)
            if told.cut == -1:
                self.close_connection = True
                return
            self.send_response(told.status)
            for name, value in {"Content-Type": "application/json", **told.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(told.content)))
            self.end_headers()
            self.wfile.write(told.content[: told.cut])
            if told.cut is not None:
                self.close_connection = True

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1", received
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def completion(text: str | None = "Four.", **message: Any) -> dict[str, Any]:
    """A chat completion as OpenAI's API reference describes it."""
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "m-2026-01-01",
        "system_fingerprint": "fp_1",
        "choices": [
            {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text, **message}}
        ],
        "usage": {
            "prompt_tokens": 12,
            "completion_tokens": 3,
            "total_tokens": 15,
            "prompt_tokens_details": {"cached_tokens": 4},
            "completion_tokens_details": {"reasoning_tokens": 1},
        },
    }


def message(text: str = "Four.", **changes: Any) -> dict[str, Any]:
    """A message of Anthropic's API."""
    return {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "model": "m-2026-01-01",
        "content": [{"type": "thinking", "thinking": "2 + 2", "signature": "s"}, {"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {
            "input_tokens": 8,
            "cache_creation_input_tokens": 0,
            "cache_read_input_tokens": 4,
            "output_tokens": 3,
            "output_tokens_details": {"thinking_tokens": 1},
        },
        **changes,
    }


def generated(text: str = "Four.", finish_reason: str = "STOP", **changes: Any) -> dict[str, Any]:
    """A response of Gemini's generateContent."""
    return {
        "candidates": [
            {
                "content": {"role": "model", "parts": [{"text": "2 + 2", "thought": True}, {"text": text}]},
                "finishReason": finish_reason,
                "index": 0,
                "logprobsResult": {"chosenCandidates": [{"token": "Four", "tokenId": 4, "logProbability": -0.25}]},
            }
        ],
        "usageMetadata": {
            "promptTokenCount": 12,
            "cachedContentTokenCount": 4,
            "candidatesTokenCount": 2,
            "thoughtsTokenCount": 1,
            "totalTokenCount": 15,
        },
        "modelVersion": "m-2026-01-01",
        "responseId": "resp-1",
        **changes,
    }
