"""OpenAI's Batch API: a file of requests goes up, files of outputs and of errors come down."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import httpx2
import openai

from llm.batching import (
    Limits,
    Progress,
    Result,
    ended_without_reply,
    json_line,
    named,
    outcome_in,
    refused,
    result_lines,
    told,
)
from llm.chat_completions import completion_reply, completion_request
from llm.endpoints import host_of
from llm.exchange import Messages, Reply, RequestFailed
from llm.http_errors import Answer, Asked, connection_failed, malformed, timed_out
from llm.model_file import KEY_VARIABLES, Model
from llm.openai_chat import OpenAIClient

# https://developers.openai.com/api/docs/guides/batch, read 2026-11: 50,000 requests and 200 MB a file.
LIMITS = Limits(requests=50_000, bytes=190_000_000)
ENDED = ("failed", "completed", "expired", "cancelled")
LABEL = "trustbench"  # the name of our label in a batch's metadata
CLOCK_SKEW = timedelta(hours=1)
# What OpenAI writes where it did not come to a request in time, or was told not to.
NOT_REACHED = {"batch_expired": "expired", "batch_cancelled": "cancelled"}

_T = TypeVar("_T")


class OpenAIBatches(OpenAIClient):
    """A BatchClient; `timeout_s` is for one call, a file's upload included."""

    limits = LIMITS

    def line(
        self, model: Model, custom_id: str, messages: Messages, params: Mapping[str, Any], seed: int
    ) -> dict[str, Any]:
        renamed = {"max_completion_tokens" if name == "max_tokens" else name: value for name, value in params.items()}
        body = completion_request(model, messages, renamed, seed)
        return {"custom_id": custom_id, "method": "POST", "url": "/v1/chat/completions", "body": body}

    async def submit(self, model: Model, label: str, lines: Sequence[Mapping[str, Any]]) -> str:
        content = b"".join(json_line(line) for line in lines)
        return await self._call(model, self._submit(label, content))

    async def _submit(self, label: str, content: bytes) -> str:
        file = await self._sdk.files.create(file=(f"{label}.jsonl", content, "application/jsonl"), purpose="batch")
        batch = await self._sdk.batches.create(
            input_file_id=file.id,
            endpoint="/v1/chat/completions",
            completion_window="24h",
            metadata={LABEL: label},
        )
        return _id(batch)

    async def find(self, model: Model, label: str, count: int, since: datetime) -> str | None:  # noqa: ARG002
        return await self._call(model, self._find(label, (since - CLOCK_SKEW).timestamp()))

    async def _find(self, label: str, earliest: float) -> str | None:
        async for batch in self._sdk.batches.list(limit=100):
            if (getattr(batch, "metadata", None) or {}).get(LABEL) == label:
                return _id(batch)
            if batch.created_at < earliest:  # the newest come first
                return None
        return None

    async def progress(self, model: Model, batch_id: str) -> Progress:
        return await self._call(model, self._progress(model, batch_id))

    async def _progress(self, model: Model, batch_id: str) -> Progress:
        batch = await self._sdk.batches.retrieve(batch_id)
        counts = batch.request_counts
        done = counts.completed + counts.failed if counts else None
        if batch.status not in ENDED:
            if not isinstance(batch.status, str):
                raise malformed("holds no batch")
            return Progress(ended=False, done=done)
        files = tuple(name for name in (batch.output_file_id, batch.error_file_id) if name)
        problem = None
        if batch.status == "failed" and not files:
            errors = (batch.errors.data if batch.errors else None) or []
            words = "; ".join(str(error.message) for error in errors[:3])
            problem = told(words or "the provider did not say why", self._asked(model))
        return Progress(ended=True, done=done, files=files, problem=problem)

    async def results(self, model: Model, batch_id: str, progress: Progress) -> AsyncIterator[Result]:  # noqa: ARG002
        for name in progress.files:
            content = await self._call(model, self._content(name))
            for value in result_lines(content):
                yield value if isinstance(value, Result) else self._result(model, value)

    async def _content(self, name: str) -> bytes:
        return (await self._sdk.files.content(name)).content

    def _result(self, model: Model, value: Mapping[str, Any]) -> Result:
        return Result(named(value, "custom_id"), self._outcome(model, value.get("response"), value.get("error")))

    def _outcome(self, model: Model, response: Any, error: Any) -> Reply | RequestFailed:
        asked = self._asked(model)
        if isinstance(error, dict) and not response:
            code = str(error.get("code"))
            if code in NOT_REACHED:
                return ended_without_reply(NOT_REACHED[code])
            return RequestFailed("provider_error", told(error.get("message") or code, asked))
        if not isinstance(response, dict):
            return malformed("holds neither a response nor an error")
        status = response.get("status_code")
        answer = Answer(status if isinstance(status, int) else 502, {}, response.get("body"))
        return outcome_in(answer, asked, completion_reply)

    def _asked(self, model: Model) -> Asked:
        return Asked(model, host_of(self._address), KEY_VARIABLES["openai"], (self._key,))

    async def _call(self, model: Model, call: Awaitable[_T]) -> _T:
        asked = self._asked(model)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await call
        except openai.APIStatusError as error:
            raise refused(Answer.of(error.response), asked) from None
        except (TimeoutError, openai.APITimeoutError):
            raise timed_out() from None
        except openai.APIConnectionError as error:
            raise connection_failed(asked, error) from None
        except (
            openai.APIError,
            httpx2.HTTPError,
            ValueError,
            TypeError,
            AttributeError,
            RecursionError,
        ):  # a broken body
            raise malformed("cannot be read") from None


def _id(batch: Any) -> str:
    if not isinstance(batch.id, str) or not batch.id:
        raise malformed("holds no batch")
    return batch.id
