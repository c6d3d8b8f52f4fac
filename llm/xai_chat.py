"""Provider `xai`: Grok's chat completions over REST, at XAI_BASE_URL or xAI's own address.

The HTTP library is httpx2, httpx's successor: at 100 connections httpx 0.28's pool takes 17 ms of CPU for a request,
httpx2's 1 ms. aiohttp would take 0.2 ms, but google-genai changes to it as soon as it is installed, and then retries
by itself.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from llm.chat_completions import completion_reply, completion_request
from llm.endpoints import address_from_environment, host_of, shown
from llm.exchange import Messages, Reply
from llm.http_errors import Answer, Asked, connection_failed, malformed, reply_in, timed_out
from llm.keys import Secret
from llm.model_file import KEY_VARIABLES, Model

BASE_URL = "https://api.x.ai/v1"


class XAIClient:
    """One connection pool for all models of the provider; `timeout_s` and `connections` as for OpenAIClient."""

    def __init__(self, key: Secret, timeout_s: float, connections: int = 100) -> None:
        self._key, self._timeout_s = key, timeout_s
        self._address = address_from_environment("XAI_BASE_URL", BASE_URL)
        self._http = httpx2.AsyncClient(
            headers={"Authorization": f"Bearer {key.reveal()}"},
            timeout=timeout_s,
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=connections),
        )

    async def prepare(self, model: Model) -> str:  # noqa: ARG002  # the same for all models
        """Nothing to do; the return is the address that answers."""
        return shown(self._address)

    @asynccontextmanager
    async def session(self, model: Model) -> AsyncIterator[XAISession]:
        asked = Asked(model, host_of(self._address), KEY_VARIABLES["xai"], (self._key,))
        yield XAISession(self._http, f"{self._address}/chat/completions", asked, self._timeout_s)

    async def close(self) -> None:
        await self._http.aclose()


class XAISession:
    """Requests to one model."""

    def __init__(self, http: httpx2.AsyncClient, url: str, asked: Asked, timeout_s: float) -> None:
        self._http, self._url, self._asked, self._timeout_s = http, url, asked, timeout_s

    async def ask(self, messages: Messages, params: Mapping[str, Any], seed: int) -> Reply:
        request = completion_request(self._asked.model, messages, params, seed)
        return reply_in(await self._answer(request), self._asked, completion_reply)

    async def _answer(self, request: Mapping[str, Any]) -> Answer:
        try:
            async with asyncio.timeout(self._timeout_s):
                return Answer.of(await self._http.post(self._url, json=request))
        except (TimeoutError, httpx2.TimeoutException):
            raise timed_out() from None
        except httpx2.TransportError as error:
            raise connection_failed(self._asked, error) from None
        except httpx2.HTTPError:
            raise malformed("cannot be read") from None
