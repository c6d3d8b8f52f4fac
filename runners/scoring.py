"""From raw responses to the columns of the item table."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import groupby

from confidence.agreement import leave_one_out
from confidence.logprob import sequence_confidence
from confidence.stated import read_stated, split_inline_confidence
from normalize.score import Prediction, score_all
from utils.items import Item
from utils.responses import Fields

SHORT = 100  # characters; replies to "how sure are you?" of at most this are few and often the same


def read_responses(
    items: Sequence[Item], received: Sequence[Fields]
) -> Iterator[tuple[Prediction, float | None, float | None]]:
    """What each response amounts to, how sure the model said it was, and how sure its log probabilities are.

    What it said stands in its follow-up, else in its last line.
    """
    parted = [split_inline_confidence(fields[4]) for fields in received]
    predictions = score_all(items, [text for text, _ in parted], [fields[5] for fields in received])
    for prediction, (_, inline), fields in zip(predictions, parted, received, strict=True):
        reply, logprobs = fields[6:8]
        stated = inline.value if reply is None else _stated(reply)
        yield prediction, stated, sequence_confidence(logprobs) if logprobs else None


def _stated(reply: str) -> float | None:
    return _stated_shortly(reply) if len(reply) <= SHORT else read_stated(reply, scale="percent").value


@lru_cache(maxsize=4096)
def _stated_shortly(reply: str) -> float | None:
    return read_stated(reply, scale="percent").value


def agreement_within_items(item_ids: Sequence[str], predictions: Sequence[str]) -> list[float | None]:
    """For each response the share of the item's other runs that came to the same.

    Args:
        item_ids: sorted, so that the runs of an item stand together.
        predictions: one for each of them.
    """
    agreement: list[float | None] = []
    for _, group in groupby(range(len(item_ids)), key=item_ids.__getitem__):
        agreement += leave_one_out([predictions[place] for place in group])
    return agreement


def without_prompts(items: Mapping[str, Item]) -> dict[str, Item]:
    """The items as scoring needs them, fit to be sent to another process."""
    return {name: replace(item, prompt="") for name, item in items.items()}
