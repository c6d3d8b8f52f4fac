"""Two-way readings: a table's patterns are weighed for a reply, and the weightiest that fired names the rule."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from normalize.patterns import Hit, load_model
from normalize.reading import INVALID, REFUSING_FINISHES, Reading, Words
from normalize.text import CanonicalText, canonical


class Weighing(NamedTuple):
    """What a table's weights decide.

    Attributes:
        table: the table of patterns.
        hits: all that speaks for or against, in a reply.
        for_it, against: the predictions.
        when_stopped: the prediction for a reply that was stopped as a refusal, whatever its text is.
        no_words_for, no_words_against: the rules for a reply in which nothing fired for the prediction.
    """

    table: str
    hits: Callable[[CanonicalText], list[Hit]]
    for_it: str
    against: str
    when_stopped: str
    no_words_for: str
    no_words_against: str

    def read(self, responses: Sequence[str], finish_reasons: Sequence[str | None]) -> list[Reading]:
        """The reading of each reply; `invalid` with rule `empty` where there is nothing to read.

        One thing is done for all of them before the next, which a processor's caches reward.
        """
        model = load_model(self.table)
        texts = [canonical(response) for response in responses]
        votes = [model.vote(hits) for hits in [self.hits(text) for text in texts]]
        return [self._reading(*each) for each in zip(texts, finish_reasons, votes, strict=True)]

    def _reading(self, text: CanonicalText, finish_reason: str | None, vote: tuple[bool, Hit | None]) -> Reading:
        if finish_reason in REFUSING_FINISHES:
            return Reading(self.when_stopped, REFUSING_FINISHES[finish_reason])
        if not text.text.strip():
            return Reading(INVALID, "empty")
        is_for, decisive = vote
        prediction = self.for_it if is_for else self.against
        if decisive is None:
            return Reading(prediction, self.no_words_for if is_for else self.no_words_against)
        words = Words(text, decisive.start, decisive.end) if decisive.end > decisive.start else None
        return Reading(prediction, decisive.name, words)
