"""Batch APIs on loopback, as the API references of OpenAI, Anthropic and Google have them, that count what is paid."""

from __future__ import annotations

import json
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.llm.http_server import completion, generated, message

CREATED = 1_795_000_000  # in 2026-11
CREATED_ISO = "2026-11-18T12:00:00Z"
FOLLOW_UP = "How sure are you"

Fate = Callable[[str, bool], str]
"""What becomes of a request with this prompt (and whether it is a follow-up): good, error, expired, missing."""


@dataclass
class Sent:
    """A batch as it was received."""

    id: str
    name: str | None
    requests: dict[str, dict[str, Any]]
    status: str = "running"


@dataclass
class BatchServer:
    """One provider's server; the fields are what a test sets."""

    provider: str
    fate: Fate = lambda _, __: "good"
    running: bool = False
    """Whether batches stay at work."""
    follow_ups_running: bool = False
    """Whether those of follow-ups stay at work."""
    refusal: tuple[int, dict[str, Any]] | None = None
    """What every call is answered with."""
    cut_creations: int = 0
    """For so many batches that are created, the connection breaks before the answer."""
    hold: threading.Event | None = None
    """The answer to a creation waits for this."""
    whole: str = "completed"
    """How every batch ends: completed, expired, failed."""
    spoil: Callable[[bytes], bytes] = lambda content: content
    """What is done to the results before they go out."""
    files: dict[str, bytes] = field(default_factory=dict)
    batches: dict[str, Sent] = field(default_factory=dict)
    seen: list[tuple[str, str]] = field(default_factory=list)
    created: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    @property
    def paid(self) -> Counter[str]:
        """How often each exchange was sent to be answered."""
        return Counter(said(request) for batch in self.batches.values() for request in batch.requests.values())

    def answer(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, bytes, dict[str, str]]:
        """The status, the body and the headers that a call is answered with; status 0 cuts the connection."""
        path = path.partition("?")[0]
        self.seen.append((method, path))
        if self.refusal:
            return self.refusal[0], json.dumps(self.refusal[1]).encode(), {}
        found = getattr(self, f"_{self.provider}")(method, path, body, headers)
        if isinstance(found, bytes):
            return 200, found, {}
        status, value, more = found if isinstance(found, tuple) else (200, found, {})
        return status, json.dumps(value).encode(), more

    def _runs(self, batch: Sent) -> bool:
        follow_up = any(FOLLOW_UP in said(request) for request in batch.requests.values())
        return self.running or (self.follow_ups_running and follow_up)

    def _create(self, name: str | None, requests: dict[str, dict[str, Any]]) -> Sent | None:
        batch = Sent(f"batch_{len(self.batches) + 1}", name, requests)
        self.batches[batch.id] = batch
        self.created.set()
        if self.hold:
            self.hold.wait(30)
        if self.cut_creations:
            self.cut_creations -= 1
            return None
        return batch

    def _outcomes(self, batch: Sent) -> Iterator[tuple[str, str, str]]:
        for custom_id, request in batch.requests.items():
            prompt = said(request)
            fate = "expired" if self.whole == "expired" else self.fate(prompt, FOLLOW_UP in prompt)
            if fate != "missing":
                yield custom_id, fate, "80" if FOLLOW_UP in prompt else f"Reply to {prompt}"

    def _openai(self, method: str, path: str, body: bytes, _: dict[str, str]) -> Any:
        if (method, path) == ("POST", "/v1/files"):
            name = f"file-{len(self.files) + 1}"
            self.files[name] = body
            return {"id": name, "object": "file", "bytes": 1, "created_at": 1, "filename": "x", "purpose": "batch"}
        if (method, path) == ("POST", "/v1/batches"):
            asked = json.loads(body)
            assert (asked["endpoint"], asked["completion_window"]) == ("/v1/chat/completions", "24h")
            lines = [
                json.loads(li) for li in self.files[asked["input_file_id"]].split(b"\n") if li.startswith(b'{"custom')
            ]
            assert all((li["method"], li["url"]) == ("POST", "/v1/chat/completions") for li in lines)
            batch = self._create(asked["metadata"]["trustbench"], {li["custom_id"]: li["body"] for li in lines})
            return self._openai_batch(batch) if batch else (0, {}, {})
        if (method, path) == ("GET", "/v1/batches"):
            newest = list(self.batches.values())[::-1]
            return {"object": "list", "data": [self._openai_batch(batch) for batch in newest], "has_more": False}
        if method == "GET" and (match := re.fullmatch(r"/v1/batches/(\w+)", path)):
            if match[1] not in self.batches:
                return 404, {"error": {"message": "No such batch"}}, {}
            return self._openai_batch(self.batches[match[1]])
        if match := re.fullmatch(r"/v1/files/(out|err)-(\w+)/content", path):
            good = match[1] == "out"
            lines = [
                _openai_line(*outcome)
                for outcome in self._outcomes(self.batches[match[2]])
                if (outcome[1] == "good") is good
            ]
            return self.spoil(joined(lines)) if good else joined(lines)
        return 404, {"error": {"message": f"no route {method} {path}"}}, {}

    def _openai_batch(self, batch: Sent) -> dict[str, Any]:
        ended = not self._runs(batch)
        kinds = (
            {outcome[1] == "good" for outcome in self._outcomes(batch)} if ended and self.whole != "failed" else set()
        )
        errors = {
            "object": "list",
            "data": [{"code": "token_limit_exceeded", "message": "Enqueued token limit reached"}],
        }
        return {
            "id": batch.id, "object": "batch", "endpoint": "/v1/chat/completions", "completion_window": "24h",
            "input_file_id": "f", "created_at": CREATED, "metadata": {"trustbench": batch.name},
            "status": self.whole if ended else "in_progress",
            "output_file_id": f"out-{batch.id}" if True in kinds else None,
            "error_file_id": f"err-{batch.id}" if False in kinds else None,
            "errors": errors if self.whole == "failed" else None,
            "request_counts": {"total": len(batch.requests), "completed": 0, "failed": 0},
        }  # fmt: skip

    def _anthropic(self, method: str, path: str, body: bytes, _: dict[str, str]) -> Any:
        if (method, path) == ("POST", "/v1/messages/batches"):
            requests = json.loads(body)["requests"]
            assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", request["custom_id"]) for request in requests)
            batch = self._create(None, {request["custom_id"]: request["params"] for request in requests})
            return self._message_batch(batch) if batch else (0, {}, {})
        if (method, path) == ("GET", "/v1/messages/batches"):
            newest = [self._message_batch(batch) for batch in list(self.batches.values())[::-1]]
            return {"data": newest, "has_more": False, "first_id": None, "last_id": None}
        match = re.fullmatch(r"/v1/messages/batches/(\w+)(/results)?", path)
        if match is None or match[1] not in self.batches:
            return 404, {"type": "error", "error": {"type": "not_found_error", "message": "no such batch"}}, {}
        batch = self.batches[match[1]]
        if not match[2]:
            return self._message_batch(batch)
        return self.spoil(joined(_anthropic_line(*outcome) for outcome in self._outcomes(batch)))

    def _message_batch(self, batch: Sent) -> dict[str, Any]:
        counts = dict.fromkeys(("processing", "succeeded", "errored", "canceled", "expired"), 0)
        running = self._runs(batch)
        counts["processing" if running else "succeeded"] = len(batch.requests)
        return {
            "id": batch.id, "type": "message_batch", "created_at": "2199-01-01T00:00:00Z", "expires_at": CREATED_ISO,
            "processing_status": "in_progress" if running else "ended", "request_counts": counts,
            "archived_at": None, "cancel_initiated_at": None, "ended_at": None if running else CREATED_ISO,
            "results_url": None if running else "http://elsewhere.invalid/results",
        }  # fmt: skip

    def _google(self, method: str, path: str, body: bytes, _: dict[str, str]) -> Any:
        path = re.sub(r"^/(upload/)?v1(beta)?/", r"/\1", path)
        if (method, path) == ("POST", "/upload/files"):
            name = f"in{len(self.files) + 1}"
            return 200, {}, {"X-Goog-Upload-URL": f"{self.address}/upload-to/{name}"}
        if method == "POST" and (match := re.fullmatch(r"/upload-to/(\w+)", path)):
            self.files[f"files/{match[1]}"] = body
            file = {"name": f"files/{match[1]}", "sizeBytes": str(len(body)), "mimeType": "application/jsonl"}
            return 200, {"file": file}, {"X-Goog-Upload-Status": "final"}
        if method == "POST" and re.fullmatch(r"/models/[\w.-]+:batchGenerateContent", path):
            asked = json.loads(body)["batch"]
            lines = [json.loads(line) for line in self.files[asked["inputConfig"]["fileName"]].splitlines()]
            batch = self._create(asked["displayName"], {line["key"]: line["request"] for line in lines})
            return self._operation(batch) if batch else (0, {}, {})
        if (method, path) == ("GET", "/batches"):
            return {"operations": [self._operation(batch) for batch in self.batches.values()]}
        if match := re.fullmatch(r"/batches/(\w+)", path):
            if match[1] not in self.batches:
                return 404, {"error": {"code": 404, "message": "no such batch", "status": "NOT_FOUND"}}, {}
            return self._operation(self.batches[match[1]])
        if match := re.fullmatch(r"/files/out-(\w+):download", path):
            return self.spoil(joined(_google_line(*outcome) for outcome in self._outcomes(self.batches[match[1]])))
        return 404, {"error": {"code": 404, "message": f"no route {method} {path}"}}, {}

    def _operation(self, batch: Sent) -> dict[str, Any]:
        ended = {"completed": "SUCCEEDED", "expired": "EXPIRED", "failed": "FAILED"}[self.whole]
        metadata: dict[str, Any] = {"displayName": batch.name, "createTime": CREATED_ISO}
        running = self._runs(batch)
        metadata["state"] = "BATCH_STATE_RUNNING" if running else f"BATCH_STATE_{ended}"
        if not running and self.whole == "completed":
            metadata["output"] = {"responsesFile": f"files/out-{batch.id}"}
        return {"name": f"batches/{batch.id}", "metadata": metadata, "done": not running}


