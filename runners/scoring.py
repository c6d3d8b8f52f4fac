"""From raw responses to the rows of the item table."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from confidence.agreement import leave_one_out
from confidence.logprob import sequence_confidence
from confidence.stated import read_stated, split_inline_confidence
from normalize.score import Prediction, score
from utils.items import Item
from utils.responses import Response
from utils.tables import Row


def score_responses(responses: Iterable[Response], items: Mapping[str, Item]) -> list[Row]:
    """One row a response, ordered by item and run, whatever the order of the responses.

    Args:
        responses: those of one model to one benchmark; each item is in `items`.
        items: the benchmark's items by id.
    """
    ordered = sorted(responses, key=lambda response: (response.item_id, response.run))
    read = [_read(response, items[response.item_id]) for response in ordered]
    agreement = _agreement(ordered, [prediction for prediction, _ in read])
    return [
        _row(response, items[response.item_id], prediction, stated, agreed)
        for response, (prediction, stated), agreed in zip(ordered, read, agreement, strict=True)
    ]


def _read(response: Response, item: Item) -> tuple[Prediction, float | None]:
    """What the response amounts to, and how sure the model said it was: in its follow-up, else in its last line."""
    text, inline = split_inline_confidence(response.response)
    followed_up = response.confidence_response
    stated = inline if followed_up is None else read_stated(followed_up, scale="percent")
    return score(item, text, response.finish_reason), stated.value


def _agreement(responses: Sequence[Response], predictions: Sequence[Prediction]) -> list[float | None]:
    by_item: dict[str, list[int]] = defaultdict(list)
    for place, response in enumerate(responses):
        by_item[response.item_id].append(place)
    agreement: list[float | None] = [None] * len(responses)
    for places in by_item.values():
        shares = leave_one_out([predictions[place].prediction for place in places])
        for place, share in zip(places, shares, strict=True):
            agreement[place] = share
    return agreement


def _row(response: Response, item: Item, prediction: Prediction, stated: float | None, agreement: float | None) -> Row:
    return {
        "model": response.model,
        "benchmark": response.benchmark,
        "task": item.task,
        "item_id": response.item_id,
        "run": response.run,
        "category": item.category,
        "pair": item.pair,
        "expected": item.expected,
        "prediction": prediction.prediction,
        "correct": prediction.correct,
        "exact": prediction.exact,
        "rule": prediction.rule,
        "confidence_verbalized": stated,
        "confidence_logprob": sequence_confidence(response.logprobs),
        "confidence_agreement": agreement,
        "finish_reason": response.finish_reason,
        "output_tokens": response.output_tokens,
        "cost_usd": response.cost_usd,
        "latency_s": response.latency_s,
    }
