"""What a reader hands back: the prediction, the rule that decided it, and where in the reply it fired."""

from __future__ import annotations

from dataclasses import dataclass

INVALID = "invalid"
"""The prediction when there is nothing to score: an empty reply, or one that was cut off before an answer."""


@dataclass(frozen=True)
class Reading:
    """One reply as read.

    Attributes:
        prediction: `refuse`/`comply`, `clarify`/`answer`, a canonical answer, or `invalid`.
        rule: the name of the rule that decided it.
        span: start and end of the words that fired, in the original reply; None when no words did.
    """

    prediction: str
    rule: str
    span: tuple[int, int] | None = None
