"""Every provider over HTTP, as the tests drive it: how to open its client, and what its API answers."""

from __future__ import annotations

import asyncio
import importlib.util
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from llm.exchange import Client, Reply
from llm.keys import Secret
from llm.model_file import Model
from tests.llm.http_server import completion, generated, message

KEY = "sk-test-Zq81Lm2Pw0RtYy77"
MESSAGES: Sequence[Mapping[str, str]] = [
    {"role": "system", "content": "Be brief."},
    {"role": "user", "content": "What is 2 + 2?"},
    {"role": "assistant", "content": "4"},
    {"role": "user", "content": "Sure?"},
]
PARAMS = {"temperature": 0.5, "max_tokens": 50}
ACCEPTS = frozenset({"temperature", "seed", "logprobs", "reasoning_effort"})


@dataclass(frozen=True)
class Provider:
    """A provider under test.

    Args:
        variable: the environment variable that holds its address.
        key_variable: the one that holds its key.
        path: where it is asked below the server's address.
        good: a success of its API with this text.
    """

    name: str
    variable: str
    key_variable: str
    path: str
    open: Callable[[str, float], Client]
    good: Callable[[str], dict[str, Any]]
    filtered: Mapping[str, Any]
    model: Model


def _openai(_: str, timeout_s: float) -> Client:
    from llm.openai_chat import OpenAIClient

    return OpenAIClient(Secret(KEY), timeout_s)


def _compatible(_: str, timeout_s: float) -> Client:
    from llm.compatible import CompatibleClient

    return CompatibleClient({"SERVER_KEY": Secret(KEY)}.get, timeout_s)


def _anthropic(_: str, timeout_s: float) -> Client:
    from llm.anthropic_messages import AnthropicClient

    return AnthropicClient(Secret(KEY), timeout_s)


def _google(_: str, timeout_s: float) -> Client:
    from llm.google_genai import GoogleClient

    return GoogleClient(Secret(KEY), timeout_s)


def _legacy_google(_: str, timeout_s: float) -> Client:
    from llm.google_generativeai_legacy import LegacyGoogleClient

    return LegacyGoogleClient(Secret(KEY), timeout_s, 4)


def _xai(_: str, timeout_s: float) -> Client:
    from llm.xai_chat import XAIClient

    return XAIClient(Secret(KEY), timeout_s)


def _filtered_completion() -> dict[str, Any]:
    body = completion("")
    body["choices"][0]["finish_reason"] = "content_filter"
    return body


_BLOCKED = {"promptFeedback": {"blockReason": "PROHIBITED_CONTENT"}, "usageMetadata": {"promptTokenCount": 12}}
_PLAIN = Model("openai/m", served_name="m", accepts=ACCEPTS)
_GOOGLE = replace(_PLAIN, name="google/m")

PROVIDERS = (
    Provider(
        "openai", "OPENAI_BASE_URL", "OPENAI_API_KEY", "/v1/chat/completions",
        _openai, completion, _filtered_completion(), _PLAIN,
    ),
    Provider(
        "compatible", "", "SERVER_KEY", "/v1/chat/completions",
        _compatible, completion, _filtered_completion(),
        replace(_PLAIN, name="compatible/m", key_variable="SERVER_KEY"),
    ),
    Provider(
        "anthropic", "ANTHROPIC_BASE_URL", "ANTHROPIC_API_KEY", "/v1/messages",
        _anthropic, message, message("", stop_reason="refusal", content=[]), replace(_PLAIN, name="anthropic/m"),
    ),
    Provider(
        "google", "GOOGLE_BASE_URL", "GOOGLE_API_KEY", "/v1/models/m:generateContent",
        _google, generated, _BLOCKED, _GOOGLE,
    ),
    Provider(
        "google-generativeai", "GOOGLE_BASE_URL", "GOOGLE_API_KEY", "/v1beta/models/m:generateContent",
        _legacy_google, generated, _BLOCKED, _GOOGLE,
    ),
    Provider(
        "xai", "XAI_BASE_URL", "XAI_API_KEY", "/v1/chat/completions",
        _xai, completion, _filtered_completion(), replace(_PLAIN, name="xai/m"),
    ),
)  # fmt: skip


def has_legacy_google() -> bool:
    """Whether the package of requirements-legacy.txt is installed."""
    return (
        importlib.util.find_spec("google") is not None and importlib.util.find_spec("google.generativeai") is not None
    )


def each(*, but: Sequence[str] = ()) -> pytest.MarkDecorator:
    """Run a test for each provider."""
    skipped = pytest.mark.skipif(not has_legacy_google(), reason="pip install -r requirements-legacy.txt to test it")
    return pytest.mark.parametrize(
        "provider",
        [
            pytest.param(p, id=p.name, marks=skipped if p.name == "google-generativeai" else ())
            for p in PROVIDERS
            if p.name not in but
        ],
    )


def ask(
    provider: Provider,
    address: str,
    monkeypatch: pytest.MonkeyPatch,
    messages: Sequence[Mapping[str, str]] = MESSAGES,
    timeout_s: float = 10,
    **params: Any,
) -> Reply:
    """One attempt with a client of its own."""
    if provider.variable:
        monkeypatch.setenv(provider.variable, address)
    model = provider.model if provider.variable else replace(provider.model, base_url=address)

    async def one() -> Reply:
        client = provider.open(address, timeout_s)
        try:
            await client.prepare(model)
            async with client.session(model) as session:
                return await session.ask(messages, {**PARAMS, **params}, 7)
        finally:
            await client.close()

    return asyncio.run(one())
