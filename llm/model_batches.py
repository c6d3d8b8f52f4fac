"""The batches of one model: sent once, looked after until they have ended, followed up, and kept."""

from __future__ import annotations

import asyncio
import random
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from llm.asking import BACKOFF_FIRST_S, BACKOFF_MOST_S, MOST_ATTEMPTS
from llm.batching import Batch, Entry, Phase, Progress, read_batches, split, without, write_batches
from llm.exchange import ModelUnavailable, Reply, RequestFailed
from llm.prompts import follow_up_messages
from llm.records import error_record, response_record
from llm.requests import Request
from llm.stored import read_stored
from utils.hashing import sha256_json
from utils.jsonl import object_line
from utils.layout import model_folder
from utils.responses import Key

if TYPE_CHECKING:
    from llm.batch_asking import BatchAsker

FIRST_POLL_S = 5.0
POLL_GROWTH = 1.5
# A follow-up that its provider did not come to is asked again by the next run; its reply waits on the disk.
NOT_REACHED = ("expired", "cancelled", "missing", "failed_batch")
KEPT_FOR = timedelta(days=29)  # how long Anthropic keeps results; OpenAI and Google keep them longer
DIGITS = 24  # of a custom id's hash; with the label 37 characters, and all providers take 64


class ModelBatches:
    """Each batch goes its own way, and every step is on the disk before the next."""

    def __init__(self, asker: BatchAsker, requests: Sequence[Request]) -> None:
        self._asker, self._requests = asker, {request.key: request for request in requests}
        self._model = requests[0].model
        self._name = self._model.name
        self._client = asker.clients[self._model.provider]
        self._batches: list[Batch] = []
        self._reserved: dict[Key, float] = {}
        self._unsendable: list[asyncio.Future[None]] = []

    async def run(self) -> None:
        """Go on with what was sent before, send what is new, and come back when all has ended or is left for now."""
        self._batches = self._still_open(read_batches(self._asker.layout, self._name))
        for batch in self._batches:
            for entry in batch.entries:
                if entry.key in self._requests:
                    self._reserved[entry.key] = self._asker.budget.commit(self._requests[entry.key])
        mine = [batch for batch in self._batches if any(entry.key in self._requests for entry in batch.entries)]
        if foreign := sum(entry.key not in self._requests for batch in self._batches for entry in batch.entries):
            self._notice(f"{foreign} requests that were sent with other flags are left as they are")
        if mine:
            self._notice(f"going on with {sum(len(batch.entries) for batch in mine)} requests that were sent before")
        fresh = self._new_batches()
        self._batches += fresh
        async with asyncio.TaskGroup() as group:
            for batch in mine + fresh:
                group.create_task(self._carry(batch))
        await asyncio.gather(*self._unsendable)

    def _still_open(self, batches: Sequence[Batch]) -> list[Batch]:
        """Without what is stored already (a crash came between the two writes), and what was never sent."""
        names = {entry.key[1] for batch in batches for entry in batch.entries}
        stored, _ = read_stored(self._asker.layout, [self._name], sorted(names))
        asked = {key: None for key in stored if key not in self._requests}
        unsent = [batch for batch in batches if batch.status == "prepared" and batch.phase == "reply"]
        return without([part for batch in batches if batch not in unsent for part in self._parts(batch)], asked)

    def _parts(self, batch: Batch) -> list[Batch]:
        """A batch that is still to be sent, apart from what in it was asked with other flags."""
        if batch.status != "prepared":
            return [batch]
        own = tuple(entry for entry in batch.entries if entry.key in self._requests)
        other = tuple(entry for entry in batch.entries if entry.key not in self._requests)
        return [_named(batch.phase, part) for part in (own, other)]

    def _new_batches(self) -> list[Batch]:
        """Batches of what is in none, as far as the budget reaches."""
        known = {entry.key for batch in self._batches for entry in batch.entries}
        fresh = []
        for request in self._requests.values():
            if request.key in known:
                continue
            reserved = self._asker.budget.reserve(request)
            if reserved is None:
                break
            self._reserved[request.key] = reserved
            fresh.append(Entry("", request.key, request.fingerprint))
        return self._grouped("reply", fresh)

    def _grouped(self, phase: Phase, entries: Sequence[Entry]) -> list[Batch]:
        """The entries in batches that the provider takes, each with a label and custom ids of its own."""
        usable, lines = [], []
        for entry in entries:
            try:
                lines.append(self._line(phase, replace(entry, custom_id="x" * 40)))
                usable.append(entry)
            except RequestFailed as failure:
                request = self._requests[entry.key]
                self._unsendable.append(
                    self._answered(request, entry.reply, None) if entry.reply else self._fail(entry, failure)
                )
        batches = []
        for numbers in split(lines, self._client.limits):
            batches.append(_named(phase, [usable[number] for number in numbers]))
        return batches

    def _line(self, phase: str, entry: Entry) -> dict[str, Any]:
        request = self._requests[entry.key]
        messages, params = request.messages, request.params
        if phase == "followup" and entry.reply:
            messages, params = follow_up_messages(messages, entry.reply.text), request.follow_up_params
        return self._client.line(self._model, entry.custom_id, messages, params, request.seed)

    async def _carry(self, batch: Batch) -> None:
        """Send a batch, wait for its end, keep what came of it; then the same with its follow-ups."""
        if batch.id is None:
            sent = await self._send(batch)
            if sent is None:
                return
            batch = sent
        progress = await self._until_ended(batch)
        outcomes = None if progress is None else await self._outcomes(batch, progress)
        if outcomes is None:
            return
        followups = await self._settle(batch, outcomes)
        async with asyncio.TaskGroup() as group:
            for followup in followups:
                group.create_task(self._carry(followup))

    async def _send(self, batch: Batch) -> Batch | None:
        """Send a batch once: when it may have arrived before, the provider is asked for it first."""
        own = [entry for entry in batch.entries if entry.key in self._requests]
        if batch.status == "submitting" and len(own) < len(batch.entries):
            self._notice(f"batch {batch.label} was being sent with other flags; it is left as it is")
            return None
        attempts = 0
        while not self._over():
            looking = batch.status == "submitting"
            try:
                found = None
                if looking:
                    found = await self._client.find(self._model, batch.label, batch.count or 0, batch.since)
                    looking = False
                if found is None:
                    since, count = batch.submitted_at or _now(), len(batch.entries)
                    batch = self._put(replace(batch, status="submitting", submitted_at=since, count=count))
                    lines = [self._line(batch.phase, entry) for entry in batch.entries]
                    found = await self._client.submit(self._model, batch.label, lines)
                batch = self._put(replace(batch, status="submitted", id=found))
                what = "replies" if batch.phase == "reply" else "follow-ups"
                self._notice(f"batch {found}: sent, for {len(batch.entries)} {what}")
                return batch
            except (RequestFailed, ModelUnavailable) as failure:
                if isinstance(failure, RequestFailed) and failure.error_class == "undecided":
                    await self._asker.sleep(self._asker.most_poll_s)
                    continue
                attempts += 1
                if not await self._worth_another(failure, attempts):
                    if not looking and not (isinstance(failure, RequestFailed) and failure.retryable):
                        self._withdraw(batch)
                    return None
        return None

    def _withdraw(self, batch: Batch) -> None:
        """The provider refused the batch, so nothing is paid for: only the replies that were before it are kept."""
        if batch.phase == "followup":
            self._put(replace(batch, status="prepared", submitted_at=None))
        else:
            self._exchange(batch, [])

    async def _until_ended(self, batch: Batch) -> Progress | None:
        """Look at a batch at growing intervals; None when it is given up for now."""
        wait, attempts, done = min(FIRST_POLL_S, self._asker.most_poll_s), 0, 0
        while not self._over():
            try:
                progress = await self._client.progress(self._model, str(batch.id))
            except RequestFailed as failure:
                if failure.status == 404 and _is_long_ago(batch):
                    return Progress(ended=True, problem="the provider no longer keeps it")
                attempts += 1
                if not await self._worth_another(failure, attempts):
                    return None
                continue
            except ModelUnavailable as error:
                self._asker.give_up(self._name, str(error))
                return None
            attempts = 0
            if progress.ended:
                return progress
            if progress.done and progress.done > done:
                done = progress.done
                self._notice(f"batch {batch.id}: {done} of {len(batch.entries)} done")
            await self._asker.sleep(wait)
            wait = min(self._asker.most_poll_s, wait * POLL_GROWTH)
        return None

    async def _outcomes(self, batch: Batch, progress: Progress) -> dict[str, Reply | RequestFailed] | None:
        """What came of each entry by its custom id; what belongs to none is told and left out."""
        if progress.problem is not None:
            self._notice(f"batch {batch.id} came to nothing: {progress.problem}")
            failed = RequestFailed("failed_batch", f"its batch came to nothing: {progress.problem}")
            return {entry.custom_id: failed for entry in batch.entries}
        attempts = 0
        while not self._over():
            found: dict[str, Reply | RequestFailed] = {}
            expected = {entry.custom_id for entry in batch.entries}
            strange = repeated = 0
            try:
                async for result in self._client.results(self._model, str(batch.id), progress):
                    if result.custom_id is None or result.custom_id not in expected:
                        strange += 1
                    elif result.custom_id in found:
                        repeated += 1
                    else:
                        found[result.custom_id] = result.outcome
            except (RequestFailed, ModelUnavailable) as failure:
                gone = isinstance(failure, RequestFailed) and failure.status == 404 and _is_long_ago(batch)
                attempts += 1
                if not gone and not await self._worth_another(failure, attempts):
                    return None
                if not gone:
                    continue
            if strange:
                self._notice(f"batch {batch.id}: {strange} lines of its results answer no request of it; left out")
            if repeated:
                self._notice(
                    f"batch {batch.id}: {repeated} lines of its results repeat a request; the first ones stand"
                )
            missing = RequestFailed("missing", "its batch ended without a word on it; the next run asks again")
            return {custom_id: found.get(custom_id, missing) for custom_id in expected}
        return None

    async def _settle(self, batch: Batch, outcomes: Mapping[str, Reply | RequestFailed]) -> list[Batch]:
        """Keep what came of a batch, first the responses, then the record of batches; the return is what to send."""
        writes, left, follow_ups, again = [], [], [], []
        for entry in batch.entries:
            outcome, request = outcomes[entry.custom_id], self._requests.get(entry.key)
            if request is None:
                left.append(entry)
            elif batch.phase == "followup" and entry.reply:
                if isinstance(outcome, RequestFailed) and _is_worth_another(outcome):
                    again.append(entry)
                else:
                    answer = outcome if isinstance(outcome, Reply) else None
                    writes.append(self._answered(request, entry.reply, answer))
            elif isinstance(outcome, RequestFailed):
                writes.append(self._fail(entry, outcome))
            elif request.settings.confidence == "followup" and outcome.text.strip():
                follow_ups.append(replace(entry, reply=replace(outcome, pause_s=None)))
            else:
                writes.append(self._answered(request, outcome, None))
        await asyncio.gather(*writes)
        if again:
            self._notice(f"{len(again)} follow-ups got no reply; the next run asks them again, the replies are kept")
        to_send = self._grouped("followup", follow_ups)
        kept = [replace(batch, entries=tuple(left))] if left else []
        self._exchange(batch, [*kept, *self._grouped("followup", again), *to_send])
        return to_send

    def _answered(self, request: Request, reply: Reply, follow_up: Reply | None) -> asyncio.Future[None]:
        record = response_record(request, reply, follow_up, None, 1, batch=True)
        written = self._write(request, f"{request.benchmark}.jsonl", record)
        self._asker.outcome.answered += 1
        self._asker.watcher.answered(request, record)
        self._asker.budget.settle(self._reserved.pop(request.key, 0.0), record["cost_usd"])
        return written

    def _fail(self, entry: Entry, failure: RequestFailed) -> asyncio.Future[None]:
        request = self._requests[entry.key]
        written = self._write(request, f"{request.benchmark}.errors.jsonl", error_record(request, failure))
        self._asker.outcome.failed += 1
        self._asker.watcher.failed(request, failure)
        self._asker.budget.settle(self._reserved.pop(request.key, 0.0), 0.0)
        return written

    def _write(self, request: Request, name: str, record: Mapping[str, Any]) -> asyncio.Future[None]:
        path = self._asker.layout.submissions / model_folder(request.model.name) / name
        return asyncio.wrap_future(self._asker.writer.append(path, object_line(dict(record))))

    async def _worth_another(self, failure: RequestFailed | ModelUnavailable, attempts: int) -> bool:
        """Wait before another attempt; False when the model is given up for now."""
        if isinstance(failure, ModelUnavailable):
            self._asker.give_up(self._name, str(failure))
            return False
        if not failure.retryable or attempts >= MOST_ATTEMPTS:
            self._notice(f"a batch cannot be gone on with now: {failure.message}")
            return False
        most = min(BACKOFF_MOST_S, BACKOFF_FIRST_S * 2**attempts)
        said = failure.retry_after_s or 0.0
        await self._asker.sleep(said + random.uniform(0, most))  # noqa: S311  # jitter
        return not self._over()

    def _over(self) -> bool:
        return self._asker.stopping.is_set() or self._name in self._asker.outcome.unavailable

    def _put(self, batch: Batch) -> Batch:
        self._exchange(batch, [batch])
        return batch

    def _exchange(self, batch: Batch, others: Sequence[Batch]) -> None:
        """Put others in the place of a batch, in memory and on the disk."""
        at = next(n for n, old in enumerate(self._batches) if old.label == batch.label)
        self._batches[at : at + 1] = others
        unsent = [b for b in self._batches if b.status == "prepared" and b.phase == "reply"]
        write_batches(self._asker.layout, self._name, [b for b in self._batches if b not in unsent])

    def _notice(self, message: str) -> None:
        self._asker.notice(f"{self._name}: {message}")


def _named(phase: Phase, entries: Sequence[Entry]) -> Batch:
    """A batch to send, with a label and custom ids of its own: the label in them tells it from all others."""
    label = f"tb{secrets.token_hex(5)}"
    named = tuple(replace(entry, custom_id=f"{label}-{_digest(phase, entry)}") for entry in entries)
    return Batch(label, phase, "prepared", named)


def _digest(phase: str, entry: Entry) -> str:
    return sha256_json([phase, list(entry.key), entry.request_sha256])[:DIGITS]


def _is_worth_another(failure: RequestFailed) -> bool:
    """Whether a follow-up that failed is sent again by the next run; one that is paid for is not."""
    if failure.error_class in NOT_REACHED:
        return True
    return failure.retryable and failure.error_class != "malformed_reply"


def _is_long_ago(batch: Batch) -> bool:
    """Whether a batch that is not found can be gone; before, it is another key or address that asks in vain."""
    return datetime.now(UTC) - batch.since > KEPT_FOR


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
