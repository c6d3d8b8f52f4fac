"""What an HTTP answer that is no reply means: try it again, stop asking this model, or take a block as a response.

A status alone does not say it: xAI refuses a harmful prompt with 403, Google a wrong key with 400, and OpenAI an empty
account with 429. `SIGNS` lists the words that do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

from llm.exchange import ModelUnavailable, Reply, RequestFailed, Usage
from llm.keys import Secret, redacted
from llm.model_file import Model
from llm.rate_headers import duration_s, pause_s, retry_after_s
from llm.reply_fields import objects_in

RETRYABLE = frozenset({408, 409, 425, 429})  # and all from 500
OVERLOADED = frozenset({429, 503, 529})  # 503 and 529 are what the providers answer when too many ask at once

# The links of an error's chain that say that no connection came about: httpx2's, urllib3's, Python's own.
NOT_REACHED = frozenset({"ConnectError", "ConnectTimeout", "NewConnectionError", "ConnectionRefusedError", "gaierror"})

Meaning = Literal["content_filter", "key", "quota", "model"]


@dataclass(frozen=True)
class Sign:
    """Words of an error body that say what its status does not; `example` is such a message (or code)."""

    meaning: Meaning
    pattern: re.Pattern[str]
    example: str


def _sign(meaning: Meaning, pattern: str, example: str) -> Sign:
    return Sign(meaning, re.compile(pattern, re.IGNORECASE), example)


SIGNS = (
    _sign("content_filter", r"\bcontent_?filter\b|content_policy_violation", "content_filter"),  # OpenAI, Azure
    _sign(
        "content_filter", r"\bflagged\b", "Invalid prompt: your prompt was flagged as potentially violating"
    ),  # OpenAI
    _sign("content_filter", r"blocked by content filtering", "Output blocked by content filtering policy"),  # Anthropic
    _sign("content_filter", r"violates usage guidelines", "Content violates usage guidelines. Failed check"),  # xAI
    _sign("content_filter", r"content exists risk|data_inspection_failed", "Content Exists Risk"),  # DeepSeek, Alibaba
    _sign("key", r"incorrect api key|invalid_api_key", "Incorrect API key provided: xa***9f"),  # xAI, OpenAI
    _sign("key", r"api_key_invalid|api key (?:not valid|expired)", "API key not valid. Please pass a valid API key."),
    _sign("quota", r"insufficient_quota|billing_hard_limit", "insufficient_quota"),  # OpenAI
    _sign("quota", r"credit balance is too low", "Your credit balance is too low to access the API"),  # Anthropic
    _sign("quota", r"specified api usage limits", "You have reached your specified API usage limits"),  # Anthropic
    _sign("quota", r"all available credits|spending limit", "Your team has used all available credits"),  # xAI
    _sign("quota", r"credits are depleted|PerDay", "GenerateRequestsPerDayPerProjectPerModel-FreeTier"),  # Google
    _sign("model", r"model_not_found|is not a valid model", "nobody/x is not a valid model ID"),  # OpenAI, OpenRouter
)


@dataclass(frozen=True)
class Asked:
    """Whom a request went to, for the words of an error.

    Args:
        key_variable: the environment variable that holds the key; None where no key is sent.
        keys: what must stand in no message.
    """

    model: Model
    host: str
    key_variable: str | None
    keys: tuple[Secret, ...]


@dataclass(frozen=True)
class Answer:
    """An HTTP answer; `body` is the decoded JSON, or the text when it is none."""

    status: int
    headers: Mapping[str, str]
    body: Any

    @classmethod
    def of(cls, response: Any) -> Answer:
        """The answer in a response of httpx2 or of requests."""
        return cls.of_content(response.status_code, response.headers, response.content)

    @classmethod
    def of_content(cls, status: int, headers: Mapping[str, str], content: bytes | str) -> Answer:
        """The answer whose body is `content`."""
        try:
            body = json.loads(content)
        except (ValueError, RecursionError):
            body = content.decode("utf-8", "replace") if isinstance(content, bytes) else content
        return cls(status, headers, body)


def reply_in(answer: Answer, asked: Asked, read: Callable[[Mapping[str, Any]], Reply]) -> Reply:
    """The reply in an answer.

    Args:
        read: makes a reply of a body; it raises `malformed` when there is none in it.

    Raises:
        RequestFailed: this request has no reply.
        ModelUnavailable: no request to this model will have one.
    """
    if not 200 <= answer.status < 300:
        return _without_reply(answer, asked)
    if (status := _error_within(answer.body)) is not None:
        return _without_reply(replace(answer, status=status), asked)
    if not isinstance(answer.body, dict):
        raise malformed("is not JSON" if isinstance(answer.body, str) else "is no JSON object")
    return replace(read(answer.body), pause_s=pause_s(answer.headers))


def malformed(what: str) -> RequestFailed:
    """A success without a reply in it, which the next attempt may well have."""
    return RequestFailed("malformed_reply", f"the body {what}", status=200, retryable=True)


def timed_out() -> RequestFailed:
    return RequestFailed("timeout", "no reply in time; raise --timeout", retryable=True)


def connection_failed(asked: Asked, error: BaseException) -> RequestFailed:
    """Nobody answers, or the connection broke before the whole reply was here."""
    kinds: set[str] = set()
    link: BaseException | None = error
    while link is not None:
        kinds.add(type(link).__name__)
        link = link.__cause__ or link.__context__
    told = f"cannot reach {asked.host}" if kinds & NOT_REACHED else f"the connection to {asked.host} broke"
    return RequestFailed("connection", told, retryable=True)


def _without_reply(answer: Answer, asked: Asked) -> Reply:
    words = _words(answer.body)
    said = " ".join(words.values())
    meaning = next((sign.meaning for sign in SIGNS if sign.pattern.search(said)), None)
    status, name = answer.status, asked.model.name
    if meaning == "content_filter" and 400 <= status < 500 and status not in RETRYABLE:
        code = words.get("code") or words.get("type") or words.get("status")
        return Reply("", "content_filter", redacted(code, asked.keys) if code else None, Usage())
    if status == 401 or (status < 500 and meaning == "key"):
        raise ModelUnavailable(_key_refused(answer.status, asked))
    if status == 402 or (status < 500 and meaning == "quota"):
        whose = f"the account behind {asked.key_variable}" if asked.key_variable else f"{asked.host}"
        raise ModelUnavailable(f"{name}: {whose} has no credit or quota left (HTTP {status}); add some or wait")
    if status == 403:
        whose = f"the key in {asked.key_variable}" if asked.key_variable else "a request without a key"
        raise ModelUnavailable(f"{name}: {whose} has no right to this model (HTTP 403); check its account")
    if status == 404 or (status < 500 and meaning == "model"):
        where = f" and that base_url is right ({asked.host})" if asked.model.base_url else ""
        raise ModelUnavailable(f"{name}: the provider knows no such model (HTTP {status}); check its name{where}")
    raise _failure(answer, words, asked)


def _error_within(body: Any) -> int | None:
    """The status of an error that a gateway sent as a success; None when the body holds none."""
    if not isinstance(body, dict) or not body.get("error") or body.keys() & {"choices", "content", "candidates"}:
        return None
    code = body["error"].get("code") if isinstance(body["error"], dict) else None
    return code if isinstance(code, int) and 400 <= code < 600 else 502


def _key_refused(status: int, asked: Asked) -> str:
    name, variable = asked.model.name, asked.key_variable
    if variable is None:
        return (
            f"{name}: {asked.host} asks for a key (HTTP {status}); name its variable in llm/models.toml: key_variable"
        )
    return f"{name}: the key in {variable} was refused (HTTP {status}); check {variable}"


def _failure(answer: Answer, words: Mapping[str, str], asked: Asked) -> RequestFailed:
    status = answer.status
    overload = status in OVERLOADED or "overloaded" in words.get("type", "")
    wait = _retry_info(answer.body)
    if wait is None:
        wait = retry_after_s(answer.headers)
    if status == 429:
        kind = "rate_limit"
    elif overload:
        kind = "overloaded"
    else:
        kind = "provider_error" if status >= 500 or status in RETRYABLE or status < 400 else "bad_request"
    told = redacted(words.get("message") or f"HTTP {status} without a message", asked.keys)
    retryable = overload or status in RETRYABLE or status >= 500
    return RequestFailed(kind, told, status=status, retryable=retryable, overload=overload, retry_after_s=wait)


def _words(body: Any) -> dict[str, str]:
    """What an error body says, under the names that providers use: message, code, type, status, reasons.

    Shapes: `{"error": {...}}` (OpenAI, Anthropic, Google), `[{"error": {...}}]` (Google),
    `{"code": ..., "error": "..."}` (xAI), `{"message": ...}` (vLLM), `{"detail": ...}` (FastAPI).
    """
    body = body[0] if isinstance(body, list) and body else body
    if not isinstance(body, dict):
        return {"message": body[:500] if isinstance(body, str) else ""}
    error = body.get("error", body)
    if not isinstance(error, dict):
        error = {"message": error, "code": body.get("code")}
    found = {name: str(error[name]) for name in ("message", "code", "type", "status") if error.get(name)}
    if "message" not in found and (detail := error.get("detail") or body.get("msg")):
        found["message"] = str(detail)[:500]
    if reasons := _reasons(error.get("details")):
        found["reasons"] = reasons
    return found


def _reasons(details: Any) -> str:
    """The reasons and quotas in Google's error details."""
    items = objects_in(details)
    quotas = [quota for item in items for quota in objects_in(item.get("violations"))]
    return " ".join(
        [str(item["reason"]) for item in items if "reason" in item]
        + [str(quota["quotaId"]) for quota in quotas if "quotaId" in quota]
    )


def _retry_info(body: Any) -> float | None:
    """Seconds in a `google.rpc.RetryInfo` among the error details, such as `"retryDelay": "31s"`."""
    body = body[0] if isinstance(body, list) and body else body
    error = body.get("error") if isinstance(body, dict) else None
    details = error.get("details") if isinstance(error, dict) else None
    for item in details if isinstance(details, list) else []:
        if isinstance(item, dict) and isinstance(delay := item.get("retryDelay"), str):
            return duration_s(delay)
    return None
