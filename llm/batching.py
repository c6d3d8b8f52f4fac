"""Batches: the interface of a provider's batch API, and `submissions/MODEL_FOLDER/batches.json`, where each stands.

A batch is on the disk before it is sent and until all that came of it is on the disk too, so that nothing is paid twice
and nothing paid is lost. A raw reply that waits for its follow-up waits in that file.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from llm.exchange import Messages, ModelUnavailable, Reply, RequestFailed, Usage
from llm.http_errors import Answer, Asked, malformed, reply_in
from llm.keys import redacted
from llm.model_file import Model
from utils import atomic
from utils.errors import InputError
from utils.jsonl import parse_object
from utils.layout import Layout, model_folder
from utils.responses import Key

BATCHES = "batches.json"

Phase = Literal["reply", "followup"]
Status = Literal["prepared", "submitting", "submitted"]
"""`prepared`: not sent yet; `submitting`: it may have arrived, the provider is asked before it is sent again."""


@dataclass(frozen=True)
class Limits:
    """What a provider takes in one batch at most."""

    requests: int
    bytes: int


@dataclass(frozen=True)
class Progress:
    """Where a batch stands at its provider.

    Args:
        done: how many of its requests are finished, where the provider says.
        files: where its results are, for a provider that keeps them in files.
        problem: why the whole batch came to nothing.
    """

    ended: bool
    done: int | None = None
    files: tuple[str, ...] = ()
    problem: str | None = None


@dataclass(frozen=True)
class Result:
    """What came of one request of a batch; without a `custom_id`, of a line that cannot be told whose it is."""

    custom_id: str | None
    outcome: Reply | RequestFailed


class BatchClient(Protocol):
    """A provider's batch API. Every method raises RequestFailed and ModelUnavailable as a `Session` does."""

    @property
    def limits(self) -> Limits:
        """What one batch may hold."""

    async def prepare(self, model: Model) -> str:
        """Make the model ready; the return says what answers."""

    def line(
        self, model: Model, custom_id: str, messages: Messages, params: Mapping[str, Any], seed: int
    ) -> dict[str, Any]:
        """One request as it stands in a batch."""

    async def submit(self, model: Model, label: str, lines: Sequence[Mapping[str, Any]]) -> str:
        """Send a batch; the return is the provider's id for it."""

    async def find(self, model: Model, label: str, count: int, since: datetime) -> str | None:
        """The id of a batch that was sent under this label, not before `since`; None when it never arrived.

        Raises:
            RequestFailed: also with error class `undecided`, when that cannot be told yet.
        """

    async def progress(self, model: Model, batch_id: str) -> Progress:
        """Where the batch stands."""

    def results(self, model: Model, batch_id: str, progress: Progress) -> AsyncIterator[Result]:
        """What came of its requests, in any order."""

    async def close(self) -> None:
        """Give back what the client holds."""


@dataclass(frozen=True)
class Entry:
    """One request in a batch: its key, the fingerprint of what is sent, and the reply that a follow-up asks about."""

    custom_id: str
    key: Key
    request_sha256: str
    reply: Reply | None = None


@dataclass(frozen=True)
class Batch:
    """Requests that are sent together; `label` is our name for them, `id` the provider's."""

    label: str
    phase: Phase
    status: Status
    entries: tuple[Entry, ...]
    id: str | None = None
    submitted_at: str | None = None
    count: int | None = None
    """How many requests were sent with it."""

    @property
    def since(self) -> datetime:
        """When it was sent at the earliest."""
        return datetime.fromisoformat(self.submitted_at) if self.submitted_at else datetime.now(UTC)


def split(lines: Iterable[Mapping[str, Any]], limits: Limits) -> Iterator[list[int]]:
    """The numbers of the lines that go into each batch, so that none passes what its provider takes."""
    group: list[int] = []
    size = 0
    for number, line in enumerate(lines):
        length = len(json_line(line))
        if group and (len(group) == limits.requests or size + length > limits.bytes):
            yield group
            group, size = [], 0
        group.append(number)
        size += length
    if group:
        yield group


def json_line(value: Mapping[str, Any]) -> bytes:
    """A line of a file of requests."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"


def result_lines(content: bytes) -> Iterator[dict[str, Any] | Result]:
    """The objects in a file of results; what is none is a result that can be told nobody's."""
    for number, line in enumerate(content.split(b"\n"), start=1):
        if line.strip():
            value = parse_object(line, Path("results"), number)
            if isinstance(value, InputError):
                yield Result(None, RequestFailed("malformed_result", f"line {number} of the results is malformed"))
            else:
                yield value


def named(value: Mapping[str, Any], field: str) -> str | None:
    """The custom id in a line of results."""
    return value[field] if isinstance(value.get(field), str) else None


