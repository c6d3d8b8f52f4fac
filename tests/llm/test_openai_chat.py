"""Provider `openai`, over real HTTP: what is sent, what is kept of the reply, and how failures are told."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from llm.exchange import ModelUnavailable, Reply, RequestFailed
from llm.keys import Secret
from llm.model_file import Model, read_model_file
from llm.openai_chat import OpenAIClient
from llm.weights import find_weights
from tests.llm.http_server import Answer, Received, completion, serving
from utils.layout import REPOSITORY

KEY = "sk-test-Zq81Lm2Pw0RtYy77"
MODEL = Model("openai/m", served_name="m")
MESSAGES = [{"role": "user", "content": "What is 2 + 2?"}]


def ask(base_url: str, monkeypatch: pytest.MonkeyPatch, timeout_s: float = 10, **params: Any) -> Reply:
    monkeypatch.setenv("OPENAI_BASE_URL", base_url)

    async def one() -> Reply:
        client = OpenAIClient(Secret(KEY), timeout_s)
        try:
            async with client.session(MODEL) as session:
                return await session.ask(MESSAGES, {"temperature": 0.5, "max_tokens": 50, **params}, 7)
        finally:
            await client.close()

    return asyncio.run(one())


def test_the_request_holds_the_messages_the_parameters_and_the_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(completion())) as (url, received):
        ask(url, monkeypatch, top_p=0.9)
    (request,) = received
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body == {
        "model": "m",
        "messages": MESSAGES,
        "seed": 7,
        "temperature": 0.5,
        "max_completion_tokens": 50,
        "top_p": 0.9,
    }


def test_all_that_the_provider_says_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(completion(" Four.\n"))) as (url, _):
        reply = ask(url, monkeypatch)
    assert (reply.text, reply.finish_reason, reply.provider_finish_reason) == (" Four.\n", "stop", "stop")
    assert (reply.usage.input_tokens, reply.usage.output_tokens) == (12, 3)
    assert (reply.usage.cached_tokens, reply.usage.reasoning_tokens) == (4, 1)
    assert (reply.response_id, reply.served_model, reply.system_fingerprint) == ("chatcmpl-1", "m-2026-01-01", "fp_1")
    assert reply.attempts == 1


def test_a_refusal_field_is_a_response_with_its_own_finish_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(completion(None, refusal="I can't do that."))) as (url, _):
        reply = ask(url, monkeypatch)
    assert (reply.text, reply.finish_reason) == ("I can't do that.", "refusal")


def test_a_content_filter_is_a_response_and_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    body = completion("")
    body["choices"][0]["finish_reason"] = "content_filter"
    with serving(lambda _: Answer(body)) as (url, _):
        assert ask(url, monkeypatch).finish_reason == "content_filter"


def test_an_overloaded_provider_is_asked_again_and_the_attempts_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    answers: Iterator[Answer] = iter(
        [Answer({}, 429, {"Retry-After": "0"}), Answer({}, 503, {"Retry-After": "0"}), Answer(completion())]
    )
    with serving(lambda _: next(answers)) as (url, received):
        assert ask(url, monkeypatch).attempts == 3
    assert len(received) == 3


@pytest.mark.parametrize(("status", "told"), [(401, "OPENAI_API_KEY"), (403, "OPENAI_API_KEY"), (404, "no such model")])
def test_a_refused_key_or_an_unknown_model_stops_the_model_at_once(
    status: int, told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    error = {"error": {"message": f"Incorrect API key provided: {KEY[:8]}****{KEY[-4:]}", "type": "x"}}
    with (
        serving(lambda _: Answer(error, status)) as (url, received),
        pytest.raises(ModelUnavailable, match=told) as why,
    ):
        ask(url, monkeypatch)
    assert len(received) == 1
    assert KEY[:8] not in str(why.value)
    assert KEY[-4:] not in str(why.value)


def test_a_rejected_request_fails_alone_without_the_key_that_the_provider_quotes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    error = {"error": {"message": f"'seed' is not supported (key {KEY})", "type": "invalid_request_error"}}
    with serving(lambda _: Answer(error, 400)) as (url, received), pytest.raises(RequestFailed) as failure:
        ask(url, monkeypatch)
    assert (failure.value.error_class, failure.value.status) == ("bad_request", 400)
    assert "'seed' is not supported" in failure.value.message
    assert KEY not in failure.value.message
    assert len(received) == 1


@pytest.mark.parametrize("body", [{}, {"choices": []}, {"choices": [{}]}, [], b"<html>busy</html>", b'{"choices": [{'])
def test_a_reply_of_another_shape_is_a_failure_and_not_an_empty_response(
    body: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(lambda _: Answer(body)) as (url, _), pytest.raises(RequestFailed, match="body"):
        ask(url, monkeypatch)


def test_nobody_at_the_address_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer({})) as (url, _):
        pass
    monkeypatch.setattr("llm.openai_chat.RETRIES", 0)
    with pytest.raises(RequestFailed, match=r"cannot reach 127\.0\.0\.1"):
        ask(url, monkeypatch)


def test_a_provider_that_hangs_is_a_timeout(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    over = threading.Event()

    def hang(_: Received) -> Answer:
        over.wait(20)
        return Answer(completion())

    monkeypatch.setattr("llm.openai_chat.RETRIES", 0)
    with serving(hang) as (url, _):
        with pytest.raises(RequestFailed, match="raise --timeout"):
            ask(url, monkeypatch, timeout_s=0.2)
        over.set()


def test_a_real_model_behind_a_real_server_of_the_same_protocol_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    import xllamacpp

    weights = read_model_file()["local/smollm2-135m"].weights
    assert weights is not None
    params = xllamacpp.CommonParams()
    params.model.path = str(find_weights(weights, REPOSITORY, lambda _: None))
    params.n_ctx, params.n_parallel, params.verbosity, params.api_keys = 512, 1, -1, [KEY]
    server = xllamacpp.Server(params)
    reply = ask(f"{server.listening_address}/v1", monkeypatch, max_tokens=8, temperature=0.0)
    assert reply.text.strip()
    assert reply.usage.output_tokens == 8
    assert reply.finish_reason == "length"
