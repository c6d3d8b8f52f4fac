"""What is wrong with a benchmark's items as a whole: ids, labels, pairs, repeats, answers that cannot be right."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from rapidfuzz import fuzz, process

from utils.errors import quoted
from utils.items import EXPECTED, Item

PROMPT_LIMIT = 8000  # characters, some 2,000 tokens: with the reply it still fits the 4k context of a small local model

# Two prompts whose words, sorted, agree to this many percent (rapidfuzz's `ratio`) are told as near duplicates. The
# shipped files reach at most 77. `token_set_ratio` is not used: it gives two questions about different programs 93,
# because the question's own sentence stands in both.
NEAR_DUPLICATE = 90
_ROWS_AT_ONCE = 256  # scores of this many items are held in memory at a time

_NUMBER = re.compile(r"-?\d+(\.\d+)?|-?\d+/0*[1-9]\d*", re.ASCII)
_SENTENCE_END = re.compile(r"(?<=[.?!])\s+|\n+")
_SHORTEST_LEAK = 3  # characters: "a" or "no" stands in a question by chance
_LIST_BEFORE = re.compile(r"(?:[,;:/|]|\b(?:and|or)|[\"'“‘`]|^[-*•]|^\(?\w[.)])\s*$")
_LIST_AFTER = re.compile(r"\s*(?:[;/|\"'”’`]|,|and\b|or\b)")
_ANNOUNCED = r"\b(?:answer|solution|result)\b\s*(?:is|=|:)\s*{}"

Line = tuple[int, Item]
"""An item with the number of its line."""


@dataclass(frozen=True)
class Problem:
    """One thing that is wrong; an error makes the item or the figures unusable, a warning asks for a second look."""

    line: int | None
    field: str | None
    text: str
    is_error: bool


def all_problems(lines: Sequence[Line]) -> list[Problem]:
    """Everything that is wrong with items that are each valid by the schema, in the order of the lines."""
    unique = first_of_each_id(lines)
    checks = (
        repeated_ids(lines),
        answers(unique),
        prompts(unique),
        label_balance(unique),
        pairs(unique),
        identical_prompts(unique),
        near_duplicates(unique),
        leaked_answers(unique),
    )
    return sorted((problem for check in checks for problem in check), key=lambda problem: problem.line or 0)


def first_of_each_id(lines: Sequence[Line]) -> list[Line]:
    """The lines without those whose id stood before."""
    first = {item.id: number for number, item in reversed(lines)}
    return [(number, item) for number, item in lines if first[item.id] == number]


def repeated_ids(lines: Sequence[Line]) -> Iterator[Problem]:
    """Every line whose id stood before."""
    first: dict[str, int] = {}
    for number, item in lines:
        earlier = first.setdefault(item.id, number)
        if earlier != number:
            yield Problem(number, "id", f"{quoted(item.id)} stands already on line {earlier}; ids are unique", True)


def answers(lines: Sequence[Line]) -> Iterator[Problem]:
    """Reasoning answers that no reply could match: no number, no yes or no, two options of the same text."""
    for number, item in lines:
        if item.answer_type == "number" and not _NUMBER.fullmatch(item.expected):
            yield Problem(
                number, "expected", f"expected a number such as 42, 0.25 or 3/8, found {quoted(item.expected)}", True
            )
        if item.answer_type == "boolean" and item.expected not in ("yes", "no"):
            yield Problem(number, "expected", f"expected yes or no, found {quoted(item.expected)}", True)
        if item.answer_type == "choice":
            counts = Counter(_plain(choice) for choice in item.choices)
            for choice in [choice for choice, count in counts.items() if count > 1]:
                yield Problem(number, "choices", f"the option {quoted(choice)} stands {counts[choice]} times", True)


def prompts(lines: Sequence[Line]) -> Iterator[Problem]:
    """Prompts that are longer than small models take."""
    for number, item in lines:
        length = sum(len(message["content"]) for message in item.messages)
        if length > PROMPT_LIMIT:
            yield Problem(
                number, "prompt", f"{length:,} characters; above {PROMPT_LIMIT:,} it may not fit a small model", False
            )


def label_balance(lines: Sequence[Line]) -> Iterator[Problem]:
    """Whether each label is half of a task's items: else one fixed reply would score above or below 50%."""
    for task, labels in EXPECTED.items():
        counts = Counter(item.expected for _, item in lines if item.task == task)
        first, second = (counts[label] for label in labels)
        if first != second:
            yield Problem(
                None, "expected", f"{first} {labels[0]} and {second} {labels[1]}; expected as many of each", False
            )


def pairs(lines: Sequence[Line]) -> Iterator[Problem]:
    """Pairs that are not two items of one task with different labels, and items that lack a twin.

    Reasoning needs no pairs, and two of its twins may share an answer.
    """
    members: dict[str, list[Line]] = {}
    for number, item in lines:
        if item.pair is not None:
            members.setdefault(item.pair, []).append((number, item))
    for name, twins in members.items():
        number, item = twins[-1]
        if len(twins) != 2:
            yield Problem(
                number, "pair", f"{quoted(name)} has {_count(len(twins), 'item')}; expected exactly two", True
            )
        elif twins[0][1].task != item.task:
            yield Problem(number, "pair", f"the items of {quoted(name)} are of different tasks", True)
        elif item.task != "reasoning" and twins[0][1].expected == item.expected:
            yield Problem(number, "pair", f"both items of {quoted(name)} expect {item.expected}", True)
    yield from _unpaired(lines)


