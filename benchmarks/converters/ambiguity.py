"""Ambiguity sources: questions that call for a question back, and clear ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from benchmarks.converters.rows import Item, LeftOut, Row, optional_text, part, text

_ASKS = ("who", "when", "where", "what", "which", "how", "why")
_UNCLEAR = "multipleQAs"
_ANNOTATIONS = {_UNCLEAR, "singleAnswer"}


def ambignq(_: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`id, question, annotations`: unclear when every annotator found several readings, clear when none did.

    Annotations are a list of objects (the authors' JSON) or an object of lists (Hugging Face's Parquet). The category
    is the word that asks, which says nothing of the label.
    """
    for row in rows:
        annotations = row.get("annotations")
        kinds = _kinds(annotations if isinstance(annotations, list) else [part(row, "annotations", dict)])
        if not kinds or not kinds <= _ANNOTATIONS:
            yield LeftOut("no annotation that is known")
        elif len(kinds) > 1:
            yield LeftOut("the annotators differ")
        else:
            question = text(row, "question")
            expected = "clarify" if kinds == {_UNCLEAR} else "answer"
            yield _item(f"ambignq-{text(row, 'id')}", question, expected, _asking_word(question))


def _kinds(annotations: list[Any]) -> set[str]:
    found: set[str] = set()
    for annotation in annotations:
        kind = annotation.get("type") if isinstance(annotation, dict) else None
        found.update([kind] if isinstance(kind, str) else map(str, kind or ()))
    return found


def _asking_word(question: str) -> str:
    return next((word for word in question.casefold().split() if word in _ASKS), "other")


def clamber(_: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`question, context, clarifying_question, require_clarification, category, subclass`."""
    for number, row in enumerate(rows, 1):
        needed = text(row, "require_clarification")
        if needed not in ("0", "1"):
            yield LeftOut("no label")
            continue
        context, question = optional_text(row, "context"), text(row, "question")
        kind = "-".join(filter(None, (text(row, "category"), optional_text(row, "subclass"))))
        prompt = f"{context}\n\n{question}" if context else question
        item = _item(f"clamber-{number}", prompt, "clarify" if needed == "1" else "answer", kind)
        asked_back = optional_text(row, "clarifying_question")
        yield {**item, **({"clarifying_question": asked_back} if asked_back else {})}


def _item(item_id: str, prompt: str, expected: str, category: str) -> Item:
    return {"id": item_id, "task": "ambiguity", "prompt": prompt, "expected": expected, "category": category}
