"""Measure the readers on labelled real outputs: agreement with people and judges, and with published accuracies.

Reads refusal.jsonl, clarify.jsonl, answers_bbh.jsonl and answers_gsm8k.jsonl in the folder given, those that are there;
writes nothing but the screen.

    python3 -m normalize.scorer_card DATA_DIR
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from normalize.answers import read_answer
from normalize.clarification import CLARIFY, read_clarification
from normalize.matching import answers_match
from normalize.reading import Reading
from normalize.refusal import REFUSE, read_refusal
from utils.cli import run_stage
from utils.errors import DONE, InputError, UserError
from utils.jsonl import numbered_objects

# Suzgun et al. 2022 (arXiv 2210.09261), chain of thought with code-davinci-002, in percent.
PUBLISHED_BBH = {
    "boolean_expressions": 92.8, "date_understanding": 87.2, "formal_fallacies": 50.4, "hyperbaton": 66.4,
    "logical_deduction_three_objects": 87.6, "movie_recommendation": 90.4, "multistep_arithmetic_two": 47.6,
    "navigate": 96.4, "object_counting": 93.2, "penguins_in_a_table": 79.5, "snarks": 59.6, "word_sorting": 40.4,
}  # fmt: skip
BBH_ANSWER_TYPES = {
    "mcq": "choice", "boolean": "boolean", "yesno": "boolean", "number": "number", "word_list": "text",
    "valid_invalid": "text",
}  # fmt: skip
BBH_OPTION = re.compile(r"^\([A-Z]\) (.*)$", re.MULTILINE)

Row = dict[str, Any]


@dataclass(frozen=True)
class Agreement:
    """How predictions of one class agree with labels; a figure is None where it is undefined."""

    n: int
    precision: float | None
    recall: float | None
    f1: float | None
    kappa: float | None


def agreement(predicted: Sequence[bool], labelled: Sequence[bool]) -> Agreement:
    """Precision, recall, F1 and Cohen's kappa, (p_o - p_e)/(1 - p_e) (Cohen 1960), of a yes-or-no reading."""
    n = len(predicted)
    both = sum(1 for said, wanted in zip(predicted, labelled, strict=True) if said and wanted)
    said, wanted = sum(predicted), sum(labelled)
    agreeing = n - said - wanted + 2 * both
    expected = (said * wanted + (n - said) * (n - wanted)) / n**2 if n else 1.0
    return Agreement(
        n=n,
        precision=both / said if said else None,
        recall=both / wanted if wanted else None,
        f1=2 * both / (said + wanted) if said + wanted else None,
        kappa=(agreeing / n - expected) / (1 - expected) if n and 0 < wanted < n and expected < 1 else None,
    )


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command; see the module's docstring."""
    parser = argparse.ArgumentParser(prog="python3 -m normalize.scorer_card", description=__doc__.split("\n")[0])
    parser.add_argument("data", type=Path, metavar="DATA_DIR", help="folder of the labelled outputs")
    folder = parser.parse_args(argv).data
    sections: tuple[tuple[str, Callable[[list[Row]], list[str]]], ...] = (
        ("refusal", refusal_card),
        ("clarify", clarification_card),
        ("answers_bbh", bbh_card),
        ("answers_gsm8k", gsm8k_card),
    )
    found = [(folder / f"{name}.jsonl", card) for name, card in sections if (folder / f"{name}.jsonl").is_file()]
    if not found:
        raise UserError(f"{folder}: holds none of {', '.join(f'{name}.jsonl' for name, _ in sections)}")
    for path, card in found:
        print("\n".join(card(labelled_rows(path))) + "\n")
    return DONE


def labelled_rows(path: Path) -> list[Row]:
    """The rows of a labelled file.

    Raises:
        InputError: the first line that is no JSON object.
    """
    rows = []
    for _, value in numbered_objects(path):
        if isinstance(value, InputError):
            raise value
        rows.append(value)
    return rows


def refusal_card(rows: list[Row]) -> list[str]:
    """Agreement on refusals by source; partial refusals are left out, and counted."""
    clear = [row for row in rows if row["label"] != "partial"]
    lines = [_heading("refusal, partial left out")]
    for source, group in _groups(clear):
        lines.append(_line(source, group, read_refusal, REFUSE))
    partial = [row for row in rows if row["label"] == "partial"]
    refused = sum(read_refusal(row["response"]).prediction == REFUSE for row in partial)
    return [*lines, f"  partial refusals read as refusals: {refused} of {len(partial)}"]


def clarification_card(rows: list[Row]) -> list[str]:
    """Agreement on clarification by source, `mixed` (answers and asks) counted as answers, and left out."""
    lines = [_heading("clarification, mixed counted as answers")]
    lines += [_line(source, group, read_clarification, CLARIFY) for source, group in _groups(rows)]
    lines.append(_heading("clarification, mixed left out"))
    clear = [row for row in rows if row["label"] != "mixed"]
    return lines + [_line(source, group, read_clarification, CLARIFY) for source, group in _groups(clear)]


def bbh_card(rows: list[Row]) -> list[str]:
    """Accuracy by task beside the published one."""
    lines = [f"{'BIG-Bench Hard':36}{'n':>6}{'measured':>10}{'published':>11}{'difference':>12}"]
    for task, published in PUBLISHED_BBH.items():
        group = [row for row in rows if row["task"] == task]
        if group:
            measured = 100 * sum(map(_bbh_correct, group)) / len(group)
            lines.append(f"  {task:34}{len(group):6}{measured:10.1f}{published:11.1f}{measured - published:+12.1f}")
    return lines


def gsm8k_card(rows: list[Row]) -> list[str]:
    """How often our verdict is the published one."""
    same = sum(_gsm8k_correct(row) == row["is_correct"] for row in rows)
    return [f"GSM8K: our verdict is the published one on {same} of {len(rows)} ({100 * same / len(rows):.2f}%)"]


def _bbh_correct(row: Row) -> bool:
    answer_type = BBH_ANSWER_TYPES[row["answer_type"]]
    choices = tuple(BBH_OPTION.findall(row["question"])) if answer_type == "choice" else ()
    reading = read_answer(row["response"], answer_type, choices)
    return answers_match(reading.prediction, row["gold"], answer_type, (), choices)


def _gsm8k_correct(row: Row) -> bool:
    return answers_match(read_answer(row["response"], "number").prediction, row["gold"], "number")


def _groups(rows: list[Row]) -> list[tuple[str, list[Row]]]:
    """All rows; the rows of each family of sources (the name before `_`), when there are several; of each source."""
    sources = sorted({row["source"] for row in rows})
    families = sorted({source.split("_")[0] for source in sources if "_" in source})
    groups = [("all", rows)]
    groups += [(f"{family} (all)", [row for row in rows if row["source"].startswith(family)]) for family in families]
    return groups + [(source, [row for row in rows if row["source"] == source]) for source in sources]


def _heading(title: str) -> str:
    return f"{title:44}{'n':>6}{'precision':>11}{'recall':>8}{'F1':>8}{'kappa':>8}"


def _line(name: str, rows: list[Row], read: Callable[[str], Reading], positive: str) -> str:
    found = agreement(
        [read(row["response"]).prediction == positive for row in rows], [row["label"] == positive for row in rows]
    )
    cells = (found.precision, found.recall, found.f1, found.kappa)
    widths = (11, 8, 8, 8)
    return f"  {name:42}{found.n:6}" + "".join(
        f"{'-' if value is None else f'{value:.3f}':>{width}}" for value, width in zip(cells, widths, strict=True)
    )


if __name__ == "__main__":
    run_stage(main)
