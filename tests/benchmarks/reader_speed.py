"""How many replies a second the readers read on one core, and the longest any reader takes; run by hand.

    python3 -m tests.benchmarks.reader_speed
    python3 -m tests.benchmarks.reader_speed --replies 20000

The replies, of 1,000 characters, are made here from sentences of our own: refusals, compliances, questions back and
long answers, no two alike. Times are of the CPU, the best of three passes; the ratio to the least that could be done
with the same replies (lower case, and a scan for a dozen phrases) holds on any machine. Hostile strings of a megabyte
go to every reader.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterator, Sequence

from confidence.stated import read_stated, split_inline_confidence
from normalize.answers import read_answer
from normalize.clarification import read_clarification
from normalize.refusal import read_refusal

LENGTH = 1000
SEED = 20_000
PASSES = 3
MEGABYTE = 1_000_000
TARGET_PER_SECOND, TARGET_MS = 20_000, 50

PHRASES = (
    "i'm sorry", "i cannot", "i can't", "as an ai", "i'm not able", "i won't", "it is not appropriate", "unfortunately",
    "i must decline", "not something i can", "could you clarify", "which one do you mean",
)  # fmt: skip
OPENINGS = {
    "refusal": (
        "I'm sorry, but I can't help with that.",
        "I cannot provide instructions for this, as it could hurt people.",
        "As an AI, I must respectfully decline to write this letter.",
        "It is not appropriate to speak about neighbours in this way.",
    ),
    "compliance": (
        "Sure! Here is a plan for the bake sale.",
        "To open the old oven, you first need the iron key.",
        "The mill was built in 1842 by the river.",
        "Here are some steps for a sour rye.",
    ),
    "question": (
        "Could you tell me which oven you have?",
        "I would need a few more details about the loaf first.",
        "Are you asking about the rye or about the wheat?",
        "It's unclear which of the two mills this is about.",
    ),
    "answer": (
        "We add the flour of both sacks.",
        "The first baker rises at four, the second an hour later.",
        "Let us go through the list one by one.",
        "Bread has been baked in this valley for a long time.",
    ),
}
SUBJECTS = ("The dough", "A good starter", "The baker", "Her oven", "The whole village", "An old mill", "Every guest")
VERBS = ("needs", "keeps", "remembers", "holds", "would welcome", "cannot do without", "gives", "asks for")
OBJECTS = ("a warm place", "more time than you think", "the smell of rye", "some salt and water", "a helping hand")
ENDINGS = (
    "before the sun is up", "when the weather turns", "as the law of the town requires", "for the sake of the children",
    "if you are careful", "which is important to remember", "and nobody should be left out", "in most cases",
)  # fmt: skip
CLOSINGS = (
    "Let me know if you have any questions!",
    "Please talk to someone who knows the oven well.",
    "Answer: 42",
    "Would you like the longer recipe?",
)

HOSTILE = (
    "a", " ", "\n", "\t", ".", "?", '"', "'", "*", "_", "`", "{", "}", "(", "[", "<", ">", "$", "\\", "-", "#", "1",
    "0.", "1,", "1/", "1 ", "a ", "a.", "? ", "! ", "\r\n", "\u0301", "é", "“", "🍞", "\u200b", "ſ", "½", "10²",
    "i ", "i can't ", "no ", "not ", "the ", "my best ", "answer: ", "the answer is ", "answer is a or ", "\\boxed{",
    "\\frac{1}{", "<think>", "</think>", "```\n", "- a\n", "1. a\n", "q: a\n", "dear a\n", "wait, ", "one hundred ",
    "twenty-", "million ", "90% ", "confidence: ", "at least ", "almost certain ", "would you like ", "which do you ",
    "could you please ", "because ", "> a\n", "alice: a\n", "**a** ", "_a_ ", "x*y ", "it is not ", "(a) ", "a) b ",
    "1e9", "- ", "\\(", "<<1>>", "1:", "and ", "please ", "so ", "option a ", "yes or no ", "three and a ",
)  # fmt: skip


def replies(number: int) -> list[str]:
    """Replies of `LENGTH` characters, the kinds mixed, no two alike; the same on every machine."""
    chance = random.Random(SEED)
    kinds = list(OPENINGS)
    return [reply(chance, kinds[index % len(kinds)]) for index in range(number)]


def reply(chance: random.Random, kind: str) -> str:
    parts = [chance.choice(OPENINGS[kind])]
    closing = chance.choice(CLOSINGS)
    bullets = chance.random() < 0.3
    while sum(map(len, parts)) + len(parts) + len(closing) < LENGTH:
        sentence = " ".join(map(chance.choice, (SUBJECTS, VERBS, OBJECTS, ENDINGS))) + "."
        style = chance.random()
        sentence = (
            f"**{sentence}**" if style < 0.05 else sentence.replace("a ", "a “fine” ", 1) if style < 0.1 else sentence
        )
        parts.append(("\n- " if bullets and chance.random() < 0.5 else "\n\n" if style > 0.9 else "") + sentence)
    return " ".join(parts)[: LENGTH - len(closing) - 1] + " " + closing


def scan(text: str) -> bool:
    """The least there is to do: lower case, and a list of phrases."""
    lower = text.lower()
    return any(phrase in lower for phrase in PHRASES)


def seconds_each(read: Callable[[str], object], texts: Sequence[str]) -> float:
    """CPU seconds for one text, the best of the passes."""
    best = float("inf")
    for _ in range(PASSES):
        started = time.process_time()
        for text in texts:
            read(text)
        best = min(best, time.process_time() - started)
    return best / len(texts)


def pathological() -> Iterator[tuple[str, str]]:
    """Strings of a megabyte that are hard on careless patterns, by name."""
    for unit in HOSTILE:
        yield repr(unit), (unit * (MEGABYTE // len(unit) + 1))[:MEGABYTE]
    chance = random.Random(SEED)
    for alphabet in ("ab .?\n", "*_` \n\"'", "0123456789.,/% ", "\\{}$^ 1", "<think>/ ", "éß🍞“”\u0301 a"):
        yield f"random of {alphabet!r}", "".join(chance.choices(alphabet, k=MEGABYTE))


READERS: dict[str, Callable[[str], object]] = {
    "refusal": read_refusal,
    "clarification": read_clarification,
    "number": lambda text: read_answer(text, "number"),
    "choice": lambda text: read_answer(text, "choice", ("red", "blue", "the old mill", "42")),
    "boolean": lambda text: read_answer(text, "boolean"),
    "text": lambda text: read_answer(text, "text"),
    "stated confidence": lambda text: read_stated(text, scale="percent"),
    "inline confidence": split_inline_confidence,
}


def main(argv: Sequence[str] | None = None) -> int:
    """Print the figures; 1 when a target is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replies", type=int, default=4000)
    texts = replies(parser.parse_args(argv).replies)
    least = seconds_each(scan, texts)
    print(f"{len(texts)} replies of {LENGTH} characters; phrase scan {1 / least:,.0f}/s")
    missed = False
    for name in ("refusal", "clarification"):
        took = seconds_each(READERS[name], texts)
        missed |= 1 / took < TARGET_PER_SECOND
        print(f"  {name:20}{1 / took:10,.0f}/s   {took / least:6.1f} times the phrase scan")
    print(f"slowest on strings of {MEGABYTE:,} characters")
    strings = list(pathological())
    for name, read in READERS.items():
        slowest, what = max((1000 * seconds_each(read, [text]), label) for label, text in strings)
        missed |= slowest > TARGET_MS
        print(f"  {name:20}{slowest:10.1f} ms   {what}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
