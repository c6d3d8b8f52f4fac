"""Which client serves which provider; each one's library is imported only when it is used."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from llm.batching import BatchClient
from llm.exchange import Client
from llm.keys import Secret, key_files, read_key
from llm.local import NUMBER_GRAMMAR, NUMBER_MAX_TOKENS
from llm.model_file import Model
from utils.errors import UserError

# GOOGLE_SDK chooses the package for provider `google`; the second is the one that Google ended in 2025.
GOOGLE_SDKS = ("google-genai", "google-generativeai")
NOT_IN_LEGACY_GOOGLE = frozenset({"seed", "reasoning_effort"})


def follow_up_extras() -> dict[str, Mapping[str, Any]]:
    """Parameters that a provider takes, beside the usual ones, in the turn that asks how sure a model is."""
    return {"local": {"grammar": NUMBER_GRAMMAR, "max_tokens": NUMBER_MAX_TOKENS}}


def as_its_client_asks(model: Model) -> Model:
    """The model without the parameters that its client cannot send, so that no record says they were sent."""
    if model.provider != "google" or google_sdk() != "google-generativeai":
        return model
    return replace(model, accepts=frozenset(model.accepted - NOT_IN_LEGACY_GOOGLE))


def open_clients(
    concurrency: Mapping[str, int],
    keys: Mapping[str, Secret],
    root: Path,
    timeout_s: float,
    notice: Callable[[str], None],
) -> dict[str, Client]:
    """A client for each provider in `concurrency`; the caller closes them.

    Raises:
        UserError: the environment names an address or a package that cannot be used.
    """
    return {provider: _open(provider, n, keys, root, timeout_s, notice) for provider, n in concurrency.items()}


def has_batches(provider: str) -> bool:
    """Whether there is a batch API that we can ask."""
    return provider in ("openai", "anthropic") or (provider == "google" and google_sdk() == GOOGLE_SDKS[0])


def open_batch_clients(
    providers: Iterable[str], keys: Mapping[str, Secret], timeout_s: float
) -> dict[str, BatchClient]:
    """A batch client for each provider; the caller closes them.

    Raises:
        UserError: the environment names an address that cannot be used.
    """
    return {provider: _open_batches(provider, keys[provider], timeout_s) for provider in providers}


def _open_batches(provider: str, key: Secret, timeout_s: float) -> BatchClient:
    match provider:
        case "anthropic":
            from llm.batch_anthropic import AnthropicBatches

            return AnthropicBatches(key, timeout_s)
        case "google":
            from llm.batch_google import GoogleBatches

            return GoogleBatches(key, timeout_s)
    from llm.batch_openai import OpenAIBatches

    return OpenAIBatches(key, timeout_s)


def _open(
    provider: str,
    concurrency: int,
    keys: Mapping[str, Secret],
    root: Path,
    timeout_s: float,
    notice: Callable[[str], None],
) -> Client:
    match provider:
        case "local":
            from llm.local import LocalClient

            return LocalClient(root, concurrency, notice)
        case "anthropic":
            from llm.anthropic_messages import AnthropicClient

            return AnthropicClient(keys[provider], timeout_s, concurrency)
        case "google":
            return _open_google(keys[provider], timeout_s, concurrency)
        case "xai":
            from llm.xai_chat import XAIClient

            return XAIClient(keys[provider], timeout_s, concurrency)
        case "compatible":
            from llm.compatible import CompatibleClient

            return CompatibleClient(partial(read_key, env_files=key_files(root)), timeout_s, concurrency)
    from llm.openai_chat import OpenAIClient

    return OpenAIClient(keys[provider], timeout_s, concurrency)


def _open_google(key: Secret, timeout_s: float, concurrency: int) -> Client:
    if google_sdk() == "google-genai":
        from llm.google_genai import GoogleClient

        return GoogleClient(key, timeout_s, concurrency)
    try:
        from llm.google_generativeai_legacy import LegacyGoogleClient
    except ImportError as error:
        raise UserError(
            "GOOGLE_SDK=google-generativeai: the package is not installed; run pip install -r requirements-legacy.txt"
        ) from error
    return LegacyGoogleClient(key, timeout_s, concurrency)


def google_sdk() -> str:
    """The package that serves provider `google`, by GOOGLE_SDK.

    Raises:
        UserError: GOOGLE_SDK names another one.
    """
    sdk = os.environ.get("GOOGLE_SDK", "").strip() or GOOGLE_SDKS[0]
    if sdk not in GOOGLE_SDKS:
        raise UserError(f"GOOGLE_SDK: expected {' or '.join(GOOGLE_SDKS)}, found {sdk!r}")
    return sdk
