"""Provider `openai`: OpenAI's chat completions, or whatever speaks them at OPENAI_BASE_URL, with the openai SDK."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2
import openai

from llm.chat_completions import completion_reply, completion_request
from llm.endpoints import address_from_environment, host_of, shown
from llm.exchange import Messages, Reply
from llm.http_errors import Answer, Asked, connection_failed, malformed, reply_in, timed_out
from llm.keys import Secret
from llm.model_file import KEY_VARIABLES, Model

BASE_URL = "https://api.openai.com/v1"


class OpenAIClient:
    """One connection pool for all models of the provider.

    Args:
        timeout_s: for a whole attempt, from the first byte sent to the last byte received.
        connections: how many requests are in flight at most; so many connections are kept open.
    """

    def __init__(self, key: Secret, timeout_s: float, connections: int = 100) -> None:
        self._key, self._timeout_s = key, timeout_s
        self._address = address_from_environment("OPENAI_BASE_URL", BASE_URL)
        self._sdk = openai.AsyncOpenAI(
            api_key=key.reveal(),
            base_url=self._address,
            timeout=timeout_s,
            max_retries=0,  # each attempt is counted, and paced with all others
            http_client=connection_pool(connections),
        )

    async def prepare(self, model: Model) -> str:  # noqa: ARG002  # the same for all models
        """Nothing to do; the return is the address that answers."""
        return shown(self._address)

    @asynccontextmanager
    async def session(self, model: Model) -> AsyncIterator[OpenAISession]:
        asked = Asked(model, host_of(self._address), KEY_VARIABLES["openai"], (self._key,))
        yield OpenAISession(self._sdk, asked, self._timeout_s, {"max_tokens": "max_completion_tokens"})

    async def close(self) -> None:
        await self._sdk.close()


class OpenAISession:
    """Requests to one model.

    Args:
        renamed: parameters that this server knows under another name.
        omitted: headers that are not sent.
    """

    def __init__(
        self,
        sdk: openai.AsyncOpenAI,
        asked: Asked,
        timeout_s: float,
        renamed: Mapping[str, str],
        omitted: Iterable[str] = (),
    ) -> None:
        self._sdk, self._asked, self._timeout_s, self._renamed = sdk, asked, timeout_s, renamed
        self._options: Any = {"headers": dict.fromkeys(omitted, openai.Omit())}

    async def ask(self, messages: Messages, params: Mapping[str, Any], seed: int) -> Reply:
        named = {self._renamed.get(name, name): value for name, value in params.items()}
        request = completion_request(self._asked.model, messages, named, seed)
        return reply_in(await self._answer(request), self._asked, completion_reply)

    async def _answer(self, request: Mapping[str, Any]) -> Answer:
        """The body as it came: the SDK's own objects take longer to make and hide what they do not know."""
        try:
            async with asyncio.timeout(self._timeout_s):
                return Answer.of(
                    await self._sdk.post(
                        "/chat/completions", body=request, cast_to=httpx2.Response, options=self._options
                    )
                )
        except openai.APIStatusError as error:
            return Answer.of(error.response)
        except (TimeoutError, openai.APITimeoutError):
            raise timed_out() from None
        except openai.APIConnectionError as error:
            raise connection_failed(self._asked, error) from None
        except (openai.APIError, httpx2.HTTPError, ValueError):
            raise malformed("cannot be read") from None


def connection_pool(connections: int) -> httpx2.AsyncClient:
    """The SDK's pool, with as many connections kept open as there are requests in flight."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=connections)
    return openai.DefaultAsyncHttpxClient(limits=limits)
