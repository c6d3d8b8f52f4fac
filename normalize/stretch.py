"""What a stretch of a reply says, and where in it."""

from __future__ import annotations

from typing import NamedTuple

# Places where only a value that is spelled out may be read: a whole sentence of running text, unannounced.
LOOSE = ("last_sentence", "first_line", "earlier_sentence")


class Value(NamedTuple):
    """An answer as read, and where in the stretch; `canonical` is None when several candidates are offered."""

    canonical: str | None
    start: int
    end: int
