"""What providers answer: replies, errors and headers, and the file that says which models there are."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from llm.anthropic_messages import message_reply
from llm.chat_completions import completion_reply
from llm.exchange import ModelUnavailable, Reply, RequestFailed
from llm.generated_content import generated_reply
from llm.http_errors import SIGNS, Answer, Asked, reply_in
from llm.keys import Secret
from llm.model_file import MODEL_FILE, Model, default_models, find_models, read_model_file
from llm.rate_headers import LIMITS, duration_s, pause_s, retry_after_s
from runners.importing.found import Unreadable
from runners.importing.openai_responses import responses_reply
from tests.fuzzing.target import Target, text_of, written
from tests.llm.http_server import completion, generated, message
from tests.runners.importing.test_openai_batch import responses_output
from utils.errors import UserError
from utils.jsonl import object_line, parse_object
from utils.layout import REPOSITORY
from utils.responses import parse_response

KEY = "sk-test-Zq81Lm2Pw0RtYy77"
ASKED = Asked(Model("openai/m", served_name="m"), "api.example", "OPENAI_API_KEY", (Secret(KEY),))
_KEY = {"model": "a/b", "benchmark": "c", "item_id": "x", "run": 0}
READERS = (completion_reply, message_reply, generated_reply, responses_reply)


def check_answer(data: bytes) -> None:
    """A reply whose every field can be stored, or an error that tells no key.

    The bytes are `{"status", "headers", "body"}`, or else a body alone.
    """
    status, headers, content = 200, {}, data
    try:
        value = json.loads(data)
        if isinstance(value, dict) and "body" in value:
            status = value["status"] if type(value.get("status")) is int else 200
            headers = _headers(value.get("headers"))
            content = json.dumps(value["body"]).encode()
    except (ValueError, RecursionError):
        pass
    answer = Answer.of_content(status, headers, content)
    for read in READERS:
        try:
            _check_reply(reply_in(answer, ASKED, read))
        except Unreadable:  # what an import tells of a body that is no response
            assert read is responses_reply
        except RequestFailed as failure:
            _check_failure(failure)
        except ModelUnavailable as end:
            _check_told(end)


def _check_reply(reply: Reply) -> None:
    assert isinstance(reply.text, str)
    assert isinstance(reply.finish_reason, str)
    for name in ("provider_finish_reason", "reasoning", "response_id", "served_model", "system_fingerprint"):
        assert isinstance(getattr(reply, name), str | None), name
    for name, count in asdict(reply.usage).items():
        assert count is None or (type(count) is int and count >= 0), f"{name}: {count!r}"
    assert reply.pause_s is None or (math.isfinite(reply.pause_s) and reply.pause_s >= 0)
    stored = {**_KEY, "response": reply.text, "finish_reason": reply.finish_reason, "usage": asdict(reply.usage)}
    line = parse_object(object_line({**stored, "logprobs": reply.logprobs}), REPOSITORY, 1)
    assert isinstance(line, dict), f"{line}"
    try:
        parse_response(line, REPOSITORY, 1)
    except UserError as error:
        raise AssertionError("what is stored of it cannot be read") from error


def _check_failure(failure: RequestFailed) -> None:
    _check_told(failure)
    assert failure.error_class
    wait = failure.retry_after_s
    assert wait is None or (math.isfinite(wait) and wait >= 0), f"waits {wait}"


def _check_told(error: Exception) -> None:
    assert KEY not in str(error)


def check_headers(data: bytes) -> None:
    """Each wait is a finite number of seconds of at least 0, or None."""
    try:
        headers = _headers(json.loads(data))
    except (ValueError, RecursionError):
        headers = {"retry-after": text_of(data)}
    waits = [retry_after_s(headers), pause_s(headers), *(duration_s(text) for text in headers.values())]
    for wait in waits:
        assert wait is None or (math.isfinite(wait) and wait >= 0), f"waits {wait}"


def _headers(value: Any) -> dict[str, str]:
    return {name.lower(): text for name, text in value.items() if isinstance(text, str)} if type(value) is dict else {}


def check_model_file(data: bytes) -> None:
    """A model file: models with all that asking them takes, or an error of one line."""
    known = read_model_file(written("models.toml", data))
    for name, model in known.items():
        assert model.name == name
        assert model.served_name
        assert model.accepted <= {"temperature", "seed", "logprobs", "reasoning_effort"}
        if model.price:
            assert model.price.cost(10, 5, 3) >= 0
    default_models(known, {"OPENAI_API_KEY": KEY})
    find_models(list(known)[:3], known)


def answer_seeds() -> Iterator[bytes]:
    body = responses_output("s/a/0")["response"]["body"]
    for good in (completion(), message(), generated(), body, completion(None, refusal="I can't.")):
        yield json.dumps({"status": 200, "headers": {"retry-after": "1"}, "body": good}).encode()
    for number, sign in enumerate(SIGNS):
        error = {"message": f"{sign.example} {KEY}", "code": sign.example, "type": "x", "status": "Y"}
        yield json.dumps({"status": 400 + number % 4, "headers": {}, "body": {"error": error}}).encode()
    details = [
        {"reason": "API_KEY_INVALID", "violations": [{"quotaId": "PerDay"}]},
        {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "31s"},
    ]
    for status, problem in ((429, {"error": {"code": 429, "details": details}}), (503, [{"error": {"message": "a"}}])):
        yield json.dumps({"status": status, "headers": {"retry-after-ms": "20"}, "body": problem}).encode()
    yield json.dumps({"status": 422, "headers": {}, "body": {"detail": [{"msg": KEY}], "error": "x"}}).encode()


def header_seeds() -> Iterator[bytes]:
    date = "Mon, 23 Nov 2026 12:00:00 GMT"
    yield json.dumps({"date": date, "retry-after": "Mon, 23 Nov 2026 12:00:30 GMT"}).encode()
    yield json.dumps({"retry-after": "1.5", "retry-after-ms": "1500"}).encode()
    for remaining, reset in LIMITS:
        for said in ("1h2m3.5s", "20ms", "2026-11-23T12:09:00Z", "6m0s"):
            yield json.dumps({"date": date, remaining: "0", reset: said}).encode()


def model_seeds() -> Iterator[bytes]:
    tables = MODEL_FILE.read_text(encoding="utf-8").split("\n\n")
    yield from (table.encode() for table in tables if "[models" in table)
    yield (
        b'[models."compatible/x"]\nbase_url = "http://127.0.0.1:1/v1"\nkey_variable = "A_KEY"\nsystem = "Be brief."\n'
        b'temperature = 0.5\nmax_tokens = 10\naccepts = ["seed"]\nprice = { input = 1.0, output = 2.0 }\n'
        b'[models."compatible/x".params]\ntop_p = 0.9\n[models."compatible/x:v"]\nbase = "compatible/x"\n'
    )


_WAITS = ["Mon, ", "GMT", "1e308", "inf", "9" * 30, "d", "h", "ms", "T", "Z", "+23:59", "-", "0001", "9999", "٣"]
_MODELS = [
    "[models.",
    "base = ",
    "price = ",
    "weights = ",
    "until = ",
    "[[",
    "]]",
    "{",
    "}",
    "nan",
    "inf",
    "2026-01-01",
    '"""',
]
_BODIES = ['"error"', '"choices"', '"content"', '"candidates"', '"details"', '"violations"', KEY, "\\ud800", "1e999"]
TARGETS = (
    Target("provider_answers", check_answer, answer_seeds, _BODIES, is_json=True),
    Target("rate_headers", check_headers, header_seeds, _WAITS, is_json=True),
    Target("model_file", check_model_file, model_seeds, _MODELS),
)
