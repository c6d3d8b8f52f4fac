"""Anthropic's Message Batches: the requests go within the call, the results come as lines."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, TypeVar

import anthropic
import httpx2

from llm.anthropic_messages import (
    SAMPLING_PARAMETERS,
    SAMPLING_VERSION,
    AnthropicClient,
    message_reply,
    message_request,
)
from llm.batching import Limits, Progress, Result, ended_without_reply, named, outcome_in, refused, result_lines
from llm.endpoints import host_of
from llm.exchange import Messages, Reply, RequestFailed
from llm.http_errors import Answer, Asked, connection_failed, malformed, timed_out
from llm.model_file import KEY_VARIABLES, Model

# https://platform.claude.com/docs/en/build-with-claude/batch-processing, read 2026-11: 100,000 requests or 256 MB.
LIMITS = Limits(requests=100_000, bytes=240_000_000)
CLOCK_SKEW = timedelta(hours=1)
# The status that each kind of error has when it comes on its own.
STATUSES = {
    "invalid_request_error": 400,
    "authentication_error": 401,
    "billing_error": 402,
    "permission_error": 403,
    "not_found_error": 404,
    "request_too_large": 413,
    "rate_limit_error": 429,
    "timeout_error": 504,
    "overloaded_error": 529,
}
NOT_REACHED = {"expired": "expired", "canceled": "cancelled"}

_T = TypeVar("_T")


class AnthropicBatches(AnthropicClient):
    """A BatchClient; `timeout_s` is for one call."""

    limits = LIMITS

    def line(
        self,
        model: Model,
        custom_id: str,
        messages: Messages,
        params: Mapping[str, Any],
        seed: int,  # noqa: ARG002
    ) -> dict[str, Any]:
        return {"custom_id": custom_id, "params": message_request(model, messages, params)}

    async def submit(self, model: Model, label: str, lines: Sequence[Mapping[str, Any]]) -> str:  # noqa: ARG002
        sampling = any(line["params"].keys() & SAMPLING_PARAMETERS for line in lines)
        headers = {"anthropic-version": SAMPLING_VERSION} if sampling else None
        requests: Any = list(lines)
        batch = await self._call(model, self._sdk.messages.batches.create(requests=requests, extra_headers=headers))
        return _id(batch)

    async def find(self, model: Model, label: str, count: int, since: datetime) -> str | None:
        """A batch has no name here, so it is known by its size, its time and, once it has ended, its custom ids."""
        undecided = False
        for batch in await self._call(model, self._sent_since(since - CLOCK_SKEW, count)):
            if batch.processing_status != "ended":
                undecided = True
            elif batch.archived_at is None and await self._is_ours(model, batch.id, label):
                return _id(batch)
        if undecided:
            raise RequestFailed("undecided", "a batch that may be ours is still at work", retryable=True)
        return None

    async def _sent_since(self, earliest: datetime, count: int) -> list[Any]:
        batches = []
        async for batch in self._sdk.messages.batches.list(limit=100):
            if batch.created_at < earliest:  # the newest come first
                break
            counts = batch.request_counts
            if counts.processing + counts.succeeded + counts.errored + counts.canceled + counts.expired == count:
                batches.append(batch)
        return batches

    async def _is_ours(self, model: Model, batch_id: str, label: str) -> bool:
        async for result in self.results(model, batch_id, Progress(ended=True)):
            if result.custom_id is not None:
                return result.custom_id.startswith(f"{label}-")
        return False

    async def progress(self, model: Model, batch_id: str) -> Progress:
        return await self._call(model, self._progress(batch_id))

    async def _progress(self, batch_id: str) -> Progress:
        batch = await self._sdk.messages.batches.retrieve(batch_id)
        if not isinstance(batch.processing_status, str):
            raise malformed("holds no batch")
        ended, counts = batch.processing_status == "ended", batch.request_counts
        done = counts.succeeded + counts.errored + counts.canceled + counts.expired if counts else None
        archived = "its results are no longer kept by the provider" if batch.archived_at else None
        return Progress(ended=ended, done=done, problem=archived)

    async def results(self, model: Model, batch_id: str, progress: Progress) -> AsyncIterator[Result]:  # noqa: ARG002
        # The address is made here: the one in the reply could send the key anywhere.
        answer = await self._call(
            model, self._sdk.get(f"/v1/messages/batches/{batch_id}/results", cast_to=httpx2.Response)
        )
        for value in result_lines(answer.content):
            yield value if isinstance(value, Result) else self._result(model, value)

    def _result(self, model: Model, value: Mapping[str, Any]) -> Result:
        return Result(named(value, "custom_id"), self._outcome(model, value.get("result")))

    def _outcome(self, model: Model, result: Any) -> Reply | RequestFailed:
        kind = result.get("type") if isinstance(result, dict) else None
        if kind in NOT_REACHED:
            return ended_without_reply(NOT_REACHED[kind])
        if kind == "succeeded":
            return outcome_in(Answer(200, {}, result.get("message")), self._asked(model), message_reply)
        if kind != "errored":
            return malformed("holds no result")
        body = result.get("error")
        error = body.get("error") if isinstance(body, dict) else None
        status = STATUSES.get(str(error.get("type")) if isinstance(error, dict) else "", 500)
        return outcome_in(Answer(status, {}, body), self._asked(model), message_reply)

    def _asked(self, model: Model) -> Asked:
        return Asked(model, host_of(self._address), KEY_VARIABLES["anthropic"], (self._key,))

    async def _call(self, model: Model, call: Awaitable[_T]) -> _T:
        asked = self._asked(model)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await call
        except anthropic.APIStatusError as error:
            raise refused(Answer.of(error.response), asked) from None
        except (TimeoutError, anthropic.APITimeoutError):
            raise timed_out() from None
        except anthropic.APIConnectionError as error:
            raise connection_failed(asked, error) from None
        except (anthropic.APIError, httpx2.HTTPError, ValueError, TypeError, AttributeError, RecursionError):
            raise malformed("cannot be read") from None


def _id(batch: Any) -> str:
    if not isinstance(batch.id, str) or not batch.id:
        raise malformed("holds no batch")
    return batch.id