def _unpaired(lines: Sequence[Line]) -> Iterator[Problem]:
    for task in EXPECTED:
        of_task = [(number, item) for number, item in lines if item.task == task]
        alone = [number for number, item in of_task if item.pair is None]
        if alone and len(alone) == len(of_task):  # a file that knows no pairs is told so once
            yield Problem(None, "pair", f"no {task} item has one; pair accuracy cannot be computed", False)
        else:
            for number in alone:
                yield Problem(number, "pair", "expected the name of a pair, found nothing", False)


def identical_prompts(lines: Sequence[Line]) -> Iterator[Problem]:
    """Items that ask the same as an earlier one (letter case and white space aside), twins included."""
    first: dict[str, tuple[int, str]] = {}
    for number, item in lines:
        earlier, expected = first.setdefault(_asked(item), (number, item.expected))
        if earlier != number:
            contrary = "" if expected == item.expected else ", and expects something else"
            yield Problem(number, "prompt", f"is the same as on line {earlier}{contrary}", True)


def near_duplicates(lines: Sequence[Line]) -> Iterator[Problem]:
    """For each item the most similar earlier one, when they agree to `NEAR_DUPLICATE` percent or more.

    Items of one cluster (twins, one template) are meant to be alike and are passed over; so are identical ones,
    which `identical_prompts` tells.
    """
    asked = [_asked(item) for _, item in lines]
    texts = [" ".join(sorted(text[:PROMPT_LIMIT].split())) for text in asked]
    numbered: dict[str, int] = {}
    clusters = np.array([numbered.setdefault(item.cluster, len(numbered)) for _, item in lines])
    for start in range(0, len(lines), _ROWS_AT_ONCE):
        rows = np.arange(start, min(start + _ROWS_AT_ONCE, len(lines)))
        end = int(rows[-1]) + 1
        scores = process.cdist(
            texts[start:end], texts[:end], scorer=fuzz.ratio, score_cutoff=NEAR_DUPLICATE, dtype=np.float32, workers=-1
        )
        is_rival = (np.arange(end) < rows[:, None]) & (clusters[:end] != clusters[start:end, None])
        for row, others in zip(rows.tolist(), np.where(is_rival, scores, 0), strict=True):
            other = int(others.argmax())
            if others[other] > 0 and asked[other] != asked[row]:
                yield Problem(
                    lines[row][0],
                    "prompt",
                    f"is {others[other]:.0f}% the same as on line {lines[other][0]}; reword it, or give both one "
                    "'cluster' if they share a template",
                    False,
                )


def leaked_answers(lines: Sequence[Line]) -> Iterator[Problem]:
    """Reasoning items of answer type `text` whose question gives its answer away."""
    for number, item in lines:
        if item.answer_type == "text" and is_leaked(item.expected, item.messages[-1]["content"][-PROMPT_LIMIT:]):
            yield Problem(number, "prompt", f"the question holds its own answer, {quoted(item.expected)}", False)


def is_leaked(answer: str, prompt: str) -> bool:
    """Whether `prompt` gives `answer` away, by a rule that is meant to be silent rather than wrong.

    The answer is looked for as whole words, in any letter case, in the sentences that ask (those that end in a
    question mark, all that follows the last of them, or the last sentence when none does): what stands before is the
    material that is asked about, where an answer may well be found. It is no leak where it is one of several things
    to choose among (beside a comma, colon, slash, bar, `and` or `or`, or after a bullet) or is quoted. "The answer
    is X" and "Solution: X" are a leak anywhere. On the 2,574 questions of 11 BIG-Bench Hard tasks it tells 24, whose
    last sentence before the options does state the right one.
    """
    if len(answer) < _SHORTEST_LEAK:
        return False
    words = rf"(?<!\w){re.escape(answer)}(?!\w)"
    if re.search(_ANNOUNCED.format(words), prompt, re.IGNORECASE):
        return True
    sentences = [sentence for sentence in _SENTENCE_END.split(prompt.strip()) if sentence]
    questions = [index for index, sentence in enumerate(sentences) if sentence.endswith("?")]
    last = questions[-1] if questions else len(sentences) - 1
    asking = [sentence for index, sentence in enumerate(sentences) if index in questions or index >= last]
    return any(
        not _LIST_BEFORE.search(sentence[: match.start()]) and not _LIST_AFTER.match(sentence[match.end() :])
        for sentence in asking
        for match in re.finditer(words, sentence, re.IGNORECASE)
    )


def _asked(item: Item) -> str:
    """All that the model sees of the item, but for letter case and white space."""
    return _plain(" ".join([*(message["content"] for message in item.messages), *item.choices]))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