def ended_without_reply(how: str) -> RequestFailed:
    """A request that its provider did not come to, and did not charge for."""
    return RequestFailed(how, f"{how} before the provider came to it; the next run asks again")


def outcome_in(answer: Answer, asked: Asked, read: Any) -> Reply | RequestFailed:
    """What one request's answer within the results means; nothing in it stops the model, for all are paid for."""
    try:
        return reply_in(answer, asked, read)
    except RequestFailed as failure:
        return failure
    except ModelUnavailable as error:
        return RequestFailed("unavailable", str(error), status=answer.status)


def refused(answer: Answer, asked: Asked) -> RequestFailed | ModelUnavailable:
    """What it means that the batch API itself answered with this status."""
    if answer.status == 404:
        return RequestFailed("not_found", f"{asked.host} knows no such batch, or has no batch API", status=404)
    try:
        reply_in(answer, asked, _nothing)
    except (RequestFailed, ModelUnavailable) as error:
        return error
    return RequestFailed("bad_request", f"{asked.host} refused the batch", status=answer.status)


def _nothing(_: Mapping[str, Any]) -> Reply:
    raise malformed("holds no batch")


def told(message: object, asked: Asked) -> str:
    """A provider's words on one line without any key."""
    return redacted(str(message), asked.keys)[:500]


def read_batches(layout: Layout, model: str) -> list[Batch]:
    """The batches of a model that are not settled.

    Raises:
        InputError: there is such a file, but it is none of ours.
    """
    path = _path(layout, model)
    try:
        return [_batch(value, model) for value in json.loads(path.read_bytes())["batches"]]
    except FileNotFoundError:
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise InputError(
            path,
            f"cannot be read as a record of batches ({type(error).__name__})",
            hint="what it held is paid for; move it aside only if all may be asked, and paid, again",
        ) from None


def write_batches(layout: Layout, model: str, batches: Sequence[Batch]) -> None:
    """Keep the batches on the disk, or no file when there is none."""
    path = _path(layout, model)
    if batches:
        document = {"model": model, "batches": [_document(batch) for batch in batches]}
        atomic.write_bytes(path, json.dumps(document, ensure_ascii=True, indent=1).encode() + b"\n")
    else:
        path.unlink(missing_ok=True)


def submitted(layout: Layout, models: Iterable[str]) -> dict[Key, str]:
    """The fingerprint of each request that is in a batch, or whose reply waits for its follow-up."""
    return {
        entry.key: entry.request_sha256
        for model in models
        for batch in read_batches(layout, model)
        for entry in batch.entries
    }


def forget(layout: Layout, models: Iterable[str], keys: Mapping[Key, object]) -> None:
    """Take these requests out of the batches; what comes of them is not looked at any more."""
    for model in models:
        batches = read_batches(layout, model)
        if any(entry.key in keys for batch in batches for entry in batch.entries):
            write_batches(layout, model, without(batches, keys))


def without(batches: Iterable[Batch], keys: Mapping[Key, object]) -> list[Batch]:
    """The batches without the entries of these keys, and without batches that are empty then."""
    left = [
        Batch(**{**vars(batch), "entries": tuple(entry for entry in batch.entries if entry.key not in keys)})
        for batch in batches
    ]
    return [batch for batch in left if batch.entries]


def _path(layout: Layout, model: str) -> Path:
    return layout.submissions / model_folder(model) / BATCHES


def _document(batch: Batch) -> dict[str, Any]:
    entries = [
        {
            "custom_id": entry.custom_id,
            **dict(zip(("benchmark", "item_id", "run"), entry.key[1:], strict=True)),
            "request_sha256": entry.request_sha256,
            "reply": asdict(entry.reply) if entry.reply else None,
        }
        for entry in batch.entries
    ]
    return {**vars(batch), "entries": entries}


def _batch(value: Mapping[str, Any], model: str) -> Batch:
    entries = tuple(
        Entry(
            entry["custom_id"],
            (model, entry["benchmark"], entry["item_id"], entry["run"]),
            entry["request_sha256"],
            _reply(entry["reply"]),
        )
        for entry in value["entries"]
    )
    batch = Batch(**{**value, "entries": entries})
    if batch.phase not in ("reply", "followup") or batch.status not in ("prepared", "submitting", "submitted"):
        raise ValueError(batch.phase, batch.status)
    if (batch.status == "submitted") != isinstance(batch.id, str):
        raise ValueError(batch.id)
    if batch.phase == "followup" and any(entry.reply is None for entry in entries):
        raise ValueError("a follow-up without its reply")
    return batch


def _reply(value: Mapping[str, Any] | None) -> Reply | None:
    return Reply(**{**value, "usage": Usage(**value["usage"])}) if value else None
