"""Output files of OpenAI's Batch API (chat completions and responses), and of servers that write the same form.

Each line's `custom_id` says which item it answers, by default as BENCHMARK/ITEM_ID/RUN. The requests' file, where
it is given, adds what was sent and under which name the model was asked.
The format: https://developers.openai.com/api/docs/guides/batch.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from llm.chat_completions import completion_reply
from llm.exchange import Reply, RequestFailed
from llm.reply_fields import object_in, string_in
from runners.importing.custom_ids import DEFAULT_PATTERN, ID_LIMIT, matched
from runners.importing.foreign_json import numbered_foreign_objects, plain_settings, whole_number
from runners.importing.found import Found, LeftOut, Unreadable, Wanted, response_from
from runners.importing.openai_responses import responses_reply, sent_messages
from utils.errors import one_line, quoted
from utils.items import ROLES

Line = Mapping[str, Any]
NOT_SETTINGS = ("model", "messages", "seed", "input", "instructions")  # of a request's body; the rest are parameters
_LATEST = 253402300799  # the last second of the year 9999


def read(path: Path, wanted: Wanted) -> Iterator[Found]:
    """The responses of an output file.

    Raises:
        UserError: a file cannot be read, or the pattern takes too long.
    """
    lines: list[tuple[str, Line, str]] = []
    for number, line in numbered_foreign_objects(path):
        where = f"line {number}"
        custom_id = None if isinstance(line, Unreadable) else line.get("custom_id")
        if isinstance(line, Unreadable):
            yield LeftOut(path, where, str(line))
        elif not isinstance(custom_id, str) or not 0 < len(custom_id) <= ID_LIMIT:
            yield LeftOut(path, where, f"expected a text, found {quoted(custom_id)}", "custom_id")
        else:
            lines.append((where, line, custom_id))
    pattern = wanted.custom_id_pattern or DEFAULT_PATTERN
    asked = _requests(wanted.requests) if wanted.requests else None
    named = matched(pattern, [custom_id for _, _, custom_id in lines]) if lines else []
    for (where, line, custom_id), groups in zip(lines, named, strict=True):
        where = f"{where} ({quoted(custom_id)})"
        if groups is None:
            told = "BENCHMARK/ITEM_ID/RUN" if pattern == DEFAULT_PATTERN else quoted(pattern)
            yield LeftOut(path, where, f"is not {told}; give the right --custom-id-pattern", "custom_id")
        elif asked is not None and custom_id not in asked:
            yield LeftOut(path, where, f"no request in {wanted.requests} has this id", "custom_id")
        else:
            yield line_found(path, where, line, groups, (asked or {}).get(custom_id), wanted)
            choices = object_in(object_in(line.get("response")).get("body")).get("choices")
            if isinstance(choices, list) and len(choices) > 1:
                reason = f"holds {len(choices)} choices; only the first is a response"
                yield LeftOut(path, where, reason, "response.body.choices")


def _requests(path: Path) -> dict[str, Mapping[str, Any]]:
    """The body of each request in a file of requests by its custom id, without ids that stand for different bodies."""
    bodies: dict[str, Mapping[str, Any]] = {}
    differing = set()
    for _, line in numbered_foreign_objects(path):
        custom_id = None if isinstance(line, Unreadable) else line.get("custom_id")
        if isinstance(line, Unreadable) or not isinstance(custom_id, str):
            continue
        body = object_in(line.get("body"))
        if bodies.setdefault(custom_id, body) != body:
            differing.add(custom_id)
    return {custom_id: body for custom_id, body in bodies.items() if custom_id not in differing}


def line_found(
    path: Path,
    where: str,
    line: Line,
    groups: Mapping[str, str | None],
    asked: Mapping[str, Any] | None,
    wanted: Wanted,
) -> Found:
    """The response in a line of output, or why there is none.

    Args:
        groups: what its custom id says.
        asked: the body of its request, where that is known.
    """
    answer = object_in(line.get("response"))
    if line.get("error") is not None or answer.get("status_code") != 200:
        return LeftOut(path, where, _failure(line, answer), "response")
    body = object_in(answer.get("body"))
    try:
        reply = responses_reply(body) if body.get("object") == "response" else completion_reply(body)
    except (RequestFailed, Unreadable) as failure:
        return LeftOut(path, where, str(failure), "response.body")
    model = wanted.model or _model(asked, reply)
    if model is None:
        found = quoted((asked or body).get("model"))
        return LeftOut(
            path, where, f"expected a name of OpenAI's without a slash, found {found}; give --model", "model"
        )
    run = groups.get("run")
    value = {
        "model": model,
        "benchmark": wanted.benchmark or groups.get("benchmark"),
        "item_id": groups.get("item_id"),
        "run": int(run) if wanted.run is None and run and run.isdecimal() and len(run) < 19 else wanted.run,
        "response": reply.text,
        **_sent(asked),
        **_told(reply),
        "created_at": _time(body.get("created_at" if body.get("object") == "response" else "created")),
    }
    return response_from(path, where, value)


def _model(asked: Mapping[str, Any] | None, reply: Reply) -> str | None:
    name = string_in(asked.get("model")) if asked is not None else reply.served_model
    return f"openai/{name}" if name and "/" not in name else None


def _sent(asked: Mapping[str, Any] | None) -> dict[str, Any]:
    if asked is None:
        return {}
    messages = asked.get("messages") if "messages" in asked else sent_messages(asked)
    plain = isinstance(messages, list) and all(
        isinstance(m, dict) and m.get("role") in (*ROLES, "developer") and isinstance(m.get("content"), str)
        for m in messages
    )
    return {
        "messages": [{"role": m["role"], "content": m["content"]} for m in messages or []] if plain else None,
        "params": plain_settings({k: v for k, v in asked.items() if k not in NOT_SETTINGS}) or None,
        "seed": whole_number(asked.get("seed")),
    }


def _told(reply: Reply) -> dict[str, Any]:
    fields = ("finish_reason", "provider_finish_reason", "reasoning", "logprobs", "response_id", "served_model")
    told = {name: getattr(reply, name) for name in (*fields, "system_fingerprint")}
    usage = {name: count for name, count in asdict(reply.usage).items() if count is not None}
    return {**told, "usage": usage or None}


def _failure(line: Line, answer: Mapping[str, Any]) -> str:
    """Why a request came to nothing, in the provider's words."""
    error = object_in(line.get("error")) or object_in(object_in(answer.get("body")).get("error"))
    words = error.get("message") or error.get("code") or "holds neither a response nor an error"
    status = whole_number(answer.get("status_code"))
    return f"the request failed{'' if status is None else f' with status {status}'}: {one_line(str(words), 120)}"


def _time(seconds: Any) -> str | None:
    number = whole_number(seconds)
    if number is None or not 0 <= number <= _LATEST:
        return None
    return datetime.fromtimestamp(number, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
