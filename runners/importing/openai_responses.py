"""A reply of OpenAI's Responses API as JSON, and what was sent for it.

The form: https://developers.openai.com/api/reference/resources/responses.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llm.exchange import Reply, Usage
from llm.reply_fields import count_in, logprobs_in, object_in, objects_in, string_in
from runners.importing.found import Unreadable
from utils.errors import quoted

# Why a reply is incomplete, in OpenAI's words; all other reasons are `other`.
FINISH_REASONS = {"max_output_tokens": "length", "content_filter": "content_filter"}


def responses_reply(body: Mapping[str, Any]) -> Reply:
    """The reply in a response object.

    Raises:
        Unreadable: there is none in it.
    """
    status = body.get("status")
    output = objects_in(body.get("output"))
    parts = [part for item in output if item.get("type") == "message" for part in objects_in(item.get("content"))]
    if status not in ("completed", "incomplete"):
        raise Unreadable(f"expected a response that is completed or incomplete, found {quoted(status)}")
    if status == "completed" and not parts:
        raise Unreadable("holds no message")
    texts = [part["text"] for part in parts if isinstance(part.get("text"), str)]
    refusals = [part["refusal"] for part in parts if isinstance(part.get("refusal"), str)]
    why = object_in(body.get("incomplete_details")).get("reason") if status == "incomplete" else None
    said = string_in(why) or str(status)
    finish = "stop" if status == "completed" else FINISH_REASONS.get(said, "other")
    return Reply(
        text="".join(texts) or "".join(refusals),
        finish_reason="refusal" if refusals else finish,
        provider_finish_reason=said,
        usage=_usage(object_in(body.get("usage"))),
        reasoning=_reasoning(output),
        logprobs=_logprobs(parts),
        response_id=string_in(body.get("id")),
        served_model=string_in(body.get("model")),
    )


def sent_messages(body: Mapping[str, Any]) -> list[Any] | None:
    """What a request sent, as chat messages: its instructions before its input."""
    instructions, given = body.get("instructions"), body.get("input")
    before = [{"role": "system", "content": instructions}] if instructions is not None else []
    if isinstance(given, str):
        return [*before, {"role": "user", "content": given}]
    return [*before, *given] if isinstance(given, list) else None


def _usage(usage: Mapping[str, Any]) -> Usage:
    return Usage(
        count_in(usage.get("input_tokens")),
        count_in(usage.get("output_tokens")),
        count_in(object_in(usage.get("output_tokens_details")).get("reasoning_tokens")),
        count_in(object_in(usage.get("input_tokens_details")).get("cached_tokens")),
    )


def _reasoning(output: list[Mapping[str, Any]]) -> str | None:
    """The summaries of the model's thinking, which is all of it that the API gives."""
    summaries = [part for item in output if item.get("type") == "reasoning" for part in objects_in(item.get("summary"))]
    return "\n".join(part["text"] for part in summaries if isinstance(part.get("text"), str)) or None


def _logprobs(parts: list[Mapping[str, Any]]) -> list[dict[str, Any]] | None:
    tokens = [token for part in parts for token in objects_in(part.get("logprobs"))]
    return logprobs_in(tokens) or None
