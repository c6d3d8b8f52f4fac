"""What is sent to each provider and what is kept of its reply, over real HTTP."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from llm.exchange import RequestFailed, Usage
from tests.llm.http_server import Answer, completion, generated, message, serving
from tests.llm.providers import KEY, PROVIDERS, Provider, ask, each

pytestmark = pytest.mark.usefixtures("one_authority")  # the servers are on loopback

BY_NAME = {provider.name: provider for provider in PROVIDERS}
TURNS = [
    {"role": "user", "content": "What is 2 + 2?"},
    {"role": "assistant", "content": "4"},
    {"role": "user", "content": "Sure?"},
]
WITH_SYSTEM = [{"role": "system", "content": "Be brief."}, *TURNS]
GOOGLE_TURNS = [
    {"role": "user", "parts": [{"text": "What is 2 + 2?"}]},
    {"role": "model", "parts": [{"text": "4"}]},
    {"role": "user", "parts": [{"text": "Sure?"}]},
]
SENT: dict[str, dict[str, Any]] = {
    "openai": {
        "model": "m", "messages": WITH_SYSTEM, "seed": 7, "temperature": 0.5, "max_completion_tokens": 50, "top_p": 0.9
    },
    "compatible": {
        "model": "m", "messages": WITH_SYSTEM, "seed": 7, "temperature": 0.5, "max_tokens": 50, "top_p": 0.9
    },
    "xai": {"model": "m", "messages": WITH_SYSTEM, "seed": 7, "temperature": 0.5, "max_tokens": 50, "top_p": 0.9},
    "anthropic": {
        "model": "m", "messages": TURNS, "system": "Be brief.", "temperature": 0.5, "max_tokens": 50, "top_p": 0.9
    },
    "google": {
        "contents": GOOGLE_TURNS,
        "systemInstruction": {"parts": [{"text": "Be brief."}], "role": "user"},
        "generationConfig": {"temperature": 0.5, "topP": 0.9, "maxOutputTokens": 50, "seed": 7},
    },
    "google-generativeai": {
        "contents": GOOGLE_TURNS,
        "systemInstruction": {"parts": [{"text": "Be brief."}]},
        "generationConfig": {"temperature": 0.5, "topP": 0.9, "maxOutputTokens": 50},
    },
}  # fmt: skip


@each()
def test_the_request_holds_the_messages_and_the_parameters_under_the_provider_s_names(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(lambda _: Answer(provider.good("Four."))) as (url, received):
        ask(provider, url, monkeypatch, top_p=0.9)
    (request,) = received
    assert request.path.partition("?")[0] == provider.path
    header = request.headers["x-goog-api-key" if provider.name.startswith("google") else "authorization"]
    assert header.removeprefix("Bearer ") == KEY
    sent = request.body
    if provider.name == "google-generativeai":
        sent = {name: value for name, value in sent.items() if name != "model"}
        sent["generationConfig"]["topP"] = round(sent["generationConfig"]["topP"], 6)  # a float of 32 bits
    if provider.name == "google":
        sent["systemInstruction"].setdefault("role", "user")
    assert sent == SENT[provider.name]


@each()
def test_all_that_the_provider_says_is_kept_unaltered(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(provider.good(" Four.\n"))) as (url, _):
        reply = ask(provider, url, monkeypatch)
    is_legacy = provider.name == "google-generativeai"  # which knows no thoughts and no response id
    assert reply.text == (" Four.\n" if not is_legacy else "2 + 2 Four.\n")
    assert (reply.finish_reason, reply.served_model) == ("stop", "m-2026-01-01")
    assert reply.usage == (Usage(12, 3, 1, 4) if not is_legacy else Usage(12, 2, None, 4))
    if not is_legacy:
        assert reply.response_id in ("chatcmpl-1", "msg_1", "resp-1")
    assert reply.pause_s is None


@each()
def test_a_content_filter_is_a_response_and_no_error(provider: Provider, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(dict(provider.filtered))) as (url, _):
        reply = ask(provider, url, monkeypatch)
    expected = "refusal" if provider.name == "anthropic" else "content_filter"
    assert (reply.text, reply.finish_reason) == ("", expected)
    assert reply.provider_finish_reason in ("content_filter", "refusal", "PROHIBITED_CONTENT")


@each()
def test_lone_surrogates_of_a_model_s_own_reply_can_be_sent_back(
    provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    with serving(lambda _: Answer(provider.good("Four."))) as (url, _):
        assert ask(provider, url, monkeypatch, [{"role": "user", "content": "a\ud800b"}]).finish_reason == "stop"


CHAT = pytest.mark.parametrize("name", ["openai", "compatible", "xai"])


@CHAT
def test_a_refusal_field_is_a_response_with_its_own_finish_reason(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(completion(None, refusal="I can't do that."))) as (url, _):
        reply = ask(BY_NAME[name], url, monkeypatch)
    assert (reply.text, reply.finish_reason) == ("I can't do that.", "refusal")


@CHAT
def test_logprobs_reasoning_and_fingerprint_are_kept(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    body = completion(reasoning_content="2 + 2")
    tokens = [{"token": "Four", "logprob": -0.25, "bytes": [70], "top_logprobs": []}]
    body["choices"][0]["logprobs"] = {"content": tokens, "refusal": None}
    with serving(lambda _: Answer(body)) as (url, received):
        reply = ask(BY_NAME[name], url, monkeypatch, logprobs=True, reasoning_effort="low")
    assert (received[0].body["logprobs"], received[0].body["reasoning_effort"]) == (True, "low")
    assert reply.logprobs == [{"token": "Four", "logprob": -0.25}]
    assert (reply.reasoning, reply.system_fingerprint) == ("2 + 2", "fp_1")


def test_reasoning_that_is_counted_beside_the_completion_is_counted_as_output(monkeypatch: pytest.MonkeyPatch) -> None:
    body = completion()
    body["usage"] = {
        "prompt_tokens": 32, "completion_tokens": 9, "total_tokens": 135,
        "completion_tokens_details": {"reasoning_tokens": 94},
    }  # fmt: skip
    with serving(lambda _: Answer(body)) as (url, _):
        assert ask(BY_NAME["xai"], url, monkeypatch).usage == Usage(32, 103, 94, None)


def test_a_prompt_that_xai_refuses_with_403_is_a_response(monkeypatch: pytest.MonkeyPatch) -> None:
    body = {
        "code": "permission-denied",
        "error": "Content violates usage guidelines. Failed check: SAFETY_CHECK_TYPE_BIO",
    }
    with serving(lambda _: Answer(body, 403)) as (url, _):
        assert ask(BY_NAME["xai"], url, monkeypatch).finish_reason == "content_filter"


def test_an_error_that_a_gateway_sends_as_a_success_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    body = {"error": {"code": 429, "message": f"busy {KEY}"}}
    with serving(lambda _: Answer(body)) as (url, _), pytest.raises(RequestFailed) as failed:
        ask(BY_NAME["compatible"], url, monkeypatch)
    assert (failed.value.error_class, failed.value.overload) == ("rate_limit", True)
    assert KEY not in failed.value.message


def test_thinking_and_effort_of_anthropic(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(message())) as (url, received):
        reply = ask(BY_NAME["anthropic"], url, monkeypatch, reasoning_effort="low")
    assert reply.reasoning == "2 + 2"
    assert received[0].body["output_config"] == {"effort": "low"}
    assert "seed" not in received[0].body


def test_a_temperature_goes_to_anthropic_under_the_version_that_knows_it(monkeypatch: pytest.MonkeyPatch) -> None:
    provider = BY_NAME["anthropic"]
    with serving(lambda _: Answer(message())) as (url, received):
        ask(provider, url, monkeypatch)
        monkeypatch.setattr("tests.llm.providers.PARAMS", {"max_tokens": 50})
        ask(provider, url, monkeypatch)
    old, new = (request.headers["anthropic-version"] for request in received)
    assert old == "2023-06-01"
    assert new > old


@pytest.mark.parametrize(
    ("said", "reason"),
    [("end_turn", "stop"), ("stop_sequence", "stop"), ("max_tokens", "length"), ("refusal", "refusal"),
     ("model_context_window_exceeded", "length"), ("pause_turn", "other"), ("something_new", "other")],
)  # fmt: skip
def test_stop_reasons_of_anthropic(said: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(message(stop_reason=said))) as (url, _):
        reply = ask(BY_NAME["anthropic"], url, monkeypatch)
    assert (reply.finish_reason, reply.provider_finish_reason) == (reason, said)


@pytest.mark.parametrize(
    ("said", "reason"),
    [("STOP", "stop"), ("MAX_TOKENS", "length"), ("SAFETY", "content_filter"), ("RECITATION", "content_filter"),
     ("SPII", "content_filter"), ("LANGUAGE", "other"), ("SOMETHING_NEW", "other")],
)  # fmt: skip
def test_finish_reasons_of_google(said: str, reason: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(generated(finish_reason=said))) as (url, _):
        reply = ask(BY_NAME["google"], url, monkeypatch)
    assert (reply.finish_reason, reply.provider_finish_reason) == (reason, said)


def test_thoughts_logprobs_and_effort_of_google(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(generated())) as (url, received):
        reply = ask(BY_NAME["google"], url, monkeypatch, logprobs=True, reasoning_effort="low")
    config = received[0].body["generationConfig"]
    assert list(config["thinkingConfig"].values()) == [True, "LOW"]
    assert config["responseLogprobs"] is True
    assert reply.reasoning == "2 + 2"
    assert reply.logprobs == [{"token": "Four", "logprob": -0.25}]


def test_google_s_own_way_to_say_how_long_to_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    info = {"@type": "type.googleapis.com/google.rpc.RetryInfo", "retryDelay": "31.5s"}
    body = {"error": {"code": 429, "status": "RESOURCE_EXHAUSTED", "message": "quota", "details": [info]}}
    with serving(lambda _: Answer(body, 429)) as (url, _), pytest.raises(RequestFailed) as failed:
        ask(BY_NAME["google"], url, monkeypatch)
    assert failed.value.retry_after_s == 31.5


def test_the_version_at_the_end_of_google_s_address_is_the_one_that_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(generated())) as (url, received):
        ask(BY_NAME["google"], f"{url}beta", monkeypatch)
        ask(BY_NAME["google"], url.removesuffix("/v1"), monkeypatch)
    assert [request.path for request in received] == [
        "/v1beta/models/m:generateContent",
        "/v1/models/m:generateContent",
    ]


def test_a_parameter_that_google_s_package_does_not_know_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving(lambda _: Answer(generated())) as (url, _),
        pytest.raises(RequestFailed, match="does not take") as failed,
    ):
        ask(BY_NAME["google"], url, monkeypatch, no_such=1)
    assert not failed.value.retryable


def test_a_model_that_takes_no_seed_is_sent_none(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("openai", "google", "xai"):
        provider = BY_NAME[name]
        seedless = replace(provider, model=replace(provider.model, accepts=frozenset({"temperature"})))
        with serving(lambda _, good=provider.good: Answer(good("Four."))) as (url, received):  # type: ignore[misc]
            ask(seedless, url, monkeypatch)
        assert "seed" not in str(received[0].body)


def test_google_s_package_is_given_the_timeout_in_its_own_unit(monkeypatch: pytest.MonkeyPatch) -> None:
    with serving(lambda _: Answer(generated())) as (url, received):
        ask(BY_NAME["google"], url, monkeypatch, timeout_s=10)
    assert float(received[0].headers["x-server-timeout"]) == 10