def said(request: dict[str, Any]) -> str:
    """All that is said in a request, in one text."""
    if "contents" in request:
        return " | ".join(part["text"] for turn in request["contents"] for part in turn["parts"])
    return " | ".join(turn["content"] for turn in request["messages"])


def joined(lines: Any) -> bytes:
    """The lines of a file of results."""
    return b"".join(json.dumps(line, ensure_ascii=False).encode() + b"\n" for line in lines)


def _openai_line(custom_id: str, fate: str, text: str) -> dict[str, Any]:
    line: dict[str, Any] = {"id": "batch_req_1", "custom_id": custom_id, "response": None, "error": None}
    if fate == "expired":
        return {**line, "error": {"code": "batch_expired", "message": "not executed before the window expired"}}
    good = fate == "good"
    body = completion(text) if good else {"error": {"message": "bad parameter", "type": "invalid_request_error"}}
    return {**line, "response": {"status_code": 200 if good else 400, "request_id": "r", "body": body}}


def _anthropic_line(custom_id: str, fate: str, text: str) -> dict[str, Any]:
    error = {"type": "error", "error": {"type": "invalid_request_error", "message": "bad parameter"}}
    results: dict[str, dict[str, Any]] = {
        "good": {"type": "succeeded", "message": message(text)},
        "error": {"type": "errored", "error": error},
        "expired": {"type": "expired"},
    }
    return {"custom_id": custom_id, "result": results[fate]}


def _google_line(custom_id: str, fate: str, text: str) -> dict[str, Any]:
    if fate == "good":
        return {"key": custom_id, "response": generated(text, newField={"of": "tomorrow"})}
    code, words = (3, "bad parameter") if fate == "error" else (4, "The request expired")
    return {"key": custom_id, "error": {"code": code, "message": words}}


@contextmanager
def serving_batches(server: BatchServer) -> Iterator[BatchServer]:
    """Serve on loopback; the address is in `server.address`."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self._body())

        def _body(self) -> bytes:
            if "chunked" not in self.headers.get("Transfer-Encoding", ""):
                return self.rfile.read(int(self.headers.get("Content-Length", 0)))
            parts = []
            while size := int(self.rfile.readline(), 16):
                parts.append(self.rfile.read(size))
                self.rfile.readline()
            self.rfile.readline()
            return b"".join(parts)

        def _answer(self, body: bytes) -> None:
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content, more = server.answer(self.command, self.path, body, headers)
            if status == 0:
                self.close_connection = True
                return
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **more}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(ConnectionError):  # the client was killed
                super().handle()

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    http.daemon_threads = True
    server.address = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server
    finally:
        if server.hold:
            server.hold.set()
        http.shutdown()
        thread.join()
        http.server_close()
