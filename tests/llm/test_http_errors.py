"""What an HTTP answer without a reply means, whatever it holds."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.exchange import ModelUnavailable, Reply, RequestFailed, Usage
from llm.http_errors import SIGNS, Answer, Asked, Sign, reply_in
from llm.keys import Secret
from llm.model_file import Model

KEY = "sk-test-Zq81Lm2Pw0RtYy77"
ASKED = Asked(Model("openai/m", served_name="m"), "api.example", "OPENAI_API_KEY", (Secret(KEY),))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 600) | st.sampled_from(["error", "flagged", "PerDay", KEY, ""]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["error", "message", "code", "type", "details", "violations", "status"]), inner
        )
    ),
    max_leaves=8,
)


def outcome(status: int, body: Any, headers: dict[str, str] | None = None) -> str:
    """In a word: a finish reason, `unavailable`, or an error class."""
    try:
        return reply_in(
            Answer(status, headers or {}, body), ASKED, lambda _: Reply("ok", "stop", "stop", Usage())
        ).finish_reason
    except ModelUnavailable:
        return "unavailable"
    except RequestFailed as failure:
        return failure.error_class


@pytest.mark.parametrize("sign", SIGNS, ids=lambda sign: sign.example)
@pytest.mark.parametrize("field", ["message", "code", "type"])
def test_a_sign_is_seen_wherever_the_provider_puts_it(sign: Sign, field: str) -> None:
    expected = "content_filter" if sign.meaning == "content_filter" else "unavailable"
    assert outcome(400, {"error": {field: sign.example}}) == expected
    assert outcome(500, {"error": {field: sign.example}}) == "provider_error"


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (400, {"code": "bad", "error": "Incorrect API key provided: xa***9f."}, "unavailable"),
        (403, {"error": "Content violates usage guidelines."}, "content_filter"),
        (429, {"error": {"code": "insufficient_quota"}}, "unavailable"),
        (429, {"error": {"code": "rate_limit_exceeded", "message": "You exceeded your current quota"}}, "rate_limit"),
        (429, {"error": {"details": [{"violations": [{"quotaId": "RequestsPerDayPerProject"}]}]}}, "unavailable"),
        (429, [{"error": {"code": 429, "status": "RESOURCE_EXHAUSTED"}}], "rate_limit"),
        (400, {"error": {"details": [{"reason": "API_KEY_INVALID"}]}}, "unavailable"),
        (400, {"error": {"details": [{"violations": -1}, {"violations": [0]}]}}, "bad_request"),
        (402, {}, "unavailable"),
        (404, {"detail": "Not Found"}, "unavailable"),
        (413, {"message": "too long"}, "bad_request"),
        (302, "", "provider_error"),
        (200, {"error": {"message": "upstream"}}, "provider_error"),
        (200, {"error": {"code": 429, "message": "busy"}}, "rate_limit"),
        (200, {"error": None, "choices": []}, "stop"),
    ],
)
def test_what_providers_answer(status: int, body: Any, expected: str) -> None:
    assert outcome(status, body) == expected


@given(st.integers(200, 599), JSON | st.text(max_size=50))
def test_any_answer_is_a_reply_a_failure_or_an_end_and_tells_no_key(status: int, body: Any) -> None:
    told = ""
    try:
        reply_in(Answer(status, {}, body), ASKED, lambda _: Reply("ok", "stop", "stop", Usage()))
    except (RequestFailed, ModelUnavailable) as error:
        told = f"{error} {vars(error)}"
    assert KEY not in told
    assert "\n" not in told


@given(st.binary(max_size=40))
def test_any_bytes_are_read(content: bytes) -> None:
    class Response:
        status_code, headers = 200, {}  # type: ignore[var-annotated]

    Response.content = content  # type: ignore[attr-defined]
    body = Answer.of(Response()).body
    assert isinstance(body, str) or json.dumps(body)
