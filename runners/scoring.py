"""From raw responses to the columns of the item table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from confidence.logprob import sequence_confidence
from confidence.stated import read_stated, split_inline_confidence
from normalize.score import Prediction, score
from utils.items import Item
from utils.responses import Logprobs

SHORT = 100  # characters; replies to "how sure are you?" of at most this are few and often the same


def read_response(
    item: Item, response: str, finish_reason: str | None, confidence_response: str | None, logprobs: Logprobs
) -> tuple[Prediction, float | None, float | None]:
    """What the response amounts to, how sure the model said it was, and how sure its log probabilities are.

    What it said stands in its follow-up, else in its last line.
    """
    text, inline = split_inline_confidence(response)
    stated = inline.value if confidence_response is None else _stated(confidence_response)
    return score(item, text, finish_reason), stated, sequence_confidence(logprobs) if logprobs else None


def _stated(reply: str) -> float | None:
    return _stated_shortly(reply) if len(reply) <= SHORT else read_stated(reply, scale="percent").value


@lru_cache(maxsize=4096)
def _stated_shortly(reply: str) -> float | None:
    return read_stated(reply, scale="percent").value


def without_prompts(items: Mapping[str, Item]) -> dict[str, Item]:
    """The items as scoring needs them, fit to be sent to another process."""
    return {name: replace(item, prompt="") for name, item in items.items()}
