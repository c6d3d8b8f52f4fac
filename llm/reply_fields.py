"""The fields of a reply's JSON: what is not of its kind counts as not said."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def count_in(value: Any) -> int | None:
    """A number of tokens, or None."""
    return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else None


def string_in(value: Any) -> str | None:
    """A text, or None."""
    return value if isinstance(value, str) else None


def object_in(value: Any) -> Mapping[str, Any]:
    """An object, or one without fields."""
    return value if isinstance(value, dict) else {}


def objects_in(value: Any) -> list[Mapping[str, Any]]:
    """The objects of a list; none where there is no list."""
    return [each for each in value if isinstance(each, dict)] if isinstance(value, list) else []
