"""Provider `google`: Gemini's generateContent, at GOOGLE_BASE_URL or Google's own address, with the google-genai SDK.

GOOGLE_BASE_URL ends before the API version (`https://host`); with one (`https://host/v1beta`), that version is asked.
"""

from __future__ import annotations

import asyncio
import warnings
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from google import genai
from google.genai import errors, types

from llm.endpoints import address_from_environment, host_of, shown, without_version
from llm.exchange import Messages, Reply, RequestFailed, Usage, encodable
from llm.http_errors import Answer, Asked, connection_failed, malformed, reply_in, timed_out
from llm.keys import Secret, redacted
from llm.model_file import KEY_VARIABLES, Model

BASE_URL = "https://generativelanguage.googleapis.com"
FINISH_REASONS = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(
        ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"), "content_filter"
    ),
}

# A finish reason that is newer than the SDK is kept as it is; the SDK's warning about it is no news to the user.
warnings.filterwarnings("ignore", message=".* is not a valid", module=r"google\.genai")


class GoogleClient:
    """One connection pool for all models of the provider; `timeout_s` and `connections` as for OpenAIClient."""

    def __init__(self, key: Secret, timeout_s: float, connections: int = 100) -> None:
        self._key, self._timeout_s = key, timeout_s
        address, version = without_version(address_from_environment("GOOGLE_BASE_URL", BASE_URL))
        self._address = address
        self._http = httpx2.AsyncClient(
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=connections)
        )
        options = types.HttpOptions(
            base_url=address,
            timeout=max(1, round(timeout_s * 1000)),  # the SDK counts milliseconds
            httpx_async_client=self._http,  # else the SDK takes aiohttp where it is installed, and retries with it
            api_version=version,
        )
        self._sdk = genai.Client(vertexai=False, api_key=key.reveal(), http_options=options)

    async def prepare(self, model: Model) -> str:  # noqa: ARG002  # the same for all models
        """Nothing to do; the return is the address that answers."""
        return shown(self._address)

    @asynccontextmanager
    async def session(self, model: Model) -> AsyncIterator[GoogleSession]:
        asked = Asked(model, host_of(self._address), KEY_VARIABLES["google"], (self._key,))
        yield GoogleSession(self._sdk, asked, self._timeout_s)

    async def close(self) -> None:
        await self._sdk.aio.aclose()
        await self._http.aclose()


class GoogleSession:
    """Requests to one model."""

    def __init__(self, sdk: genai.Client, asked: Asked, timeout_s: float) -> None:
        self._sdk, self._asked, self._timeout_s = sdk, asked, timeout_s

    async def ask(self, messages: Messages, params: Mapping[str, Any], seed: int) -> Reply:
        said, asked = encodable(messages), self._asked
        try:
            config = generation_config(asked.model, said, params, seed)
        except ValueError as error:
            told = redacted(str(error), asked.keys)
            raise RequestFailed("bad_request", f"google-genai does not take these parameters: {told}") from None
        outcome = await self._outcome(said, config)
        return reply_in(outcome, asked, _no_reply) if isinstance(outcome, Answer) else generated_reply(outcome)

    async def _outcome(
        self, messages: Messages, config: types.GenerateContentConfig
    ) -> types.GenerateContentResponse | Answer:
        """The response, or the answer that is none."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return await self._sdk.aio.models.generate_content(
                    model=self._asked.model.served_name, contents=turns(messages), config=config
                )
        except errors.APIError as error:
            return Answer.of(error.response)
        except (TimeoutError, httpx2.TimeoutException):
            raise timed_out() from None
        except httpx2.TransportError as error:
            raise connection_failed(self._asked, error) from None
        except (httpx2.HTTPError, ValueError, TypeError, AttributeError):  # what the SDK does with a broken body
            raise malformed("cannot be read") from None


def generation_config(
    model: Model, messages: Messages, params: Mapping[str, Any], seed: int
) -> types.GenerateContentConfig:
    """The parameters and the system prompt in Google's terms.

    Raises:
        ValueError: there is no such parameter, or it cannot have such a value.
    """
    named = dict(params)
    if "max_tokens" in named:
        named["max_output_tokens"] = named.pop("max_tokens")
    if named.pop("logprobs", False):
        named["response_logprobs"] = True
    if "reasoning_effort" in named:
        effort = str(named.pop("reasoning_effort")).upper()
        named["thinking_config"] = {
            "include_thoughts": True,
            **named.get("thinking_config", {}),
            "thinking_level": effort,
        }
    if model.accepts_parameter("seed"):
        named["seed"] = seed
    if system := "\n\n".join(message["content"] for message in messages if message["role"] == "system"):
        named["system_instruction"] = system
    named["automatic_function_calling"] = {"disable": True}
    named["automatic_continuation"] = False  # one question is one request
    return types.GenerateContentConfig.model_validate(named)


def turns(messages: Messages) -> list[types.Content]:
    """The messages but the system prompt; Google calls the assistant `model`."""
    roles = {"assistant": "model"}
    return [
        types.Content(role=roles.get(message["role"], message["role"]), parts=[types.Part(text=message["content"])])
        for message in messages
        if message["role"] != "system"
    ]


def generated_reply(response: types.GenerateContentResponse) -> Reply:
    """The reply in a response; a blocked prompt is a response too.

    Raises:
        RequestFailed: there is none in it.
    """
    candidate = response.candidates[0] if response.candidates else None
    blocked = response.prompt_feedback.block_reason if response.prompt_feedback else None
    if candidate is None and blocked is None:
        raise malformed("holds no candidates")
    parts = (candidate.content.parts if candidate and candidate.content else None) or []
    said = blocked if candidate is None else candidate.finish_reason
    word = None if said is None else str(getattr(said, "value", said))
    if said is None and not parts:
        raise malformed("holds a candidate without content")
    return Reply(
        text="".join(part.text or "" for part in parts if not part.thought),
        finish_reason="content_filter" if candidate is None else FINISH_REASONS.get(word or "", "other"),
        provider_finish_reason=word,
        usage=_usage(response.usage_metadata),
        reasoning="".join(part.text or "" for part in parts if part.thought) or None,
        logprobs=_logprobs(candidate.logprobs_result if candidate else None),
        response_id=response.response_id,
        served_model=response.model_version,
    )


def _usage(usage: types.GenerateContentResponseUsageMetadata | None) -> Usage:
    """Tokens; Google counts the thoughts beside the answer, and they are paid as output."""
    if usage is None:
        return Usage()
    answered, thoughts = usage.candidates_token_count, usage.thoughts_token_count
    output = None if answered is None and thoughts is None else (answered or 0) + (thoughts or 0)
    return Usage(usage.prompt_token_count, output, thoughts, usage.cached_content_token_count)


def _logprobs(result: types.LogprobsResult | None) -> list[dict[str, Any]] | None:
    if result is None or result.chosen_candidates is None:
        return None
    return [{"token": token.token, "logprob": token.log_probability} for token in result.chosen_candidates]


def _no_reply(_: Mapping[str, Any]) -> Reply:
    raise malformed("holds no candidates")
