"""Provider `anthropic`: the Messages API, at ANTHROPIC_BASE_URL or Anthropic's own address, with the anthropic SDK."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import anthropic
import httpx2

from llm.endpoints import address_from_environment, host_of, shown, without_version
from llm.exchange import Messages, Reply, Usage, encodable
from llm.http_errors import Answer, Asked, connection_failed, malformed, reply_in, timed_out
from llm.keys import Secret
from llm.model_file import KEY_VARIABLES, Model
from llm.reply_fields import count_in, object_in, objects_in, string_in

BASE_URL = "https://api.anthropic.com"
# The last version of the API that knows sampling parameters; the one that the SDK sends refuses them for every model.
SAMPLING_VERSION = "2023-06-01"
SAMPLING_PARAMETERS = frozenset({"temperature", "top_p", "top_k"})
FINISH_REASONS = {
    "end_turn": "stop",
    "stop_sequence": "stop",
    "max_tokens": "length",
    "model_context_window_exceeded": "length",
    "refusal": "refusal",
}


class AnthropicClient:
    """One connection pool for all models of the provider; `timeout_s` and `connections` as for OpenAIClient."""

    def __init__(self, key: Secret, timeout_s: float, connections: int = 100) -> None:
        self._key, self._timeout_s = key, timeout_s
        self._address = without_version(address_from_environment("ANTHROPIC_BASE_URL", BASE_URL))[0]
        limits = httpx2.Limits(max_connections=None, max_keepalive_connections=connections)
        self._sdk = anthropic.AsyncAnthropic(
            api_key=key.reveal(),
            base_url=self._address,
            timeout=timeout_s,
            max_retries=0,
            http_client=anthropic.DefaultAsyncHttpxClient(limits=limits),
        )

    async def prepare(self, model: Model) -> str:  # noqa: ARG002  # the same for all models
        """Nothing to do; the return is the address that answers."""
        return shown(self._address)

    @asynccontextmanager
    async def session(self, model: Model) -> AsyncIterator[AnthropicSession]:
        asked = Asked(model, host_of(self._address), KEY_VARIABLES["anthropic"], (self._key,))
        yield AnthropicSession(self._sdk, asked, self._timeout_s)

    async def close(self) -> None:
        await self._sdk.close()


class AnthropicSession:
    """Requests to one model."""

    def __init__(self, sdk: anthropic.AsyncAnthropic, asked: Asked, timeout_s: float) -> None:
        self._sdk, self._asked, self._timeout_s = sdk, asked, timeout_s

    async def ask(self, messages: Messages, params: Mapping[str, Any], seed: int) -> Reply:  # noqa: ARG002  # no seed
        request = message_request(self._asked.model, messages, params)
        return reply_in(await self._answer(request), self._asked, message_reply)

    async def _answer(self, request: Mapping[str, Any]) -> Answer:
        sampling = request.keys() & SAMPLING_PARAMETERS
        options: Any = {"headers": {"anthropic-version": SAMPLING_VERSION}} if sampling else {}
        try:
            async with asyncio.timeout(self._timeout_s):
                return Answer.of(
                    await self._sdk.post("/v1/messages", body=request, cast_to=httpx2.Response, options=options)
                )
        except anthropic.APIStatusError as error:
            return Answer.of(error.response)
        except (TimeoutError, anthropic.APITimeoutError):
            raise timed_out() from None
        except anthropic.APIConnectionError as error:
            raise connection_failed(self._asked, error) from None
        except (anthropic.APIError, httpx2.HTTPError, ValueError):
            raise malformed("cannot be read") from None


def message_request(model: Model, messages: Messages, params: Mapping[str, Any]) -> dict[str, Any]:
    """The body of a request: the system prompt stands beside the messages, the effort within `output_config`."""
    said = encodable(messages)
    system = "\n\n".join(message["content"] for message in said if message["role"] == "system")
    named = {name: value for name, value in params.items() if name not in ("reasoning_effort", "logprobs")}
    if "reasoning_effort" in params:
        named["output_config"] = {**named.get("output_config", {}), "effort": params["reasoning_effort"]}
    return {
        **named,
        **({"system": system} if system else {}),
        "model": model.served_name,
        "messages": [message for message in said if message["role"] != "system"],
    }


def message_reply(body: Mapping[str, Any]) -> Reply:
    """The reply in a message.

    Raises:
        RequestFailed: there is none in it.
    """
    content, said = body.get("content"), body.get("stop_reason")
    if not isinstance(content, list) or (not content and said is None):
        raise malformed("holds no content")
    blocks = objects_in(content)
    thought = [string_in(block.get("thinking")) for block in blocks if block.get("type") == "thinking"]
    return Reply(
        text="".join(string_in(block.get("text")) or "" for block in blocks if block.get("type") == "text"),
        finish_reason=FINISH_REASONS.get(str(said), "other"),
        provider_finish_reason=string_in(said),
        usage=_usage(object_in(body.get("usage"))),
        reasoning="\n\n".join(filter(None, thought)) or None,
        response_id=string_in(body.get("id")),
        served_model=string_in(body.get("model")),
    )


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Tokens; Anthropic counts what was read from or written to a cache beside the input, we within it."""
    given, cached = count_in(usage.get("input_tokens")), count_in(usage.get("cache_read_input_tokens"))
    if given is not None:
        given += (cached or 0) + (count_in(usage.get("cache_creation_input_tokens")) or 0)
    thinking = count_in(object_in(usage.get("output_tokens_details")).get("thinking_tokens"))
    return Usage(given, count_in(usage.get("output_tokens")), thinking, cached)
