"""Gemini's generateContent as JSON: the reply in a response, asked one by one or in a batch."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from llm.exchange import Reply, Usage
from llm.http_errors import malformed
from llm.reply_fields import count_in, logprobs_in, object_in, objects_in, string_in

FINISH_REASONS = {
    "STOP": "stop",
    "MAX_TOKENS": "length",
    **dict.fromkeys(
        ("SAFETY", "RECITATION", "BLOCKLIST", "PROHIBITED_CONTENT", "SPII", "MODEL_ARMOR"), "content_filter"
    ),
}


def generated_reply(body: Mapping[str, Any]) -> Reply:
    """The reply in a response; a blocked prompt is a response too.

    Raises:
        RequestFailed: there is none in it.
    """
    candidates = body.get("candidates")
    candidate = candidates[0] if isinstance(candidates, list) and candidates else None
    blocked = string_in(object_in(body.get("promptFeedback")).get("blockReason"))
    if candidate is None and blocked is None:
        raise malformed("holds no candidates")
    if candidate is not None and not isinstance(candidate, dict):
        raise malformed("holds a candidate that is no JSON object")
    answered = object_in(candidate)
    parts = objects_in(object_in(answered.get("content")).get("parts"))
    word = blocked if candidate is None else string_in(answered.get("finishReason"))
    if word is None and not parts:
        raise malformed("holds a candidate without content")
    return Reply(
        text="".join(_texts(parts, thoughts=False)),
        finish_reason="content_filter" if candidate is None else FINISH_REASONS.get(word or "", "other"),
        provider_finish_reason=word,
        usage=_usage(object_in(body.get("usageMetadata"))),
        reasoning="".join(_texts(parts, thoughts=True)) or None,
        logprobs=logprobs_in(object_in(answered.get("logprobsResult")).get("chosenCandidates"), "logProbability"),
        response_id=string_in(body.get("responseId")),
        served_model=string_in(body.get("modelVersion")),
    )


def _usage(usage: Mapping[str, Any]) -> Usage:
    """Tokens; Google counts the thoughts beside the answer, and they are paid as output."""
    answered, thoughts = count_in(usage.get("candidatesTokenCount")), count_in(usage.get("thoughtsTokenCount"))
    output = None if answered is None and thoughts is None else (answered or 0) + (thoughts or 0)
    return Usage(
        count_in(usage.get("promptTokenCount")), output, thoughts, count_in(usage.get("cachedContentTokenCount"))
    )


def _texts(parts: Sequence[Mapping[str, Any]], *, thoughts: bool) -> Iterator[str]:
    for part in parts:
        if bool(part.get("thought")) == thoughts:
            yield string_in(part.get("text")) or ""
