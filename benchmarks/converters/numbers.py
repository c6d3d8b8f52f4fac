"""Reasoning sources whose answers are numbers and formulas."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from benchmarks.converters.latex import number_in, spoken, tidy
from benchmarks.converters.rows import Item, LeftOut, Row, text

_FINAL = "####"  # what stands before the answer in a GSM8K solution
_CALCULATION = "<<"  # what opens each step's calculation there


def gsm8k(_: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`question, answer`: the answer is a solution that ends in `#### NUMBER`."""
    for number, row in enumerate(rows, 1):
        solution, _mark, final = text(row, "answer").rpartition(_FINAL)
        answer = number_in(final)
        steps = solution.count(_CALCULATION)
        if answer is None:
            yield LeftOut("no number after ####")
            continue
        yield {
            "id": f"gsm8k-{number}",
            "task": "reasoning",
            "prompt": text(row, "question"),
            "expected": answer,
            "answer_type": "number",
            "category": f"{steps} steps" if steps != 1 else "1 step",
        }


def math_500(_: str, rows: Sequence[Row]) -> Iterator[Item | LeftOut]:
    """`problem, answer, subject, level, unique_id`: a number where the answer is one, else a short text.

    A formula is given as it is read out and, as aliases, in LaTeX as a model may write it.
    """
    for row in rows:
        latex = text(row, "answer")
        number = number_in(latex)
        name = text(row, "unique_id").removeprefix("test/").removesuffix(".json").replace("/", "-")
        item: Item = {
            "id": f"math-500-{name}",
            "task": "reasoning",
            "prompt": text(row, "problem"),
            "expected": number or spoken(latex),
            "answer_type": "number" if number else "text",
            "category": text(row, "subject"),
            "level": int(text(row, "level")) if text(row, "level").isdigit() else text(row, "level"),
        }
        forms = dict.fromkeys(form for form in (tidy(latex), latex) if form and form != item["expected"])
        yield item if number or not forms else {**item, "aliases": list(forms)}
