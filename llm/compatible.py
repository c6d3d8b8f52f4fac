"""Provider `compatible`: servers that speak OpenAI's API, such as vLLM, Ollama, llama.cpp, LM Studio and OpenRouter.

There may be several at once. The model file says for each model where its server is (`base_url`) and, if it needs one,
which environment variable holds its key (`key_variable`).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import openai

from llm.endpoints import host_of, shown
from llm.exchange import ModelUnavailable
from llm.http_errors import Asked
from llm.keys import Secret
from llm.model_file import Model
from llm.openai_chat import OpenAISession, connection_pool

# What the SDK would take from the environment and send along, but is meant for OpenAI alone.
FOR_OPENAI_ALONE = ("OpenAI-Organization", "OpenAI-Project")


class CompatibleClient:
    """One connection pool for each server.

    Args:
        find_key: the key in an environment variable, or None.
    """

    def __init__(self, find_key: Callable[[str], Secret | None], timeout_s: float, connections: int = 100) -> None:
        self._find_key, self._timeout_s, self._connections = find_key, timeout_s, connections
        self._servers: dict[tuple[str, str | None], tuple[openai.AsyncOpenAI, Secret | None]] = {}

    async def prepare(self, model: Model) -> str:
        """Find the key; the return is the address that answers.

        Raises:
            ModelUnavailable: the model file names no server, or the key's variable is not set.
        """
        self._server(model)
        return shown(model.base_url or "")

    @asynccontextmanager
    async def session(self, model: Model) -> AsyncIterator[OpenAISession]:
        sdk, key = self._server(model)
        asked = Asked(model, host_of(model.base_url or ""), model.key_variable, (key,) if key else ())
        omitted = FOR_OPENAI_ALONE if key else (*FOR_OPENAI_ALONE, "Authorization")
        yield OpenAISession(sdk, asked, self._timeout_s, {}, omitted)

    async def close(self) -> None:
        for sdk, _ in self._servers.values():
            await sdk.close()

    def _server(self, model: Model) -> tuple[openai.AsyncOpenAI, Secret | None]:
        if model.base_url is None:
            raise ModelUnavailable(f"{model.name}: llm/models.toml does not say where its server is; add base_url")
        place = (model.base_url, model.key_variable)
        if place not in self._servers:
            self._servers[place] = self._opened(model)
        return self._servers[place]

    def _opened(self, model: Model) -> tuple[openai.AsyncOpenAI, Secret | None]:
        key = self._find_key(model.key_variable) if model.key_variable else None
        if model.key_variable and key is None:
            raise ModelUnavailable(
                f"{model.name}: {model.key_variable} is not set; put it into the environment or .env"
            )
        sdk = openai.AsyncOpenAI(
            api_key=key.reveal() if key else "none",
            base_url=model.base_url,
            timeout=self._timeout_s,
            max_retries=0,
            http_client=connection_pool(self._connections),
        )
        return sdk, key
