"""What passes between step 1 and a provider: a reply, the ways it can fail, and the interface of a client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Protocol

from llm.model_file import Model

Messages = Sequence[Mapping[str, str]]


@dataclass(frozen=True)
class Usage:
    """Tokens of one request; None where the provider did not say."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    reasoning_tokens: int | None = None
    cached_tokens: int | None = None


@dataclass(frozen=True)
class Reply:
    """What a provider said, unaltered, under names that are the same for all providers."""

    text: str
    finish_reason: str
    provider_finish_reason: str | None
    usage: Usage
    reasoning: str | None = None
    logprobs: list[dict[str, Any]] | None = None
    response_id: str | None = None
    served_model: str | None = None
    system_fingerprint: str | None = None
    attempts: int = 1


class RequestFailed(Exception):
    """One request failed for good; the others go on.

    Args:
        error_class: what went wrong, in one word such as `timeout`.
        message: one line without any secret.
        status: the HTTP status, if there was one.
        attempts: how many attempts were made.
    """

    def __init__(self, error_class: str, message: str, *, status: int | None = None, attempts: int = 1) -> None:
        super().__init__(message)
        self.error_class, self.message, self.status, self.attempts = error_class, message, status, attempts


class ModelUnavailable(Exception):
    """Nothing more can be asked of this model (its key is refused, it does not exist, its weights are missing)."""


class Session(Protocol):
    """One exchange with a model: a request, and perhaps a follow-up that continues it."""

    async def ask(self, messages: Messages, params: Mapping[str, Any], seed: int) -> Reply:
        """Send the messages, wait for the whole reply.

        Raises:
            RequestFailed: this request has no reply.
            ModelUnavailable: no request to this model will have one.
        """


class Client(Protocol):
    """A provider."""

    async def prepare(self, model: Model) -> str:
        """Make the model ready; the return says what answers (a file's fingerprint, an address) for the manifest.

        Raises:
            ModelUnavailable: it cannot be asked.
        """

    def session(self, model: Model) -> AbstractAsyncContextManager[Session]:
        """A session, for as long as the context lasts."""

    async def close(self) -> None:
        """Give back what the client holds."""
