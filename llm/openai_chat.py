"""Provider `openai`: OpenAI's chat completions, or whatever speaks them at OPENAI_BASE_URL, with the openai SDK."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import openai

from llm.exchange import Messages, ModelUnavailable, Reply, RequestFailed, Usage
from llm.keys import Secret, redacted
from llm.model_file import KEY_VARIABLES, Model

FINISH_REASONS = {"stop": "stop", "length": "length", "content_filter": "content_filter"}
RETRIES = 4


class OpenAIClient:
    """One connection pool for all models of the provider."""

    def __init__(self, key: Secret, timeout_s: float) -> None:
        self._key = key
        self._sdk = openai.AsyncOpenAI(api_key=key.reveal(), timeout=timeout_s, max_retries=RETRIES)

    async def prepare(self, model: Model) -> str:  # noqa: ARG002  # the same for all models
        """Nothing to do; the return is the address that answers."""
        return f"{self._sdk.base_url.scheme}://{self._sdk.base_url.host}{self._sdk.base_url.path}"

    @asynccontextmanager
    async def session(self, model: Model) -> AsyncIterator[OpenAISession]:
        yield OpenAISession(self._sdk, self._key, model)

    async def close(self) -> None:
        await self._sdk.close()


class OpenAISession:
    """Requests to one model."""

    def __init__(self, sdk: openai.AsyncOpenAI, key: Secret, model: Model) -> None:
        self._sdk, self._key, self._model = sdk, key, model

    async def ask(self, messages: Messages, params: Mapping[str, Any], seed: int) -> Reply:
        body = {("max_completion_tokens" if name == "max_tokens" else name): value for name, value in params.items()}
        try:
            request: Any = {**body, "model": self._model.served_name, "messages": messages, "seed": seed}
            raw = await self._sdk.chat.completions.with_raw_response.create(**request)
            completion = raw.parse()
        except openai.APIError as error:
            raise self._failure(error) from None
        except ValueError:
            raise RequestFailed("malformed_reply", "the body is not JSON", status=200) from None
        return _reply(completion, attempts=raw.retries_taken + 1)

    def _failure(self, error: openai.APIError) -> Exception:
        variable, name = KEY_VARIABLES["openai"], self._model.name
        status = getattr(error, "status_code", None)
        match error:
            case openai.AuthenticationError() | openai.PermissionDeniedError():
                return ModelUnavailable(f"{name}: the key in {variable} was refused (HTTP {status}); check {variable}")
            case openai.NotFoundError():
                return ModelUnavailable(f"{name}: the provider knows no such model (HTTP 404); check its name")
            case openai.APITimeoutError():
                return RequestFailed("timeout", "no reply in time; raise --timeout", attempts=RETRIES + 1)
            case openai.APIConnectionError():
                return RequestFailed("connection", f"cannot reach {self._sdk.base_url.host}", attempts=RETRIES + 1)
        kind = {429: "rate_limit", 400: "bad_request"}.get(status or 0, "provider_error")
        return RequestFailed(kind, redacted(str(error.message), [self._key]), status=status)


def _reply(completion: Any, attempts: int) -> Reply:
    """The reply in a chat completion; a body of another shape is a failure, which the SDK does not notice."""
    choices = getattr(completion, "choices", None)
    choice = choices[0] if isinstance(choices, list) and choices else None
    message = getattr(choice, "message", None)
    if choice is None or message is None:
        raise RequestFailed("malformed_reply", "the body holds no choices", status=200, attempts=attempts)
    said, refusal, usage = choice.finish_reason, getattr(message, "refusal", None), completion.usage
    return Reply(
        text=message.content or refusal or "",
        finish_reason="refusal" if refusal else FINISH_REASONS.get(said, "other"),
        provider_finish_reason=said,
        usage=Usage(
            input_tokens=getattr(usage, "prompt_tokens", None),
            output_tokens=getattr(usage, "completion_tokens", None),
            reasoning_tokens=getattr(getattr(usage, "completion_tokens_details", None), "reasoning_tokens", None),
            cached_tokens=getattr(getattr(usage, "prompt_tokens_details", None), "cached_tokens", None),
        ),
        reasoning=getattr(message, "reasoning_content", None),
        response_id=completion.id,
        served_model=completion.model,
        system_fingerprint=getattr(completion, "system_fingerprint", None),
        attempts=attempts,
    )
