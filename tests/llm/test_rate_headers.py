"""How long to wait, as providers say it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from llm.rate_headers import duration_s, pause_s, retry_after_s

DATE = {"date": "Mon, 23 Nov 2026 12:00:00 GMT"}


@pytest.mark.parametrize(
    ("text", "seconds"),
    [("1s", 1.0), ("6m0s", 360.0), ("20ms", 0.02), ("1h2m3.5s", 3723.5), ("1d", 86_400.0), ("12", 12.0), ("0s", 0.0),
     ("", None), ("soon", None), ("-1", None), ("nan", None), ("inf", None), ("1..2s", None)],
)  # fmt: skip
def test_durations(text: str, seconds: float | None) -> None:
    assert duration_s(text) == (pytest.approx(seconds) if seconds is not None else None)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "1.5"}, 1.5),
        ({"retry-after": "Mon, 23 Nov 2026 12:00:30 GMT"}, 30.0),
        ({"retry-after": "Mon, 23 Nov 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "2", "retry-after-ms": "1500"}, 1.5),
        ({"x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "80ms"}, 0.08),
        ({"retry-after": "3", "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "80ms"}, 3.0),
    ],
)
def test_retry_after_goes_by_the_provider_s_own_clock(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after_s({**DATE, **headers}) == (pytest.approx(seconds) if seconds is not None else None)


def test_a_limit_of_anthropic_is_full_again_at_a_moment() -> None:
    headers = {
        **DATE,
        "anthropic-ratelimit-requests-remaining": "3",
        "anthropic-ratelimit-requests-reset": "2026-11-23T12:09:00Z",
        "anthropic-ratelimit-input-tokens-remaining": "0",
        "anthropic-ratelimit-input-tokens-reset": "2026-11-23T12:00:07Z",
    }
    assert pause_s(headers) == 7.0


def test_of_two_limits_that_are_used_up_the_later_counts() -> None:
    headers = {
        "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "2s",
        "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "5s",
    }  # fmt: skip
    assert pause_s(headers) == 5.0


HEADERS = ("date", "retry-after", "retry-after-ms", "x-ratelimit-remaining-requests", "x-ratelimit-reset-requests",
           "anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset")  # fmt: skip


@given(st.dictionaries(st.sampled_from(HEADERS), st.text(max_size=30) | st.just("0") | st.just("2026-11-23T12:00:07")))
def test_whatever_the_headers_hold_the_wait_is_no_time_or_some(headers: dict[str, str]) -> None:
    wait = retry_after_s(headers)
    assert wait is None or wait >= 0


def test_a_duration_beyond_all_numbers_is_none() -> None:
    assert duration_s("9" * 307 + "d") is None
