"""Labelled real outputs, as the files of a data folder outside the project hold them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from utils.errors import InputError
from utils.jsonl import numbered_objects

REFUSALS = "refusal.jsonl"
CLARIFICATIONS = "clarify.jsonl"
BIG_BENCH_HARD = "answers_bbh.jsonl"
GSM8K = "answers_gsm8k.jsonl"
FILES = (REFUSALS, CLARIFICATIONS, BIG_BENCH_HARD, GSM8K)

Row = dict[str, Any]


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
