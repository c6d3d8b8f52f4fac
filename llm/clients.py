"""Which client serves which provider; each one's library is imported only when it is used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from llm.exchange import Client
from llm.keys import Secret
from llm.local import NUMBER_GRAMMAR


def follow_up_extras() -> dict[str, Mapping[str, Any]]:
    """Parameters that a provider takes, beside the usual ones, in the turn that asks how sure a model is."""
    return {"local": {"grammar": NUMBER_GRAMMAR}}


def open_clients(
    concurrency: Mapping[str, int],
    keys: Mapping[str, Secret],
    root: Path,
    timeout_s: float,
    notice: Callable[[str], None],
) -> dict[str, Client]:
    """A client for each provider in `concurrency`; the caller closes them."""
    return {provider: _open(provider, n, keys, root, timeout_s, notice) for provider, n in concurrency.items()}


def _open(
    provider: str,
    concurrency: int,
    keys: Mapping[str, Secret],
    root: Path,
    timeout_s: float,
    notice: Callable[[str], None],
) -> Client:
    if provider == "local":
        from llm.local import LocalClient

        return LocalClient(root, concurrency, notice)
    from llm.openai_chat import OpenAIClient

    return OpenAIClient(keys[provider], timeout_s)
