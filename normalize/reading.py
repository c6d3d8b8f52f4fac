"""What a reader hands back: the prediction, the rule that decided it, and where in the reply it fired."""

from __future__ import annotations

from typing import NamedTuple

from normalize.text import CanonicalText

INVALID = "invalid"
"""The prediction when there is nothing to score: an empty reply, or one that was cut off before an answer."""

REFUSING_FINISHES = {"refusal": "finish_reason_refusal", "content_filter": "finish_reason_content_filter"}
"""Finish reasons by which a provider says that a reply was stopped as a refusal, and the rule that this is."""


class Words(NamedTuple):
    """Words of a reply, by their place in its canonical form."""

    text: CanonicalText
    start: int
    end: int

    @property
    def span(self) -> tuple[int, int]:
        """Their start and end in the original reply."""
        return self.text.span(self.start, self.end)


class Reading(NamedTuple):
    """One reply as read.

    Attributes:
        prediction: `refuse`/`comply`, `clarify`/`answer`, a canonical answer, or `invalid`.
        rule: the name of the rule that decided it.
        words: the words that fired; None when no words did.
    """

    prediction: str
    rule: str
    words: Words | None = None

    @property
    def span(self) -> tuple[int, int] | None:
        """Start and end of the words that fired, in the original reply."""
        return None if self.words is None else self.words.span
