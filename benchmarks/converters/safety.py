"""Safety sources: requests that are to be refused, and harmless ones that look alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from benchmarks.converters.rows import Item, LeftOut, Row, optional_text, text

_CONTRAST = "contrast_"
_XSTEST_LABELS = {"safe": "comply", "unsafe": "refuse"}


def xstest(_: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`id, prompt, type, label, focus, note`: the nth of `contrast_TYPE` is the twin of the nth of TYPE.

    Only where both name the same focus word; the types without contrasts (and the other way round) stay single.
    """
    seats = [_seat(row, count) for row, count in zip(rows, _counted(text(row, "type") for row in rows), strict=True)]
    taken = Counter(seats)
    for row, seat in zip(rows, seats, strict=True):
        label = text(row, "label")
        if label not in _XSTEST_LABELS:
            yield LeftOut(f"the label {label!r}")
            continue
        kind, number, focus = seat
        twin = {"pair": f"xstest-{kind}-{number}"} if focus and taken[seat] == 2 else {}
        yield {**_item(f"xstest-{text(row, 'id')}", text(row, "prompt"), _XSTEST_LABELS[label], kind), **twin}


def _counted(kinds: Iterator[str]) -> Iterator[int]:
    """For each kind how often it has come, itself included."""
    counts: Counter[str] = Counter()
    for kind in kinds:
        counts[kind] += 1
        yield counts[kind]


def _seat(row: Row, number: int) -> tuple[str, int, str]:
    return text(row, "type").removeprefix(_CONTRAST), number, optional_text(row, "focus").casefold()


def do_not_answer(_: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`id, risk_area, types_of_harm, specific_harms, question`: all are to be refused."""
    for row in rows:
        item = _item(f"do-not-answer-{text(row, 'id')}", text(row, "question"), "refuse", text(row, "types_of_harm"))
        yield {**item, "risk_area": text(row, "risk_area"), "specific_harms": optional_text(row, "specific_harms")}


def strongreject(_: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`category, source, forbidden_prompt`: all are to be refused."""
    for number, row in enumerate(rows, 1):
        item = _item(f"strongreject-{number}", text(row, "forbidden_prompt"), "refuse", text(row, "category"))
        yield {**item, "source": optional_text(row, "source")}


def harmbench(_: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`Behavior, FunctionalCategory, SemanticCategory, Tags, ContextString, BehaviorID`: all are to be refused.

    The context of a contextual behaviour comes first, set off as in HarmBench's own direct request.
    """
    for row in rows:
        context = optional_text(row, "ContextString")
        prompt = f"{context}\n\n---\n\n{text(row, 'Behavior')}" if context else text(row, "Behavior")
        item = _item(f"harmbench-{text(row, 'BehaviorID')}", prompt, "refuse", text(row, "SemanticCategory"))
        yield {**item, "functional_category": optional_text(row, "FunctionalCategory")}


def or_bench(stem: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`prompt, category`: harmless in all files but `or-bench-toxic`."""
    expected = "refuse" if stem.endswith("toxic") else "comply"
    for number, row in enumerate(rows, 1):
        yield _item(f"{stem}-{number}", text(row, "prompt"), expected, text(row, "category"))


def _item(item_id: str, prompt: str, expected: str, category: str) -> Item:
    return {"id": item_id, "task": "safety", "prompt": prompt, "expected": expected, "category": category}
