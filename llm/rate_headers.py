"""How long a provider asks to wait: `Retry-After`, and the headers that say how much of a rate limit is left."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

# (what is left, when it is full again): OpenAI, xAI and most that speak OpenAI's API; then Anthropic.
LIMITS = (
    ("x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"),
    ("x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"),
    ("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"),
    ("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"),
    ("anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"),
    ("anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"),
)
_DURATION = re.compile(
    r"(?:(?P<d>[\d.]+)d)?(?:(?P<h>[\d.]+)h)?(?:(?P<m>[\d.]+)m)?(?:(?P<s>[\d.]+)s)?(?:(?P<ms>[\d.]+)ms)?"
)
_SECONDS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0, "ms": 0.001}


def retry_after_s(headers: Mapping[str, str]) -> float | None:
    """Seconds until a request may be sent again: `Retry-After` (seconds or a date), else the limit that is used up.

    Args:
        headers: by names in lower case, or a mapping that does not mind.
    """
    milliseconds = _number(headers.get("retry-after-ms"))
    if milliseconds is not None:
        return milliseconds / 1000
    if (said := headers.get("retry-after")) is not None:
        seconds = _number(said)
        return _until(_http_date(said), headers) if seconds is None else seconds
    return pause_s(headers)


def pause_s(headers: Mapping[str, str]) -> float | None:
    """Seconds until a used-up limit is full again; None when something is left of all that are told."""
    waits = [
        wait
        for remaining, reset in LIMITS
        if _number(headers.get(remaining)) == 0 and (wait := _reset(headers.get(reset), headers)) is not None
    ]
    return max(waits, default=None)


def duration_s(text: str) -> float | None:
    """Seconds in `1h2m3s`, `20ms`, `6m0s` or a plain number; None for anything else."""
    number = _number(text)
    if number is not None:
        return number
    match = _DURATION.fullmatch(text.strip())
    if not text.strip() or match is None:
        return None
    parts = {unit: _number(value) for unit, value in match.groupdict().items() if value is not None}
    total = sum(_SECONDS[unit] * (math.inf if value is None else value) for unit, value in parts.items())
    return total if math.isfinite(total) else None


def _reset(text: str | None, headers: Mapping[str, str]) -> float | None:
    if text is None:
        return None
    seconds = duration_s(text)
    if seconds is not None:
        return seconds
    try:
        return _until(datetime.fromisoformat(text.strip()), headers)
    except ValueError:
        return None


def _until(moment: datetime | None, headers: Mapping[str, str]) -> float | None:
    """Seconds to a moment by the provider's own clock, which its `Date` header tells; ours may be wrong."""
    if moment is None:
        return None
    now = _http_date(headers.get("date")) or datetime.now(UTC)
    return max(0.0, (moment.replace(tzinfo=moment.tzinfo or UTC) - now).total_seconds())


def _http_date(text: str | None) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text or "")
    except (ValueError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(text: str | None) -> float | None:
    try:
        value = float(text) if text is not None else math.nan
    except ValueError:
        return None
    return value if math.isfinite(value) and value >= 0 else None
