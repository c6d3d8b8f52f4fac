"""What step 1 asks: each request with its seed, its parameters and the fingerprint of all that is sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from llm.model_file import MAX_TOKENS, PARAMETERS, TEMPERATURE, Model
from llm.prompts import CONFIDENCE_FOLLOW_UP, Message, item_messages
from utils.hashing import sha256_json, sha256_text
from utils.items import Item
from utils.responses import Key

ConfidenceMode = Literal["followup", "inline", "none"]

# A rough measure for estimates only: English text has about four characters a token in the tokenizers in use.
CHARACTERS_PER_TOKEN = 4


@dataclass(frozen=True)
class Settings:
    """The flags of step 1 that shape a request; None leaves a value to the model file."""

    seed: int
    confidence: ConfidenceMode
    temperature: float | None = None
    max_tokens: int | None = None
    logprobs: bool = False


@dataclass(frozen=True)
class Request:
    """One item asked of one model in one run."""

    model: Model
    benchmark: str
    item: Item
    run: int
    settings: Settings
    follow_up_extra: Mapping[str, Any]

    @property
    def key(self) -> Key:
        return (self.model.name, self.benchmark, self.item.id, self.run)

    @property
    def seed(self) -> int:
        """A seed of its own for each item and run, the same for every model; 31 bits, which every provider takes."""
        text = f"{self.settings.seed}\0{self.benchmark}\0{self.item.id}\0{self.run}"
        return int(sha256_text(text)[:8], 16) & 0x7FFFFFFF

    @property
    def messages(self) -> list[Message]:
        return item_messages(self.item, self.model, inline_confidence=self.settings.confidence == "inline")

    @property
    def params(self) -> dict[str, Any]:
        """What is sent beside the messages: a flag goes before the model file, that before the built-in default.

        What the model rejects is not sent.
        """
        params = {
            "temperature": _first(self.settings.temperature, self.model.temperature, TEMPERATURE),
            "max_tokens": _first(self.settings.max_tokens, self.model.max_tokens, MAX_TOKENS),
            **({"logprobs": True} if self.settings.logprobs else {}),
            **self.model.params,
        }
        rejected = {name for name in PARAMETERS if not self.model.accepts_parameter(name)}
        return {name: value for name, value in params.items() if name not in rejected}

    @property
    def follow_up_params(self) -> dict[str, Any]:
        """The parameters of the turn that asks how sure the model is: the same, for it may think before a number."""
        params = {name: value for name, value in self.params.items() if name != "logprobs"}
        return {**params, **self.follow_up_extra}

    @property
    def fingerprint(self) -> str:
        """SHA-256 of all that is sent; a stored response answers this request only if it has the same."""
        sent: dict[str, Any] = {
            "model": self.model.name,
            "served_name": self.model.served_name,
            "weights": self.model.weights.sha256 if self.model.weights else "",
            "messages": self.messages,
            "params": self.params,
            "run": self.run,
            "seed": self.seed,
            "confidence": self.settings.confidence,
        }
        if self.settings.confidence == "followup":
            sent["follow_up"] = [CONFIDENCE_FOLLOW_UP, self.follow_up_params]
        return sha256_json(sent)

    @property
    def input_tokens_estimate(self) -> int:
        return sum(len(message["content"]) for message in self.messages) // CHARACTERS_PER_TOKEN + 8


def requests_in_order(
    models: Sequence[Model],
    items: Mapping[str, Sequence[Item]],
    runs: int,
    settings: Settings,
    follow_up_extra: Mapping[str, Mapping[str, Any]],
) -> Iterator[Request]:
    """All requests, whole runs first, so that a run cut short leaves the models comparable.

    Args:
        items: the sampled items of each benchmark.
        follow_up_extra: further follow-up parameters of each provider.
    """
    for run in range(runs):
        for benchmark, sampled in items.items():
            for item in sampled:
                for model in models:
                    yield Request(model, benchmark, item, run, settings, follow_up_extra.get(model.provider, {}))


def _first(*values: Any) -> Any:
    return next(value for value in values if value is not None)


@dataclass(frozen=True)
class Standing:
    """How the requests of one model and benchmark stand against what is stored."""

    model: str
    benchmark: str
    to_ask: tuple[Request, ...]
    answered: int
    changed: tuple[Request, ...]
    """Stored under the same key, but for another request."""


def compare_with_stored(requests: Iterable[Request], stored: Mapping[Key, str | None]) -> list[Standing]:
    """What is still to ask, by model and benchmark in the order of the requests.

    Args:
        stored: the fingerprint of each stored response's request; None when it has none (collected elsewhere).
    """
    groups: dict[tuple[str, str], tuple[list[Request], list[Request], list[Request]]] = {}
    for request in requests:
        to_ask, answered, changed = groups.setdefault((request.model.name, request.benchmark), ([], [], []))
        if request.key not in stored:
            to_ask.append(request)
        elif stored[request.key] == request.fingerprint:
            answered.append(request)
        else:
            changed.append(request)
    return [
        Standing(model, benchmark, tuple(to_ask), len(answered), tuple(changed))
        for (model, benchmark), (to_ask, answered, changed) in groups.items()
    ]
