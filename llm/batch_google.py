"""Gemini's Batch API: a file of requests goes up, a file of results comes down.

Requests within the call would be simpler, but their results come without the key of the request and in another order
(googleapis/python-genai issues 1886, 1909, 2008); those in a file keep their key.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Awaitable, Mapping, Sequence
from datetime import datetime
from typing import Any, TypeVar

import httpx2
from google.genai import errors, types

from llm.batching import Limits, Progress, Result, json_line, named, outcome_in, refused, result_lines
from llm.endpoints import host_of
from llm.exchange import Messages, Reply, RequestFailed, encodable
from llm.generated_content import generated_reply
from llm.google_genai import GoogleClient, generation_config, turns
from llm.http_errors import Answer, Asked, connection_failed, malformed, timed_out
from llm.keys import redacted
from llm.model_file import KEY_VARIABLES, Model
from llm.reply_fields import object_in

# Google states 2 GB a file (https://ai.google.dev/gemini-api/docs/batch-api; not checked against the service).
# Smaller ones fit into our memory.
LIMITS = Limits(requests=50_000, bytes=190_000_000)
PAGE = 100
ENDED = {"SUCCEEDED", "PARTIALLY_SUCCEEDED", "FAILED", "CANCELLED", "EXPIRED"}
# What stands beside the generation settings in a request, and what the SDK keeps to itself.
BESIDE = ("systemInstruction", "tools", "toolConfig", "safetySettings", "cachedContent", "serviceTier")
OURS_ALONE = ("httpOptions", "automaticFunctionCalling", "automaticContinuation", "shouldReturnHttpResponse", "labels")
# The HTTP status of each code of google.rpc.Status; any other counts as 500.
STATUSES = {1: 499, 3: 400, 4: 504, 5: 404, 7: 403, 8: 429, 9: 400, 13: 500, 14: 503, 16: 401}

_T = TypeVar("_T")


class GoogleBatches(GoogleClient):
    """A BatchClient; `timeout_s` is for one call, a file's upload included."""

    limits = LIMITS

    def line(
        self, model: Model, custom_id: str, messages: Messages, params: Mapping[str, Any], seed: int
    ) -> dict[str, Any]:
        said = encodable(messages)
        try:
            config = generation_config(model, said, params, seed)
        except ValueError as error:
            words = redacted(str(error), (self._key,))
            raise RequestFailed("bad_request", f"google-genai does not take these parameters: {words}") from None
        settings = config.model_dump(mode="json", by_alias=True, exclude_none=True)
        beside = {name: settings.pop(name) for name in BESIDE if name in settings}
        if isinstance(system := beside.get("systemInstruction"), str):
            beside["systemInstruction"] = {"parts": [{"text": system}]}
        settings = {name: value for name, value in settings.items() if name not in OURS_ALONE}
        return {"key": custom_id, "request": {"contents": turns(said), **beside, "generationConfig": settings}}

    async def submit(self, model: Model, label: str, lines: Sequence[Mapping[str, Any]]) -> str:
        content = io.BytesIO(b"".join(json_line(line) for line in lines))
        upload = types.UploadFileConfig(display_name=label, mime_type="application/jsonl")
        file = await self._call(model, self._sdk.aio.files.upload(file=content, config=upload))
        if not file.name:
            raise malformed("holds no file")
        job = await self._call(
            model,
            self._sdk.aio.batches.create(
                model=model.served_name,
                src=types.BatchJobSource(file_name=file.name),
                config=types.CreateBatchJobConfig(display_name=label),
            ),
        )
        return _name(job)

    async def find(self, model: Model, label: str, count: int, since: datetime) -> str | None:  # noqa: ARG002  # no order is promised
        return await self._call(model, self._find(label))

    async def _find(self, label: str) -> str | None:
        async for job in await self._sdk.aio.batches.list(config=types.ListBatchJobsConfig(page_size=PAGE)):
            if job.display_name == label:
                return _name(job)
        return None

    async def progress(self, model: Model, batch_id: str) -> Progress:
        job = await self._call(model, self._sdk.aio.batches.get(name=batch_id))
        if job.state is None:
            raise malformed("holds no batch")
        state = str(getattr(job.state, "value", job.state)).rpartition("STATE_")[2]
        if state not in ENDED:
            return Progress(ended=False)
        file = job.dest.file_name if job.dest else None
        problem = None if file else f"it ended as {state.lower()}, without results"
        return Progress(ended=True, files=(file,) if file else (), problem=problem)

    async def results(self, model: Model, batch_id: str, progress: Progress) -> AsyncIterator[Result]:  # noqa: ARG002
        for name in progress.files:
            content = await self._call(model, self._sdk.aio.files.download(file=name))
            for value in result_lines(content or b""):
                yield value if isinstance(value, Result) else self._result(model, value)

    def _result(self, model: Model, value: Mapping[str, Any]) -> Result:
        return Result(named(value, "key"), self._outcome(model, value.get("response"), value.get("error")))

    def _outcome(self, model: Model, response: Any, error: Any) -> Reply | RequestFailed:
        if isinstance(error, dict):
            code = error.get("code")
            status = code if isinstance(code, int) and code >= 400 else STATUSES.get(code or 0, 500)
            return outcome_in(Answer(status, {}, {"error": error}), self._asked(model), _no_reply)
        try:
            return generated_reply(object_in(response))
        except RequestFailed as failure:
            return failure

    def _asked(self, model: Model) -> Asked:
        return Asked(model, host_of(self._address), KEY_VARIABLES["google"], (self._key,))

    async def _call(self, model: Model, call: Awaitable[_T]) -> _T:
        asked = self._asked(model)
        try:
            async with asyncio.timeout(self._timeout_s):
                return await call
        except errors.APIError as error:
            raise refused(Answer.of(error.response), asked) from None
        except (TimeoutError, httpx2.TimeoutException):
            raise timed_out() from None
        except httpx2.TransportError as error:
            raise connection_failed(asked, error) from None
        except (httpx2.HTTPError, ValueError, TypeError, AttributeError, KeyError, RecursionError):  # a broken body
            raise malformed("cannot be read") from None


def _name(job: types.BatchJob) -> str:
    if not job.name:
        raise malformed("holds no batch")
    return job.name


def _no_reply(_: Mapping[str, Any]) -> Reply:
    raise malformed("holds no candidates")
