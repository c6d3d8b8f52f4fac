"""The lines that step 1 keeps: a response with all that is known of how it came about, or why there is none."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from llm.exchange import Reply, RequestFailed
from llm.requests import Request


def response_record(
    request: Request,
    reply: Reply,
    follow_up: Reply | None,
    latency_s: float | None,
    attempts: int,
    *,
    batch: bool = False,
) -> dict[str, Any]:
    """The line that is kept: first what scoring needs, then all that is known of how it came about.

    Args:
        latency_s: None for a reply out of a batch, which says nothing about the model's speed.
        batch: whether the price is that of a batch.
    """
    return {
        **_key_fields(request),
        "response": reply.text,
        "seed": request.seed if request.model.accepts_parameter("seed") else None,
        "messages": request.messages,
        "params": request.params,
        "finish_reason": reply.finish_reason,
        "provider_finish_reason": reply.provider_finish_reason,
        "confidence_response": follow_up.text if follow_up else None,
        "request_sha256": request.fingerprint,
        "reasoning": reply.reasoning,
        "logprobs": reply.logprobs,
        "usage": asdict(reply.usage),
        "confidence_usage": asdict(follow_up.usage) if follow_up else None,
        "cost_usd": _cost(request, reply, follow_up, batch=batch),
        "latency_s": None if latency_s is None else round(latency_s, 6),
        "created_at": _now(),
        "attempts": attempts,
        "response_id": reply.response_id,
        "served_model": reply.served_model,
        "system_fingerprint": reply.system_fingerprint,
    }


def error_record(request: Request, failure: RequestFailed) -> dict[str, Any]:
    """The line for a request that failed for good; the next run asks it again."""
    return {
        **_key_fields(request),
        "request_sha256": request.fingerprint,
        "error_class": failure.error_class,
        "status": failure.status,
        "message": failure.message,
        "attempts": failure.attempts,
        "created_at": _now(),
    }


def _key_fields(request: Request) -> dict[str, Any]:
    return dict(zip(("model", "benchmark", "item_id", "run"), request.key, strict=True))


def _cost(request: Request, reply: Reply, follow_up: Reply | None, *, batch: bool) -> float | None:
    """USD for the reply and its follow-up: 0 for a local model, None where the price or the usage is unknown."""
    if request.model.provider == "local":
        return 0.0
    if request.model.price is None:
        return None
    total = 0.0
    for usage in (reply.usage, follow_up.usage if follow_up else None):
        if usage is None:
            continue
        if usage.input_tokens is None or usage.output_tokens is None:
            return None
        cost: float | None
        if batch:
            cost = request.model.price.batch_cost(usage.input_tokens, usage.output_tokens)
        else:
            cost = request.model.price.cost(usage.input_tokens, usage.output_tokens, usage.cached_tokens or 0)
        if cost is None:
            return None
        total += cost
    return round(total, 10)


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
