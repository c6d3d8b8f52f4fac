"""Provider `google`: Gemini's generateContent, at GOOGLE_BASE_URL or Google's own address, with the google-genai SDK.

GOOGLE_BASE_URL ends before the API version (`https://host`); with one (`https://host/v1beta`), that version is asked.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
from google import genai
from google.genai import errors, types

from llm.endpoints import address_from_environment, host_of, shown, without_version
from llm.exchange import Messages, Reply, RequestFailed, encodable
from llm.generated_content import generated_reply
from llm.http_errors import Answer, Asked, connection_failed, malformed, reply_in, timed_out
from llm.keys import Secret, redacted
from llm.model_file import KEY_VARIABLES, Model

BASE_URL = "https://generativelanguage.googleapis.com"


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
        return reply_in(await self._answer(said, config), asked, generated_reply)

    async def _answer(self, messages: Messages, config: types.GenerateContentConfig) -> Answer:
        try:
            async with asyncio.timeout(self._timeout_s):
                response = await self._sdk.aio.models.generate_content(
                    model=self._asked.model.served_name, contents=turns(messages), config=config
                )
        except errors.APIError as error:
            return Answer.of(error.response)
        except (TimeoutError, httpx2.TimeoutException):
            raise timed_out() from None
        except httpx2.TransportError as error:
            raise connection_failed(self._asked, error) from None
        except httpx2.HTTPError:
            raise malformed("cannot be read") from None
        said = response.sdk_http_response
        return Answer.of_content(200, (said and said.headers) or {}, (said and said.body) or "")


class _Config(types.GenerateContentConfig):
    """The SDK asks 45 times a request whether a field is `in` this, which pydantic answers by listing all of them."""

    def __contains__(self, field: str) -> bool:
        return False  # as pydantic's list of pairs says of any name: the SDK then takes the attribute


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
    named["should_return_http_response"] = True  # the SDK's own reading takes as much time again as the request
    return _Config.model_validate(named)


def turns(messages: Messages) -> list[types.ContentDict]:
    """The messages but the system prompt; Google calls the assistant `model`."""
    roles = {"assistant": "model"}
    return [
        {"role": roles.get(message["role"], message["role"]), "parts": [{"text": message["content"]}]}
        for message in messages
        if message["role"] != "system"
    ]
