"""The fields of a reply's JSON: what is not of its kind counts as not said."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from utils.responses import LARGEST_INTEGER


def count_in(value: Any) -> int | None:
    """A number of tokens, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= LARGEST_INTEGER else None


def string_in(value: Any) -> str | None:
    """A text, or None."""
    return value if isinstance(value, str) else None


def object_in(value: Any) -> Mapping[str, Any]:
    """An object, or one without fields."""
    return value if isinstance(value, dict) else {}


def objects_in(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; none where there is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []


def logprobs_in(tokens: Any, field: str = "logprob") -> list[dict[str, Any]] | None:
    """`{token, logprob}` of each token; None where there is no list, or a log probability in it is no finite number.

    Args:
        field: what the provider calls the log probability.
    """
    if not isinstance(tokens, list):
        return None
    found = [{"token": token.get("token"), "logprob": token.get(field)} for token in objects_in(tokens)]
    return found if all(_is_finite(entry["logprob"]) for entry in found) else None


def _is_finite(value: Any) -> bool:
    if isinstance(value, int):  # which may be too large to be a float
        return not isinstance(value, bool) and abs(value) <= LARGEST_INTEGER
    return isinstance(value, float) and math.isfinite(value)
