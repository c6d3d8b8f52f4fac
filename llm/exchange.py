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
    pause_s: float | None = None
    """Seconds until the provider takes further requests, when its headers say that this one used up what was left."""


class RequestFailed(Exception):
    """One attempt at a request failed; the others go on.

    Args:
        error_class: what went wrong, in one word such as `timeout`.
        message: one line without any secret.
        status: the HTTP status, if there was one.
        retryable: whether the same request may well be answered when it is sent again.
        overload: whether the provider said that it is asked too much (429, 529, `overloaded`).
        retry_after_s: how long the provider asked to wait, in seconds.
    """

    def __init__(
        self,
        error_class: str,
        message: str,
        *,
        status: int | None = None,
        retryable: bool = False,
        overload: bool = False,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.error_class, self.message, self.status = error_class, message, status
        self.retryable, self.overload, self.retry_after_s = retryable, overload, retry_after_s
        self.attempts = 1


class ModelUnavailable(Exception):
    """Nothing more can be asked of this model (its key is refused, it does not exist, its weights are missing)."""


class Session(Protocol):
    """One exchange with a model: a request, and perhaps a follow-up that continues it."""

    async def ask(self, messages: Messages, params: Mapping[str, Any], seed: int) -> Reply:
        """Send the messages once, wait for the whole reply. Trying again is not the client's to decide.

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


def encodable(messages: Messages) -> list[dict[str, str]]:
    """The messages without lone surrogates, which a model's own output may hold and JSON in UTF-8 cannot."""
    return [{key: value.encode("utf-8", "replace").decode() for key, value in m.items()} for m in messages]
