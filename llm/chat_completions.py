"""OpenAI's chat completions as JSON, which OpenAI, xAI and all `compatible` servers speak: a request and its reply."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from llm.exchange import Messages, Reply, Usage, encodable
from llm.http_errors import malformed
from llm.model_file import Model
from llm.reply_fields import count_in, logprobs_in, object_in, objects_in, string_in

FINISH_REASONS = {"stop": "stop", "length": "length", "content_filter": "content_filter", "refusal": "refusal"}
# Under which names servers give the model's thinking: DeepSeek, xAI, llama.cpp; vLLM and OpenRouter.
REASONING_FIELDS = ("reasoning_content", "reasoning")


def completion_request(model: Model, messages: Messages, params: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """The body of a request."""
    seeded = {"seed": seed} if model.accepts_parameter("seed") else {}
    return {**params, **seeded, "model": model.served_name, "messages": encodable(messages)}


def completion_reply(body: Mapping[str, Any]) -> Reply:
    """The reply in a chat completion.

    Raises:
        RequestFailed: there is none in it.
    """
    choices = body.get("choices")
    choice = choices[0] if isinstance(choices, list) and choices else None
    if not isinstance(choice, dict):
        raise malformed("holds no choices")
    message, said = choice.get("message"), choice.get("finish_reason")
    if not isinstance(message, dict) or (said is None and message.get("content") is None):
        raise malformed("holds a choice without a message")
    text, refusal = _text(message.get("content"), "text"), message.get("refusal")
    return Reply(
        text=text or (refusal if isinstance(refusal, str) else ""),
        finish_reason="refusal" if refusal else FINISH_REASONS.get(str(said), "other"),
        provider_finish_reason=said if isinstance(said, str) else None,
        usage=_usage(body.get("usage")),
        reasoning=_reasoning(message),
        logprobs=logprobs_in(object_in(choice.get("logprobs")).get("content")),
        response_id=string_in(body.get("id")),
        served_model=string_in(body.get("model")),
        system_fingerprint=string_in(body.get("system_fingerprint")),
    )


def _text(content: Any, kind: str) -> str:
    """The text of a message's content: a string, or (Mistral) parts of several kinds."""
    if isinstance(content, str):
        return content if kind == "text" else ""
    return "".join(string_in(part.get(kind)) or "" for part in objects_in(content) if part.get("type") == kind)


def _reasoning(message: Mapping[str, Any]) -> str | None:
    said = [message[name] for name in REASONING_FIELDS if isinstance(message.get(name), str) and message[name]]
    return said[0] if said else (_text(message.get("content"), "thinking") or None)


def _usage(usage: Any) -> Usage:
    if not isinstance(usage, dict):
        return Usage()
    given, answered = count_in(usage.get("prompt_tokens")), count_in(usage.get("completion_tokens"))
    reasoning = count_in(object_in(usage.get("completion_tokens_details")).get("reasoning_tokens"))
    # xAI counts the reasoning beside the completion, the others within it; both are paid as output.
    if given is not None and answered is not None and reasoning:
        beside = usage.get("total_tokens") == given + answered + reasoning
        answered += reasoning if beside else 0
    cached = count_in(object_in(usage.get("prompt_tokens_details")).get("cached_tokens"))
    return Usage(given, answered, reasoning, cached)
